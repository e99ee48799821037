import { describe, expect, test } from '@jest/globals';
import { knownReplies } from '../../src/mail/known-replies.ts';
import { refusalSubjects, type AccountTrouble, type RefusalSubject } from '../../src/mail/message.ts';
import { judgeRefusal, type SmtpCommand } from '../../src/mail/refusal.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';

type Verdict = Exclude<RefusalSubject, 'account'> | `account: ${AccountTrouble}`;
type Row = readonly [command: SmtpCommand, wire: string, verdict: Verdict, source: string];

function verdictOf(command: SmtpCommand, wire: string): Verdict {
  const reply = parseSmtpReply(wire);
  if (!reply) throw new Error(`Expected a reply, got ${wire}`);
  const refusal = judgeRefusal(command, reply);
  return refusal.subject === 'account' ? `account: ${refusal.trouble}` : refusal.subject;
}

const google = 'support.google.com/a/answer/3726730';
const microsoft = 'Microsoft: non-delivery reports in Exchange Online';
const yahoo = 'senders.yahooinc.com/smtp-error-codes';
const orange = 'postmastery.com: Orange postmaster SMTP error codes';
const corpus = 'Sisimai corpus';

/** What names us: nobody is charged, nobody is refused. */
const account: readonly Row[] = [
  [
    'message',
    '550 5.7.64 TenantAttribution; Relay Access Denied [AM6EUR05FT.eop-eur05.prod.protection.outlook.com]',
    'account: login',
    microsoft,
  ],
  ['message', '550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains.', 'account: sender', microsoft],
  ['message', '550 5.7.501 Access denied, spam abuse detected', 'account: sender', microsoft],
  ['rcpt', '550 You have reached the hourly sending limit of your plan', 'account: rate', 'several hosters'],
  ['rcpt', '451 Message temporarily deferred due to unresolvable RFC.5321 from domain.', 'account: sender', yahoo],
  [
    'message',
    '550 While your account is pending approval, all recipient addresses must share the same domain as the From address.',
    'account: sender',
    'Postmark: account approval',
  ],
  ['connect', '421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1', 'account: connections', 'Postfix anvil(8)'],
  ['connect', '421 Too many concurrent SMTP connections; please try again later.', 'account: connections', corpus],
  [
    'connect',
    '421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel',
    'account: connections',
    'Exchange receive connector',
  ],
  ['connect', '421 mail.example.org', 'account: connections', 'RFC 5321 4.3.2'],
  ['connect', '421 4.3.2 Service not active', 'account: unreachable', 'Exchange back pressure'],
  ['connect', '421 Service not available, closing transmission channel', 'account: unreachable', 'RFC 5321 4.2.3'],
  ['connect', '421 4.7.0 Try again later, closing connection. gsmtp', 'account: rate', google],
  [
    'connect',
    '554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.) (BL)',
    'account: unreachable',
    'spamresource.com on T-Online',
  ],
  [
    'connect',
    '554-gmx.net (mxgmx104) Nemesis ESMTP Service not available\r\n554-No SMTP service\r\n554-IP address is block listed.\r\n554 For explanation visit https://postmaster.gmx.net/en/case?c=r0201',
    'account: unreachable',
    'postmaster.gmx.net',
  ],
  ['ehlo', '550 5.7.1 Access denied, bad HELO', 'account: unreachable', microsoft],
  ['starttls', '454 4.7.0 TLS not available due to local problem', 'account: unreachable', 'RFC 3207 4'],
  [
    'auth',
    '535-5.7.8 Username and Password not accepted. Learn more at\r\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials - gsmtp',
    'account: login',
    google,
  ],
  ['auth', '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.', 'account: login', microsoft],
  ['auth', '534-5.7.14 Please log in through your web browser and then try again.\r\n534 5.7.14 - gsmtp', 'account: login', google],
  ['auth', '535 Authentication credentials invalid', 'account: login', 'IONOS, GMX'],
  ['auth', '504 5.7.4 Unrecognized Authentication Type', 'account: login', google],
  ['auth', '502 5.7.0 Your SMTP account is not yet activated', 'account: login', 'fluent-smtp issue 157 on Brevo'],
  ['auth', '525 5.7.1 Unauthorized IP address', 'account: login', 'Brevo'],
  ['auth', '454 4.7.0 Too many login attempts, please try again later. - gsmtp', 'account: rate', 'nodemailer issue 1388'],
  [
    'auth',
    '454 4.7.0 Temporary authentication failure: Connection lost to authentication server',
    'account: unreachable',
    'Postfix, Dovecot SASL',
  ],
  ['auth', '454 4.7.0 Cannot authenticate due to a temporary system problem. Try again later.', 'account: unreachable', google],
  ['auth', '451 Authentication failed: Maximum credits exceeded', 'account: quota', 'SendGrid: SMTP errors and troubleshooting'],
  ['mail', '550 5.1.0 Sender rejected', 'account: sender', 'forpsi'],
  ['mail', '550 5.1.1 No such user', 'account: sender', 'a relay that refuses a sender with a status meant for recipients'],
  [
    'mail',
    '530 5.7.0 Authentication Required. For more information, go to https://support.google.com/mail/?p=WantAuthError',
    'account: login',
    google,
  ],
  ['mail', '530 5.7.0 Must issue a STARTTLS command first.', 'account: login', google],
  ['mail', '530 5.7.57 Client not authenticated to send mail. [AM6PR07.eurprd07.prod.outlook.com]', 'account: login', microsoft],
  ['mail', '550 5.7.1 Authentication required', 'account: login', 'several'],
  ['mail', '503 5.5.4 Error: send AUTH command first', 'account: sender', 'Postfix'],
  [
    'mail',
    '550-Requested action not taken: mailbox unavailable\r\n550 Sender address is not allowed.',
    'account: sender',
    'zeyple issue 49 on GMX',
  ],
  [
    'mail',
    '450-Requested mail action not taken: mailbox unavailable\r\n450 Mail send limit exceeded.',
    'account: rate',
    'IONOS: mass mailing limits',
  ],
  ['mail', '450 4.7.1 Error: too much mail from 192.0.2.1', 'account: rate', 'Postfix smtpd_client_message_rate_limit'],
  [
    'mail',
    '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints',
    'account: rate',
    yahoo,
  ],
  [
    'mail',
    '451 4.7.650 The mail server [192.0.2.5] has been temporarily rate limited due to IP reputation. (S775)',
    'account: rate',
    corpus,
  ],
  ['mail', '421 4.4.2 Message submission rate for this client has exceeded the configured limit', 'account: rate', 'serverfault 833887'],
  ['mail', '452 4.3.1 Insufficient system storage', 'account: unreachable', 'Postfix queue_minfree'],
  ['mail', '451 4.3.0 Temporary local problem - please try later', 'account: unreachable', 'Exim'],
  ['mail', '451 4.3.0 Later', 'account: unreachable', 'RFC 3463 x.3.0'],
  ['mail', '450 4.1.8 <news@example.org>: Sender address rejected: Domain not found', 'account: sender', 'Postfix'],
  [
    'mail',
    '553 5.7.1 <news@example.org>: Sender address rejected: not owned by user ann',
    'account: sender',
    'Postfix reject_sender_login_mismatch',
  ],
  ['mail', '554 5.1.8 Sender Address Blocked', 'account: sender', 'Zoho community'],
  ['mail', '501 5.1.0 Emetteur invalide. Invalid Sender. OFR004_405 [405]', 'account: sender', orange],
  [
    'mail',
    '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information.',
    'account: connections',
    microsoft,
  ],
  ['data', '550 5.4.5 Daily user sending limit exceeded. - gsmtp', 'account: quota', google],
  ['data', '421 4.3.0 Temporary System Problem. Try again later (10). - gsmtp', 'account: unreachable', 'dma issue 72'],
  ['data', '554 5.5.1 Error: no valid recipients', 'account: sender', 'Postfix'],
  ['rcpt', '550 5.4.5 Daily SMTP relay limit exceeded for user. - gsmtp', 'account: quota', google],
  ['rcpt', '550 5.7.1 Daily SMTP relay sending limit exceeded for customer.', 'account: quota', google],
  ['rcpt', '450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.', 'account: rate', google],
  ['rcpt', '550 5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address has not been registered.', 'account: login', google],
  ['rcpt', '550 Relay access denied - please authenticate', 'account: login', 'SMTP2GO: common sending errors'],
  [
    'rcpt',
    '550-Please turn on SMTP Authentication in your mail client.\r\n550 host [192.0.2.1] is not permitted to relay through this server without authentication.',
    'account: login',
    'cPanel, Exim',
  ],
  [
    'rcpt',
    '503 This mail server requires authentication when attempting to send to a non-local e-mail address. Please check your mail client settings.',
    'account: login',
    'MailEnable',
  ],
  ['rcpt', '530 Authentication required', 'account: login', 'RFC 4954 6'],
  ['rcpt', '550 must be authenticated', 'account: login', 'IONOS: undeliverable email'],
  ['rcpt', '553 5.7.1 <news@example.org>: Sender address rejected: not owned by user ann', 'account: sender', 'Postfix smtpd_delay_reject'],
  ['rcpt', '450 4.1.8 <news@example.org>: Sender address rejected: Domain not found', 'account: sender', 'iCloud, Postfix'],
  [
    'rcpt',
    '550-Verification failed for <news@example.org>\r\n550-The mail server could not deliver mail to news@example.org. The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.\r\n550 Sender verify failed',
    'account: sender',
    'cPanel, Exim',
  ],
  ['rcpt', '501 5.1.7 Bad sender address syntax', 'account: sender', 'Postfix'],
  ['rcpt', '450 4.7.1 Error: too many recipients from 192.0.2.1', 'account: rate', 'Postfix smtpd_client_recipient_rate_limit'],
  [
    'rcpt',
    '554 5.7.1 <ann@example.org>: Recipient address rejected: You have exceeded your Outmail quota.',
    'account: quota',
    'prolateral',
  ],
  [
    'rcpt',
    '550-Requested action not taken: mailbox unavailable\r\n550 Failure sending mail. Try again later',
    'account: rate',
    'MailKit issue 968 on GMX',
  ],
  [
    'rcpt',
    '550 Domain example.org has exceeded the max emails per hour (200/200 (100%)) allowed. Message discarded.',
    'account: rate',
    'cPanel',
  ],
  [
    'message',
    '550 5.4.5 Daily user sending limit exceeded. For more information, visit https://support.google.com/a/answer/166852 - gsmtp',
    'account: quota',
    google,
  ],
  ['message', '454 Throttling failure: Maximum sending rate exceeded.', 'account: rate', 'SES: errors related to sending quotas'],
  ['message', '454 Throttling failure: Daily message quota exceeded.', 'account: quota', 'SES: errors related to sending quotas'],
  [
    'message',
    '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: ann@example.org',
    'account: sender',
    'SES: troubleshoot error messages',
  ],
  [
    'message',
    '554 Access denied: User `arn:aws:iam::1:user/x` is not authorized to perform `ses:SendRawEmail` on resource',
    'account: login',
    'SES',
  ],
  [
    'message',
    '421 Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients in Account Settings.',
    'account: sender',
    'Mailgun: authorized recipients',
  ],
  [
    'message',
    '554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message Cannot submit message.',
    'account: sender',
    'OfficeDocs-Support issue 1187',
  ],
  [
    'message',
    '554 5.2.2 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception',
    'account: quota',
    microsoft,
  ],
  [
    'message',
    '554 5.2.252 SendAsDenied; ann@example.org not allowed to send as news@example.org; STOREDRV.Submission.Exception:SendAsDeniedException',
    'account: sender',
    'pkp-lib pull 7412',
  ],
  [
    'message',
    '554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message with message WASCL UserAction verdict is not None. Actual verdict is RefuseQuota',
    'account: quota',
    'Microsoft answers',
  ],
  ['message', '550 5.2.253 Sender throttled due to continuous invalid license errors', 'account: sender', microsoft],
  [
    'message',
    '550 5.7.60 SMTP; Client does not have permissions to send as this sender [MW2PR19.namprd19.prod.outlook.com]',
    'account: sender',
    'swiftmailer issue 1030',
  ],
  [
    'message',
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    'account: quota',
    microsoft,
  ],
  ['message', '550 5.1.8 Access denied, bad outbound sender AS(42004)', 'account: sender', microsoft],
  ['message', '550 5.7.705 Access denied, tenant has exceeded threshold', 'account: quota', microsoft],
  [
    'message',
    '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [Hostname=AM6PR07.prod.outlook.com]',
    'account: connections',
    microsoft,
  ],
  [
    'message',
    '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.',
    'account: sender',
    'SendGrid: SMTP errors and troubleshooting',
  ],
  ['message', '550 From header sender domain not verified (example.org)', 'account: sender', 'SMTP2GO: common sending errors'],
  ['message', '551 5.7.1 Not authorised to send from this header address', 'account: sender', 'Fastmail'],
  ['message', '553 Relaying disallowed as news@example.org', 'account: sender', 'ZeptoMail: SMTP error codes'],
  ['message', '550 5.4.6 Unusual sending activity detected. Please try after sometime.', 'account: rate', 'Zoho community'],
  ['message', '550 5.7.0 From address is not one of your addresses.', 'account: sender', 'iCloud'],
];

const hostAndPolicy: readonly Row[] = [
  [
    'message',
    '550 Message rejected because 192.0.2.1 is not allowed to send mail from example.org. Please see http://www.openspf.org/Why',
    'policy',
    corpus,
  ],
  ['rcpt', '550 Sorry, I do not like bad sender IP address 192.0.2.1, it is blocked', 'policy', corpus],
  ['message', '550 The message has been rejected by the spam filtering engine', 'policy', corpus],
  ['rcpt', '550 you are not allowed to post to this mailing list', 'policy', corpus],
  ['rcpt', '550 5.7.1 You are not allowed to send mail to this address', 'policy', corpus],
  ['message', '550 5.7.1 Message held in sandbox for analysis', 'policy', corpus],
  ['rcpt', '550 Connections not accepted from dynamic IP space', 'policy', corpus],
  ['rcpt', '550 host [192.0.2.1] is not permitted to relay through mx.example.org', 'policy', 'Exim'],
  ['rcpt', '450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]', 'policy', 'Postfix'],
  ['message', '550 5.7.25 The IP address sending this message does not have a PTR record setup', 'policy', google],
  [
    'message',
    '554 Your access to this mail system has been rejected due to poor reputation of a domain used in message transfer',
    'policy',
    'KumoMTA community rules',
  ],
  [
    'rcpt',
    '421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1',
    'host',
    yahoo,
  ],
  [
    'message',
    '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\r\n421-4.7.28 from your IP address. To protect our users from spam, mail sent\r\n421 4.7.28 has been temporarily rate limited. - gsmtp',
    'host',
    google,
  ],
  ['rcpt', '450 4.7.1 <ann@example.org>: Recipient address rejected: Greylisted', 'host', 'postgrey'],
  [
    'rcpt',
    '450 4.2.0 <ann@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html',
    'host',
    'bytecamp.net',
  ],
  [
    'rcpt',
    '451 Internal resource temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451',
    'host',
    'Mimecast SMTP error codes',
  ],
  ['rcpt', '421 4.3.2 Too many connections', 'host', 'several'],
  ['rcpt', '421 Too many sessions opened', 'host', 'Comcast: mail error codes'],
  ['message', '421 4.2.1 Service refuse. Veuillez essayer plus tard. Service refused, please try later. LPN007_505', 'host', orange],
  [
    'rcpt',
    '421 mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR005_104 [104]',
    'host',
    orange,
  ],
  [
    'rcpt',
    '450 Requested mail action not taken: mailbox unavailable\r\n450 Rate limit reached. Please try again later',
    'host',
    'newsroom.gmx.net',
  ],
  ['message', '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS77714)', 'host', microsoft],
  ['message', '421 Closing', 'host', 'RFC 5321 4.2.1'],
  ['rcpt', '550 4.7.1 Not now', 'policy', 'a code for good with a status for now: the code decides'],
  ['rcpt', '553 5.7.2 [TSS09] All messages from 192.0.2.25 will be permanently deferred; Retrying will NOT succeed.', 'policy', yahoo],
  ['rcpt', '450 5.7.1 Not like this', 'policy', 'a code for now with a status for good'],
  ['rcpt', '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', 'policy', 'Postfix'],
  [
    'rcpt',
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
    'policy',
    'Outlook.com',
  ],
  [
    'rcpt',
    "550 SC-001 (COL004-MC1F1) Unfortunately, messages from 192.0.2.1 weren't sent. part of their network is on our block list (S3150)",
    'policy',
    'Outlook.com',
  ],
  [
    'message',
    '554-Transaction failed\r\n554-Reject due to policy restrictions.\r\n554 For explanation visit https://postmaster.gmx.net/en/case?c=hi',
    'policy',
    'hm_email issue 13',
  ],
  [
    'rcpt',
    '550-Requested action not taken: mailbox unavailable\r\n550 Reject due to SPF policy. The originating IP of the message is not permitted by the domain owner',
    'policy',
    'smtp.codes/unitedinternet',
  ],
  [
    'message',
    '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\r\n550 5.7.26 - gsmtp',
    'policy',
    google,
  ],
  [
    'message',
    '550 5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo requires all senders to authenticate with either SPF or DKIM.',
    'policy',
    yahoo,
  ],
  [
    'message',
    '554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes',
    'policy',
    yahoo,
  ],
  [
    'message',
    '552-5.7.0 This message was blocked because its content presents a potential\r\n552 5.7.0 security issue. - gsmtp',
    'policy',
    google,
  ],
  [
    'message',
    '550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
    'policy',
    'iCloud',
  ],
  ['message', '550 Mail rejete. Mail rejected. OFR_506 [506]', 'unclear', orange],
  [
    'rcpt',
    '550 5.7.1 RESOLVER.RST.AuthenticationRequired; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group',
    'policy',
    microsoft,
  ],
  ['rcpt', '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required', 'policy', microsoft],
  ['rcpt', '554 5.7.1 <ann@example.org>: Relay access denied', 'policy', 'Postfix'],
  ['rcpt', "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", 'policy', 'qmail'],
  ['rcpt', '550 relay not permitted', 'policy', 'Exim'],
  ['rcpt', '550 Administrative prohibition', 'policy', 'Exim, Mimecast'],
  ['message', '554 5.7.1 Message contains spam', 'policy', 'Barracuda'],
  ['rcpt', '550 5.7.1 You have been blocked by the recipient', 'policy', corpus],
  [
    'rcpt',
    '550 5.1.1 <ann@example.org> rejected: 192.0.2.1 is listed on dnsbl.example.org',
    'policy',
    'a status for addresses with the words of a block list',
  ],
];

const messageAndMailbox: readonly Row[] = [
  ['rcpt', '550 5.2.1 Mail to this user exceeds the rate that they take', 'mailbox', 'x.2.1 with "rate"'],
  ['mail', '552 5.3.4 Message size exceeds fixed limit', 'message', 'Postfix'],
  ['mail', '552 Message size exceeds fixed maximum message size', 'message', 'sendmail'],
  ['mail', '552 5.2.3 Message size exceeds fixed maximum message size (10485760)', 'message', corpus],
  ['message', '552 5.3.4 Error: message file too big', 'message', 'Postfix'],
  ['message', '552 Error: too much', 'message', 'a bare 552'],
  ['message', '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient', 'message', microsoft],
  ['message', '550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds', 'message', microsoft],
  ['rcpt', '550 5.6.7 Address not ASCII', 'message', 'RFC 6531 3.5'],
  ['message', '451 4.6.0 Later', 'message', 'RFC 3463 x.6.0'],
  ['message', '500 Line too long', 'message', 'Exim'],
  ['rcpt', '452 4.2.2 The email account that you tried to reach is over quota. - gsmtp', 'mailbox', google],
  [
    'rcpt',
    "552-5.2.2 The recipient's inbox is out of storage space and inactive. Please direct the\r\n552 5.2.2 recipient to https://support.google.com/mail/?p=OverQuotaPerm - gsmtp",
    'mailbox',
    google,
  ],
  [
    'rcpt',
    '450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time.',
    'mailbox',
    google,
  ],
  [
    'rcpt',
    '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.',
    'mailbox',
    google,
  ],
  ['message', '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded', 'mailbox', microsoft],
  ['message', "550 5.2.121 Recipient's per hour message receive limit from specific sender exceeded", 'mailbox', microsoft],
  ['message', '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException', 'mailbox', microsoft],
  ['rcpt', '552-Requested mail action aborted: exceeded storage allocation\r\n552 Quota exceeded.', 'mailbox', 'GMX, WEB.DE'],
  [
    'rcpt',
    '550 Benutzer hat das Speichervolumen ueberschritten. / User has exhausted allowed storage space.',
    'mailbox',
    'sitepackage.de on WEB.DE',
  ],
  ['rcpt', '552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]', 'mailbox', orange],
  ['rcpt', '552 5.2.2 <ann@icloud.com>: user is over quota', 'mailbox', 'iCloud'],
  ['rcpt', '550 Mailbox is full / Blocks limit exceeded / Inode limit exceeded', 'mailbox', 'KumoMTA community rules'],
  ['rcpt', '550 5.1.1 User over quota. (#5.1.1)', 'mailbox', 'qmail-toaster'],
  ['rcpt', '552 5.2.0 Buzón lleno', 'mailbox', 'Spanish'],
  ['rcpt', '552 Postfach überfüllt', 'mailbox', 'German'],
];

const addressAndUnclear: readonly Row[] = [
  ['rcpt', '550 5.2.1 Mailbox blocked: inactive for a year, see our policy', 'address', 'words of little weight beside a status'],
  ['rcpt', '550 Domain does not exist: example.org', 'unclear', "may be the sender's domain"],
  ['rcpt', '550 The account or domain may not exist', 'unclear', 'cPanel says it of senders'],
  ['rcpt', '550 No such domain at this location (ann@example.org)', 'address', 'Barracuda'],
  ['rcpt', '550 sorry, that mailbox is unavailable', 'address', corpus],
  ['rcpt', '550 antispam.example.net: User unknown', 'address', 'a host whose name sounds like a verdict'],
  ['rcpt', '553 sorry, your envelope recipient is in my badrcptto list (#5.7.1)', 'address', 'qmail'],
  ['rcpt', '550 The mailbox you have reached is no longer active', 'address', 'a reader who left, in words that sound like a limit'],
  [
    'rcpt',
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the recipient's email address for typos or\r\n550 5.1.1 unnecessary spaces. - gsmtp",
    'address',
    google,
  ],
  ['rcpt', '550 5.2.1 The email account that you tried to reach is disabled. - gsmtp', 'address', google],
  ['rcpt', '550 5.4.1 Recipient address rejected: Access denied. [AM6EUR05FT.eop-eur05.prod.protection.outlook.com]', 'address', microsoft],
  ['rcpt', '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup', 'address', microsoft],
  ['rcpt', '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).', 'address', 'Outlook.com'],
  [
    'rcpt',
    '550-Requested action not taken: mailbox unavailable\r\n550 For explanation visit https://postmaster.gmx.net/en/error-messages',
    'address',
    'smtp.codes/unitedinternet',
  ],
  [
    'message',
    "554 delivery error: dd This user doesn't have a yahoo.com account (ann@yahoo.com) [0] - mta1.mail.yahoo.com",
    'address',
    'Yahoo',
  ],
  ['rcpt', '550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]', 'address', orange],
  ['rcpt', '550 5.1.6 recipient no longer on server: ann@icloud.com', 'address', 'iCloud'],
  ['rcpt', '554 5.7.1 <ann@example.org>: Recipient address rejected: User unknown in virtual mailbox table', 'address', 'Postfix'],
  ['rcpt', '553 sorry, no mailbox here by that name. (#5.7.17)', 'address', 'qmail'],
  ['message', '554 Sorry, no mailbox here by that name. (#5.1.1)', 'address', 'qmail'],
  ['rcpt', '550 No such user here', 'address', 'several'],
  ['rcpt', '550 Unrouteable address', 'address', 'Exim'],
  ['rcpt', '550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550', 'address', 'Mimecast SMTP error codes'],
  ['rcpt', '550 Benutzer nicht bekannt/User unknown', 'address', 'WEB.DE'],
  ['rcpt', '550 Empfänger unbekannt', 'address', 'German'],
  ['rcpt', '550 Utilisateur inconnu !', 'address', 'isep.fr'],
  ['rcpt', '550 No existe el usuario', 'address', 'Spanish'],
  ['rcpt', '550 #5.1.0 Address rejected.', 'address', 'IronPort'],
  ['rcpt', '550 ann@comcast.net Account not available', 'unclear', 'Comcast'],
  ['rcpt', '556 5.1.10 Recipient address has a null MX', 'address', 'RFC 7505 4.2'],
  ['rcpt', '556 Domain does not accept mail', 'address', 'RFC 7504 3'],
  ['rcpt', '525 5.7.13 User account disabled', 'address', 'RFC 5248'],
  ['rcpt', '550 5.7.17 Mailbox owner has changed', 'address', 'RFC 7293 5'],
  ['rcpt', '450 4.1.2 <ann@example.org>: Recipient address rejected: Domain not found', 'address', 'Postfix'],
  ['rcpt', '450 5.1.1 Unknown for now', 'address', 'a code for now with a status for good'],
  ['rcpt', '550 5.7.18 Domain owner has changed', 'unclear', 'RFC 7293 5'],
  ['rcpt', '550 No', 'unclear', 'a bare 550'],
  ['rcpt', '550 5.1.0 No', 'unclear', 'RFC 3463 x.1.0'],
  ['rcpt', '451 Later', 'unclear', 'a bare 451'],
  ['message', '550 5.4.14 Hop count exceeded - possible mail loop', 'unclear', microsoft],
  ['message', '550 No such user', 'unclear', 'after the data the words alone suppress nobody'],
  ['message', '452 4.3.1 Insufficient system storage', 'unclear', 'Postfix queue_minfree'],
];

describe('a refusal', () => {
  test.each([...account, ...hostAndPolicy, ...messageAndMailbox, ...addressAndUnclear])(
    'of %s by %j is %s (%s)',
    (command, wire, verdict) => {
      expect(verdictOf(command, wire)).toBe(verdict);
    },
  );

  test.each(['connect', 'ehlo', 'starttls', 'auth', 'mail', 'data'] as const)(
    'of %s never is about a reader, whatever it says',
    (command) => {
      const all = [...account, ...hostAndPolicy, ...messageAndMailbox, ...addressAndUnclear];
      const verdicts = all.map(([, wire]) => verdictOf(command, wire)).filter((verdict) => !verdict.startsWith('account: '));
      expect(new Set(verdicts)).toEqual(new Set(command === 'mail' ? ['message'] : []));
    },
  );

  test.each(['rcpt', 'message'] as const)('of %s by an enhanced status alone is judged by its subject, for now as for good', (command) => {
    const subjectsOf = (detail: string) => [`450 4.${detail} -`, `550 5.${detail} -`].map((wire) => verdictOf(command, wire));
    for (const detail of ['1.1', '1.2', '1.3', '1.6', '1.10', '2.1', '7.13', '7.17'])
      expect(subjectsOf(detail)).toEqual(['address', 'address']);
    for (const detail of ['1.7', '1.8', '7.60', '2.250', '2.259'])
      expect(subjectsOf(detail)).toEqual(['account: sender', 'account: sender']);
    for (const detail of ['3.4', '2.3', '6.0', '6.7', '6.11']) expect(subjectsOf(detail)).toEqual(['message', 'message']);
    for (const detail of ['7.0', '7.1', '7.26', '7.130', '7.606']) expect(subjectsOf(detail)).toEqual(['host', 'policy']);
    for (const detail of ['0.0', '1.0', '2.0', '3.0', '4.1', '5.1', '7.18', '9.9'])
      expect(subjectsOf(detail)).toEqual(['unclear', 'unclear']);
    expect(subjectsOf('2.2')).toEqual(['mailbox', 'mailbox']);
  });

  test("is not led astray by what a reader's address looks like once it is taken out", () => {
    expect(verdictOf('rcpt', '550 5.1.1 <[address]>: unknown')).toBe('address');
  });
});

describe('the known replies', () => {
  test('each name their source and what they are about', () => {
    for (const { subject, trouble, source } of knownReplies) {
      expect(refusalSubjects).toContain(subject);
      expect(source).toMatch(/^https?:\/\//);
      expect(subject !== 'account' || trouble !== undefined).toBe(true);
    }
  });

  test('are each met by a reply of the table or by one of their own words', () => {
    const texts = [...account, ...hostAndPolicy, ...messageAndMailbox, ...addressAndUnclear].map(
      ([, wire]) =>
        parseSmtpReply(wire)
          ?.text.normalize('NFKD')
          .replaceAll(/\p{M}/gu, '')
          .replace(/#[45]\.\d+\.\d+ /, '') ?? '',
    );
    const unmet = knownReplies.filter(({ pattern }) => !texts.some((text) => pattern.test(text))).map(({ pattern }) => pattern.source);
    expect(unmet).toEqual([]);
  });

  test('cost little on the worst that a server may write', () => {
    const words = [
      'daily ',
      'exceeded ',
      'sender ',
      'you have exceeded ',
      'from address ',
      'not allowed to send ',
      'mailbox ',
      'a',
      ' ',
      'ip ',
    ];
    for (const { pattern } of knownReplies) {
      for (const word of words) {
        const text = word.repeat(100_000 / word.length);
        const startedAt = process.cpuUsage();
        pattern.test(text);
        const { user } = process.cpuUsage(startedAt);
        expect({ pattern: pattern.source, word, isQuick: user < 20_000 }).toEqual({ pattern: pattern.source, word, isQuick: true });
      }
    }
  });
});
