import type { AccountTrouble, RefusalSubject } from './message.ts';

/** A wording of servers that says more than its codes do. */
export interface KnownReply {
  /**
   * Met with the text of a reply: lines joined by a blank, accents off, the reader's address replaced by "[address]". Linear: gaps are bounded, and no
   * quantifier stands in another.
   */
  readonly pattern: RegExp;
  /** Only with one of these codes. */
  readonly codes?: readonly number[];
  /** Only with one of these enhanced statuses, the class left off: "4.1" for 4.4.1 and 5.4.1. */
  readonly details?: readonly string[];
  /**
   * Words of no particular provider that call an address unknown: only in answer to RCPT, as after the data they may be about anything that the message
   * holds, and not beside a status that says that the sender's address is meant.
   */
  readonly isRcptOnly?: true;
  /** Words of little weight: only where the enhanced status says nothing either. */
  readonly isFallback?: true;
  readonly subject: RefusalSubject;
  /** What of the account: for the subject `account`, and for others where they answer a command that names no reader. */
  readonly trouble?: AccountTrouble;
  /** Where it is documented or was reported. */
  readonly source: string;
}

// Documents that many entries come from.
const google = 'https://support.google.com/a/answer/3726730';
const microsoft = 'https://learn.microsoft.com/en-us/troubleshoot/exchange/email-delivery/ndr/non-delivery-reports-in-exchange-online';
const ses = 'https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html';
const sesErrors = 'https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html';
const sendgrid = 'https://twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting';
const smtp2go = 'https://support.smtp2go.com/hc/en-gb/articles/13990494697369-Common-Sending-Errors';
const yahoo = 'https://senders.yahooinc.com/smtp-error-codes';
const gmx = 'https://postmaster.gmx.net/en/error-messages';
const unitedInternet = 'https://smtp.codes/unitedinternet/';
const mimecast = 'https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691-Policies-Mimecast-SMTP-Error-Codes';
const orange = 'https://www.postmastery.com/orange-postmaster-smtp-error-codes-ofr/';
const apple = 'https://support.apple.com/en-us/102322';
const comcast = 'http://postmaster.comcast.net/mail-error-codes.html';
const postfix = 'https://www.postfix.org/postconf.5.html';
const exim = 'https://www.exim.org/exim-html-current/doc/html/spec_html/ch-access_control_lists.html';
const qmail = 'http://www.qmail.org/man/man8/qmail-smtpd.html';
const cpanel = 'https://support.cpanel.net/hc/en-us/articles/360049231233-The-exceeded-the-max-defers-and-failures-per-hour-message';
const corpus = 'https://github.com/sisimai/p5-sisimai (lib/Sisimai/Reason, lib/Sisimai/Rhost)';
const kumo = 'https://github.com/KumoCorp/kumomta (assets/community/bounces.toml)';
const iredapd = 'https://github.com/iredmail/iRedAPD (libs, plugins)';
const zeptomail = 'https://zstatic.zohostatic.com/zeptomail/help/api/smtp-error-codes.html';
const mailgun = 'https://github.com/coopdevs/timeoverflow/issues/820';
const godaddy = `${corpus} (rhost-godaddy)`;
const resend = 'https://resend.com/docs/api-reference/errors';
const german = 'http://www.sitepackage.de/service/dokumentation/auswertung/typische-fehlermeldungen-bei-unzustellbarkeit.html';

/** What a reader's own server, mailbox or list says: it sounds as if it meant us. */
const readersOwn: readonly KnownReply[] = [
  { pattern: /rejected ?: access denied/i, details: ['4.1'], subject: 'address', source: microsoft },
  { pattern: /\b(?:blocked|rejected|refused) by (?:the |this )?(?:recipient|user)s?\b/i, subject: 'policy', source: microsoft },
  {
    pattern:
      /\b(?:blocked|rejected|refused|denied) by (?:the )?recipient(?:'s)? (?:policy|filter|domain)|\[address\][^.;]{0,10} (?:does not|doesn't) accept (?:mail |e-?mails? |messages )?from/i,
    subject: 'policy',
    source: corpus,
  },
  // The list of one customer of theirs, or their whole host: a sender whom nobody takes is refused for good.
  { pattern: /sender (?:address )?blocked/i, codes: [421], subject: 'host', trouble: 'sender', source: mimecast },
  { pattern: /received too many (?:messages|mails) from|excessive unknown recipients/i, subject: 'host', trouble: 'rate', source: corpus },
  { pattern: /\bmail bomb\b/i, subject: 'host', trouble: 'rate', source: gmx },
  { pattern: /\bAUP#|\bdnsbl\b/, subject: 'policy', source: comcast },
  {
    pattern: /not allowed to (?:send|post) to this (?:recipient|group|list|address|user)|not allowed by the list|unknown to the recipient/i,
    subject: 'policy',
    source: corpus,
  },
  {
    pattern: /too many (?:recent |e-?)?(?:messages|mails) (?:to|for) this (?:user|recipient|mailbox|account)|too many recent messages/i,
    subject: 'mailbox',
    source: comcast,
  },
  { pattern: /organization queue quota/i, subject: 'host', trouble: 'rate', source: microsoft },
  { pattern: /receiving mail (?:too quickly|at a rate)|mailbox received too much/i, subject: 'mailbox', source: google },
  {
    pattern: /\bmail ?box exceeded[^.;]{0,20}\bdaily\b|\b(?:user|recipient) (?:has exceeded|over)[^.;]{0,30}\breceiv/i,
    subject: 'mailbox',
    source: microsoft,
  },
  { pattern: /recipient thread limit/i, subject: 'mailbox', source: microsoft },
  {
    pattern: /recipient's per hour|(?:the|this) recipient has exceeded|\breceiv(?:e|ing) limits?\b/i,
    subject: 'mailbox',
    source: microsoft,
  },
  { pattern: /RESOLVER\.RST\.RecipSizeLimit|message too large for this recipient/i, subject: 'message', source: microsoft },
  {
    pattern: /RESOLVER\.RST\b|delivery restriction check|not authenticated for (?:group|mailbox|public folder)/i,
    subject: 'policy',
    source: microsoft,
  },
];

/** Proofs that a domain owes (SPF, DKIM, DMARC, reverse names): they say "authenticate" and mean no login. */
const proofs: readonly KnownReply[] = [
  { pattern: /duplicate header/i, subject: 'message', source: sesErrors },
  { pattern: /(?:spf|dkim|dmarc)\b|sender policy framework/i, subject: 'policy', source: google },
  { pattern: /\bunauthenticated (?:e-?mail|mail|message)|sender is unauthenticated/i, subject: 'policy', source: yahoo },
  { pattern: /\bptr\b|reverse (?:dns|hostname|lookup)|cannot find your (?:reverse )?hostname/i, subject: 'policy', source: postfix },
];

/** Quotas of a day before rates of an hour, and what says "you" last. */
const limits: readonly KnownReply[] = [
  // Hours before days: a quota of 24 hours may be told in the hours that it is still used up.
  {
    pattern: /\bexceed(?:ed)? (?:the )?(?:sending limit \(hourly\)|hour(?:ly)? limit)/i,
    subject: 'account',
    trouble: 'rate',
    source: corpus,
  },
  {
    pattern:
      /\b(?:24|twenty-four)[- ]hours?\b[^.;]{0,30}\blimit|\blimit\b[^;]{0,30}\bper (?:24|twenty-four) hours?\b|\brelay quota\b|\b(?:messages|mails|e-?mails|recipients) per day\b/i,
    subject: 'account',
    trouble: 'quota',
    source: godaddy,
  },
  {
    pattern: /not allowed to send: [^.;]{0,30}\blimit (?:exceeded|reached)|outgoing limits? for\b/i,
    subject: 'account',
    trouble: 'quota',
    source: mailgun,
  },
  { pattern: /not allowed to send: [^.;]{0,30}\btoo (?:fast|many)/i, subject: 'account', trouble: 'rate', source: mailgun },
  {
    pattern:
      /\b(?:sender|sending|hourly|monthly|outgoing|outbound|message count) (?:mail |e-?mail |message )?quota\b|quota exceeded \(number of mails|policy rejection[^a-z]{1,5}quota exceeded/i,
    subject: 'account',
    trouble: 'quota',
    source: iredapd,
  },
  {
    pattern: /(?:versand|tages|sende)limit|(?:limite|quota|cuota) (?:d'|de |di )(?:envoi|envio|invio)\b/i,
    subject: 'account',
    trouble: 'quota',
    source: kumo,
  },
  { pattern: /\bdaily\b[^.;]{0,50}\b(?:limit|quota|rate)\b/i, subject: 'account', trouble: 'quota', source: google },
  { pattern: /submission ?quota|refusequota|exceedquota/i, subject: 'account', trouble: 'quota', source: microsoft },
  { pattern: /tenant (?:has )?exceeded|(?:trial )?tenant[^.;]{0,60}\blimit\b/i, subject: 'account', trouble: 'quota', source: microsoft },
  {
    pattern: /\bcredits? (?:exceeded|exhausted)|\b(?:out of|insufficient|no more) credits?\b/i,
    subject: 'account',
    trouble: 'quota',
    source: sendgrid,
  },
  { pattern: /throttling failure|maximum sending rate/i, subject: 'account', trouble: 'rate', source: ses },
  { pattern: /throttl/i, codes: [454], subject: 'account', trouble: 'rate', source: ses },
  { pattern: /peak smtp relay limit/i, subject: 'account', trouble: 'rate', source: google },
  { pattern: /too many login attempts/i, subject: 'account', trouble: 'rate', source: google },
  {
    pattern: /message submission rate|message rate[^.;]{0,20}exceeded/i,
    subject: 'account',
    trouble: 'rate',
    source: 'https://serverfault.com/questions/833887',
  },
  {
    pattern:
      /exceeded the max[^.;]{0,30}\bper hour|exceeded[^.;]{0,30}\bper (?:second|minute|hour)\b|\bper (?:second|minute|hour) (?:limit )?exceeded/i,
    subject: 'account',
    trouble: 'rate',
    source: cpanel,
  },
  {
    pattern: /\b(?:mail send|sending|send|hourly|outgoing|outbound) (?:rate limit|rate|limit)\b[^.;]{0,40}\b(?:exceeded|reached)/i,
    subject: 'account',
    trouble: 'rate',
    source: 'https://www.ionos.ca/help/email/general-topics/what-are-the-mass-mailing-limits/',
  },
  {
    pattern: /\b(?:exceeded|reached)\b[^.;]{0,40}\b(?:sending|hourly|outgoing|outbound|send) (?:rate|limit)/i,
    subject: 'account',
    trouble: 'rate',
    source: cpanel,
  },
  {
    pattern: /too (?:much mail|many recipients|many messages) from/i,
    subject: 'account',
    trouble: 'rate',
    source: `${postfix}#smtpd_client_message_rate_limit`,
  },
  // Of whom it is said is left open; a mailbox with too many of them is another matter.
  {
    pattern:
      /\btoo many (?:e-?mails|mails|messages)\b(?! (?:on|in|for)\b)(?![^.;]{0,20} this hour)|\byou are sending (?:mails? |e-?mails? |messages? |too many e-?mails? )?too (?:fast|quickly|many)|\[STF\]/i,
    subject: 'account',
    trouble: 'rate',
    source: 'https://support.mailchannels.com/hc/en-us/articles/200897270',
  },
  {
    pattern: /\b(?:limit|number)\b[^.;]{0,20} (?:allowed )?(?:outgoing|outbound) (?:messages|mails?|e-?mails?|recipients)\b/i,
    subject: 'account',
    trouble: 'rate',
    source: 'https://support.plesk.com/hc/en-us/articles/213389069',
  },
  {
    pattern: /too many requests|\brequests per (?:second|minute|hour)\b|ratelimit "[^"]{0,40}(?:_out|outbound|outgoing|user|auth|sasl)/i,
    subject: 'account',
    trouble: 'rate',
    source: resend,
  },
  { pattern: /limit for processing requests from your host/i, subject: 'account', trouble: 'rate', source: godaddy },
  {
    pattern: /unusual sending activity/i,
    subject: 'account',
    trouble: 'rate',
    source: 'https://help.zoho.com/portal/en/community/topic/unable-to-send-message-reason-550-5-4-6-unusual-sending-activity-detected',
  },
  {
    pattern: /failure sending mail\. try again later/i,
    subject: 'account',
    trouble: 'rate',
    source: 'https://github.com/jstedfast/MailKit/issues/968',
  },
  { pattern: /\b(?:sending|outgoing|outbound|send|smtp relay) (?:limit|quota)\b/i, subject: 'account', trouble: 'quota', source: google },
  {
    pattern:
      /\byou(?: \([^()]{1,60}\))?(?:'ve| have|r account has|r account|r domain has|r mailbox has) (?:already )?(?:exceeded|reached|used up)\b[^.;]{0,60}\b(?:limit|quota|maximum|allowance)|\byour (?:mail|e-?mail|message|sending) (?:limit|quota) (?:has been |is |was )?(?:reached|exceeded)/i,
    subject: 'account',
    trouble: 'quota',
    source: 'https://support.prolateral.com/index.php?/Knowledgebase/Article/View/187/35/what-does-smtp-554-571-mean',
  },
];

const connections: readonly KnownReply[] = [
  { pattern: /(?:sender|outbound) thread limit|STOREDRV\.ClientSubmit/i, subject: 'account', trouble: 'connections', source: microsoft },
  // A new session cures it.
  {
    pattern:
      /\b(?:max|limit|number|too many)\b.{0,30}\bper (?:smtp )?(?:session|connection)\b|\bper (?:smtp )?(?:session|connection) limit/i,
    subject: 'account',
    trouble: 'connections',
    source: 'https://github.com/terminal42/contao-notification_center/issues/226',
  },
  { pattern: /concurrent connections? limit/i, codes: [432], subject: 'account', trouble: 'connections', source: microsoft },
];

const login: readonly KnownReply[] = [
  {
    pattern:
      /\bauth(?:entication|entification)? (?:is )?(?:required|needed|requise|erforderlich)|starttls is required|(?<!sender |message |mail |domain )\bauth(?:entication)? (?:failed|failure|error)\b|from hpanel\b/i,
    subject: 'account',
    trouble: 'login',
    source: google,
  },
  {
    pattern: /\b(?:must|need to|have to|please|should)\b[^.;]{0,30}\b(?:authenticate|log ?in|issue a starttls)\b/i,
    subject: 'account',
    trouble: 'login',
    source: smtp2go,
  },
  {
    pattern: /\b(?:must be|not|without being|isn't) (?:authenticated|logged in)|without (?:smtp )?authentication/i,
    subject: 'account',
    trouble: 'login',
    source: 'https://www.ionos.com/help/email/troubleshooting-mail-basicmail-business/error-messages-caused-by-undeliverable-email/',
  },
  { pattern: /\b(?:requires?|turn on|enable|use) (?:smtp[ -])?auth(?:entication)?\b/i, subject: 'account', trouble: 'login', source: kumo },
  {
    pattern: /invalid credentials|(?:user ?name|password)[^.;]{0,20}not accepted|application-specific password|unauthori[sz]ed ip address/i,
    subject: 'account',
    trouble: 'login',
    source: google,
  },
  {
    pattern:
      /\baccount is not yet activated|please activate your\b|sending paused for this account|unauthenticated senders not allowed|permissions? to submit/i,
    subject: 'account',
    trouble: 'login',
    source: 'https://github.com/WPManageNinja/fluent-smtp/issues/157',
  },
  // Whose account is closed: what sends, logs in or is called ours is no reader's.
  {
    pattern:
      /\b(?:your account\b.{0,60}|(?:your|sending|smtp|sasl|authenticated|api|relay) (?:e-?mail |smtp |mail )?(?:account|user|mailbox|login|access|trial|plan)\b[^.;]{0,30})\b(?:suspended|disabled|blocked|deactivated|locked|closed|inactive|under review|expired|unknown|not found|invalid|no longer)\b/i,
    subject: 'account',
    trouble: 'login',
    source: corpus,
  },
  {
    pattern: /\b(?:outgoing|outbounds?|(?:mail|message) sending)\b[^;]{0,60}\b(?:denied|suspended|suspension|hold|disabled)\b/i,
    subject: 'account',
    trouble: 'login',
    source: 'https://github.com/roundcube/roundcubemail/issues/8737',
  },
  { pattern: /not allowed to send: /i, subject: 'account', trouble: 'login', source: mailgun },
  {
    pattern: /sign in to your account|blocked your account|check (?:for new mail|your mail) (?:before|first)|blacklisted user\b/i,
    subject: 'account',
    trouble: 'login',
    source: corpus,
  },
  { pattern: /is not authorized to perform/i, subject: 'account', trouble: 'login', source: sesErrors },
  { pattern: /TenantAttribution/i, subject: 'account', trouble: 'login', source: microsoft },
];

const sender: readonly KnownReply[] = [
  {
    pattern: /STOREDRV\.Submission|STOREDRV\.Submit\b(?!;? invalid recipient)/i,
    subject: 'account',
    trouble: 'sender',
    source: 'https://github.com/MicrosoftDocs/OfficeDocs-Support/issues/1187',
  },
  { pattern: /send ?as ?denied|\bsend (?:as|on behalf)\b|bad outbound sender/i, subject: 'account', trouble: 'sender', source: microsoft },
  { pattern: /access denied/i, details: ['7.501', '7.502', '7.503'], subject: 'account', trouble: 'sender', source: microsoft },
  { pattern: /unregistered domain/i, details: ['7.750'], subject: 'account', trouble: 'sender', source: microsoft },
  // The sandbox of SES knows neither senders nor readers whom nobody verified, and says the same of both.
  { pattern: /email address is not verified|identities failed the check/i, subject: 'account', trouble: 'sender', source: sesErrors },
  {
    pattern: /\bsandbox (?:sub)?domains?\b|\bsandbox (?:mode|account)\b|authorized recipients|free accounts are for test purposes/i,
    subject: 'account',
    trouble: 'sender',
    source: 'https://help.mailgun.com/hc/en-us/articles/217531258-Authorized-Recipients',
  },
  {
    pattern:
      /\bdomain (?:name )?is not (?:yet )?verified|verify (?:a|your|the) domain\b|only (?:be used to )?send (?:testing |test )?e-?mails? to (?:your own|account owners?)/i,
    subject: 'account',
    trouble: 'sender',
    source: resend,
  },
  {
    pattern: /pending approval|trial account/i,
    subject: 'account',
    trouble: 'sender',
    source: 'https://postmarkapp.com/support/article/1084-how-does-the-account-approval-process-work',
  },
  {
    pattern:
      /\bsender (?:e-?mail )?(?:address |user |mailbox |account )?(?:is |was |has been )?(?:disabled|suspended|unvalidated|not valid|rejected|refused|denied|blocked|not allowed|not authori[sz]ed|not permitted|invalid|unknown)\b/i,
    subject: 'account',
    trouble: 'sender',
    source: 'https://github.com/infertux/zeyple/issues/49',
  },
  {
    pattern:
      /valid mx for sender|domain name required for sender|\bsender not allowed|sender verif[a-z]{1,7} failed|verification failed for|could not verify sender/i,
    subject: 'account',
    trouble: 'sender',
    source: exim,
  },
  {
    pattern:
      /\b(?:invalid|unknown|bad|unverified|unroutable|unrouteable) sender(?! ip)|sender domain is empty|emetteur invalide|not owned by user/i,
    subject: 'account',
    trouble: 'sender',
    source: orange,
  },
  {
    pattern:
      /\b(?:domain of sender|sender(?:'s)? domain|envelope sender|from domain|mail ?from)\b[^;]{0,60}\b(?:not exist|must exist|not found|not resolve|resolve fail|valid domain|not verified|unresolvable)/i,
    subject: 'account',
    trouble: 'sender',
    source: kumo,
  },
  { pattern: /unresolvable rfc\.?5321 (?:from )?domain/i, subject: 'account', trouble: 'sender', source: yahoo },
  {
    pattern:
      /\b(?:from|sender|return-path|reverse-path)(?:: | )(?:header |address(?:es)? )[^.;]{0,40}\b(?:not (?:verified|valid|authori[sz]ed|allowed|one of your|exist)|does not match|invalid)/i,
    subject: 'account',
    trouble: 'sender',
    source: smtp2go,
  },
  {
    pattern:
      /\bfrom: (?:domain is invalid|addresses are not allowed)|blank sender|from\/sender name|not local sender|sender is not (?:the )?same|unconfigured sending domain|sender e-?mail is not in my domain|not (?:associated|registered|configured) (?:with|in|for) your account/i,
    subject: 'account',
    trouble: 'sender',
    source: corpus,
  },
  {
    pattern:
      /\bnot (?:authori[sz]ed|allowed|permitted) to (?:send|relay|use)\b(?!(?: e-?mails?| mails?| messages?)? (?:to|directly)\b)[^;]{0,40}\b(?:from|as|e-?mails?|sender|address)\b|not allowed to use the domain|relaying disallowed as/i,
    subject: 'account',
    trouble: 'sender',
    source: zeptomail,
  },
  { pattern: /does not match a verified sender|no identity changes permitted/i, subject: 'account', trouble: 'sender', source: sendgrid },
  // RFC 4954 4 and 6: authentication required, too weak, failed, encryption needed for it; whatever the server says to it, in any language.
  {
    pattern: /^/,
    codes: [530, 534, 535, 538],
    subject: 'account',
    trouble: 'login',
    source: 'https://www.rfc-editor.org/rfc/rfc4954#section-6',
  },
];

/** Who greylists puts off each sender and reader once, whatever others were told. */
export const greylistWords = /gr[ea]y-?list|greydefer|first time sender/i;

const host: readonly KnownReply[] = [
  {
    pattern:
      /too many (?:unknown|invalid|bad|nonexistent) (?:users|recipients)|too many [a-z]{1,12}(?: received)? this hour|frequency limited/i,
    subject: 'host',
    trouble: 'rate',
    source: godaddy,
  },
  { pattern: /\[?\bTSS?0\d\b/, subject: 'host', trouble: 'rate', source: yahoo },
  { pattern: /concurrent connections|number of connections/i, subject: 'host', trouble: 'connections', source: microsoft },
  {
    pattern:
      /shutting down|maintenance|service not a(?:vailable|ctive)|not accepting (?:network messages|connections)|temporary local problem|insufficient (?:system )?(?:storage|resources)/i,
    codes: [421],
    subject: 'host',
    trouble: 'unreachable',
    source: 'https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3',
  },
  {
    pattern:
      /shutting down|maintenance|service not a(?:vailable|ctive)|not accepting (?:network messages|connections)|temporary local problem|insufficient (?:system )?(?:storage|resources)/i,
    codes: [450, 451, 452, 454],
    subject: 'unclear',
    trouble: 'unreachable',
    source: 'https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3',
  },
  {
    pattern: greylistWords,
    subject: 'host',
    trouble: 'rate',
    source: 'https://www.bytecamp.net/de/faq/email/zustellen.html',
  },
  { pattern: /internal resources?(?: are| is)? temporarily unavailable/i, subject: 'host', trouble: 'rate', source: mimecast },
  {
    pattern: /too many [a-z ]{0,30}(?:connections|sessions)|connection (?:rate )?limit|trop de connexions/i,
    subject: 'host',
    trouble: 'connections',
    source: orange,
  },
  {
    pattern: /temporarily deferred|permanently deferred|excessive volume|unexpected volume|unusual rate of/i,
    subject: 'host',
    trouble: 'rate',
    source: yahoo,
  },
  {
    pattern: /rate[- ]?limit|try again slower|too frequent connects|sending too fast|slow down/i,
    subject: 'host',
    trouble: 'rate',
    source: gmx,
  },
  {
    pattern: /server (?:is )?(?:too )?busy|\btoo busy\b|temporary system problem|system load/i,
    subject: 'host',
    trouble: 'unreachable',
    source: google,
  },
  {
    pattern: /too many errors from your ip|service refuse[d.]?[^;]{0,40}(?:later|plus tard)/i,
    subject: 'host',
    trouble: 'rate',
    source: corpus,
  },
];

const policy: readonly KnownReply[] = [
  { pattern: /\bDT:SP[MF]\b/, subject: 'policy', source: 'http://mail.163.com/help/help_spam_16.htm' },
  { pattern: /\bS(?:31[45]0|775|844)\b|unfortunately, messages from/i, subject: 'policy', source: microsoft },
  {
    pattern: /reject(?:ed)? due to policy|policy (?:reasons|restrictions|violation|rejection)|local policy|denied by policy/i,
    subject: 'policy',
    source: unitedInternet,
  },
  { pattern: /no smtp service|ip address is block listed|bad dns|host network not allowed/i, subject: 'policy', source: gmx },
  {
    pattern: /a problem occurred\. \(?ask your postmaster/i,
    subject: 'policy',
    source: 'https://www.spamresource.com/2020/06/whoops-t-onlinede-not-accepting-mail.html',
  },
  {
    pattern:
      /\bdnsbl\b|\brbl\b|spamhaus|spamcop|barracudacentral|sorbs|senderscore|cloudmark|black-?listed|block-?list(?:ed)?\b|\bblack ?list|block list|\blisted (?:at|in|by|on)\b|blocked using/i,
    subject: 'policy',
    source: corpus,
  },
  {
    pattern:
      /\b(?:as|like|contains?|considered|detected|is|due to|be|possible|likely) (?:a |an )?(?:spam|unsolicited)|\bspam (?:message|content|detected|rejected|score|or virus)|junk ?mail|bulk (?:e-?mail )?reject|\bvirus\b|malware|phishing/i,
    subject: 'policy',
    source: kumo,
  },
  { pattern: /poor reputation|bad reputation|reputation of|\bcsi\b.{0,20}blocked/i, subject: 'policy', source: kumo },
  {
    pattern:
      /\b(?:ip|host|client|domain|server|sender)\b[^;]{0,40}\b(?:banned|blocked)\b|administrative prohibition|administratively denied|envelope blocked|rejected by header/i,
    subject: 'policy',
    source: mimecast,
  },
  { pattern: /\b(?:BL|ES|RL|PH|CS|HME)\d{2,6}\b/, subject: 'policy', source: comcast },
  {
    pattern: /content (?:policy|restriction|denied)|not accepted for policy|members-only|recipient preferences|user rules/i,
    subject: 'policy',
    source: apple,
  },
  { pattern: /\btoo many\b/i, codes: [450, 451, 452], isFallback: true, subject: 'host', source: corpus },
  {
    pattern:
      /(?<![./-])\bspam\w*(?![.\w-])|\bbulk (?:e-?mail|mail|advertis)|content filter|quarantined|message filtered|uribl|unacceptable content|banned content|illegal attachment|suspicious/i,
    isFallback: true,
    subject: 'policy',
    source: corpus,
  },
  {
    pattern:
      /(?<![./-])\bpolic(?:y|ies)\b(?![./-])|reputation\b|mailing list|not subscribed to|only accepting mail from|recipient's list|not pre-approved|refuses to (?:accept|receive)|will not accept delivery/i,
    isFallback: true,
    subject: 'policy',
    source: corpus,
  },
  {
    pattern:
      /message (?:content )?(?:rejected|refused|blocked|not allowed)|content rejected|\b(?:black|bad|invalid) ip\b|\bip is rejected|mismatch(?:es)?\b[^.;]{0,30}\bip\b|fake sender|\bspoof|denies the sender|\b(?:blocked|banned)\b|^access denied|abus(?:e|ive|es)\b|dynamic ip|open proxy|not (?:currently )?accept(?:ing|ed)? (?:any )?(?:e-?mail|mail|connections) from|helo command rejected|server access forbidden|client host rejected/i,
    isFallback: true,
    subject: 'policy',
    source: corpus,
  },
  /*
   * A relay that does not relay: for want of a login it mostly says so, and that is met above. Without a word about us it is as often about a domain
   * that moved away from the server, and one such reader must not make an account stand still for everybody.
   */
  {
    pattern:
      /relay(?:ing)?(?: access)?(?: is)? (?:denied|disallowed|not permitted|not allowed|prohibited|forbidden)|\bnot (?:allowed|permitted|configured|authori[sz]ed) to relay|unable to relay|no relaying|relaying mail|mail relay\b|\bas a relay|not (?:an )?open relay|list of allowed rcpthosts?|don'?t (?:handle|relay) mail/i,
    subject: 'policy',
    source: qmail,
  },
];

const fullMailbox: readonly KnownReply[] = [
  {
    pattern:
      /over ?quota|quota (?:is |was )?(?:exceeded|full|violation|usage)|exceed(?:s|ed|ing)?\b[^.;]{0,40}\bquota|over the (?:allowed )?quota|over [a-z]{1,10} quota|disk ?(?:space )?quota|does not have enough space|not sufficient disk space|mailbox exceeded/i,
    subject: 'mailbox',
    source: corpus,
  },
  {
    pattern:
      /\b(?:mail ?box|inbox|postfach)\b[^.;]{0,20}\b(?:exceeds?|uberschreitet|lleno|pleine|voll)\b|\b(?:mail ?box|inbox|mailfolder|mail folder|account|recipient|storage)(?: is| of user is)? full\b|\bfull mailbox|mailbox for user is full/i,
    subject: 'mailbox',
    source: corpus,
  },
  {
    pattern:
      /exceeded storage allocation|out of storage|account storage limit|(?:mailbox|disk|storage|space)[^.;]{0,30}\b(?:limit|space)[^.;]{0,20}\bexceed|exceeded (?:its|the|allowed)?[^.;]{0,30}\b(?:disk|storage|space|mailbox)|exhausted allowed storage|space has been used up|not enough (?:storage|space)|would exceed maximum allowed storage|mailbox limit exe?ceeded/i,
    subject: 'mailbox',
    source: unitedInternet,
  },
  {
    pattern:
      /too many (?:messages|mails) (?:on (?:the )?server|in (?:the |this )?(?:mailbox|inbox))|zu ?viele (?:mails|nachrichten)|speichervolumen|post(?:fach|box)[^.;]{0,30}\b(?:voll|uberfullt|ueberfuellt)/i,
    subject: 'mailbox',
    source: german,
  },
  {
    pattern:
      /bo[iy]te[^.;]{0,40}\bpleine|quota (?:depasse|superad)|buzon (?:esta )?lleno|cuota (?:excedida|superada)|casella[^.;]{0,20}\bpiena|caixa (?:postal |de correio )?cheia|mailbox (?:is )?vol\b/i,
    subject: 'mailbox',
    source: orange,
  },
];

const tooLarge: readonly KnownReply[] = [
  { pattern: /\bsubject is (?:mandatory|required|missing)/i, subject: 'message', source: zeptomail },
  {
    pattern:
      /\b(?:message|mail|e-?mail|data)\b(?: file)?(?: size)?(?: is)? (?:too (?:large|big|long)|exceeds?|exceeded)|\bsize (?:limit )?(?:exceeds?|exceeded)|exceeds?[^.;]{0,30}\b(?:message|maximum|fixed|allowed)[^.;]{0,20}\bsize|line (?:is )?too long|maximum (?:allowed )?line length|line limit exceeded|message length exceeds|taille limite du message|(?:more|larger|longer) than \d{1,12} (?:bytes|[km]i?b)\b/i,
    subject: 'message',
    source: exim,
  },
];

const nobody: readonly KnownReply[] = [
  { pattern: /^address rejected/i, details: ['1.0'], isRcptOnly: true, subject: 'address', source: corpus },
  {
    pattern:
      /doesn't have an? [a-z.]{1,30} account|delivery error: dd\b.{0,120}\b(?:no longer valid|valid recipient|mailbox is disabled|disabled or discontinued)/i,
    subject: 'address',
    source: yahoo,
  },
  // A name, a host or a domain that does not exist is nobody's mailbox; said of who sends it was met above.
  {
    pattern: /\b(?:domini?[oe]|domaine)\b[^.;]{0,40}\b(?:no existe|nao existe|inexistente?|n'existe pas)/i,
    isRcptOnly: true,
    subject: 'unclear',
    source: corpus,
  },
  { pattern: /recipient no longer on server|inactive email address/i, subject: 'address', source: apple },
  // Servers that say it only after the data.
  {
    pattern:
      /^message was not accepted -- invalid mailbox|non-existent account, please check the recipient|^(?:1 )?requested mail action aborted, mailbox not found|^invalid recipient: <?\[address\]/i,
    subject: 'address',
    source: yahoo,
  },
  // What Sina says of a sender who is not the one that logged in.
  { pattern: /^mail address invalid/i, subject: 'unclear', source: 'http://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html' },
  { pattern: /\[address\]>?:? (?:is )?(?:unknown|not found)\b/i, isRcptOnly: true, subject: 'address', source: corpus },
  {
    pattern:
      /\b(?:user|recipient|mailbox|account|address|addressee|alias|local part|virtual user|e-?mail address|e-?mail adress)(?: is| was| does| could| name)? (?:unknown|not known|not found|not exist|not be found|cannot be found|not valid|invalid|unrecognized|unrouteable|no longer valid|not listed|not present)\b/i,
    isRcptOnly: true,
    subject: 'address',
    source: corpus,
  },
  {
    pattern:
      /\b(?:unknown|invalid|no such|not a (?:known|valid|local)|nonexistent|non-existent|unrouteable|undeliverable|illegal|bad destination)(?: or (?:unknown|invalid|illegal|undeliverable))?(?: virtual| local| e-?mail| destination| mail)? ?(?:user|recipient|mailbox|mail box|account|address|addressee|alias|local part|person|id|here)\b/i,
    isRcptOnly: true,
    subject: 'address',
    source: corpus,
  },
  {
    pattern:
      /(?:\b(?:user|recipient|mail ?box|account|addressee|address|alias|person|e-?mail|rcpt)\b|\[address\])[^.;]{0,40}(?<!\b(?:domain|host|server|mx|record) (?:does |may |do )?)\b(?:(?:not|doesn't|dosn't|don't) exists?|no longer exists)\b|(?:does not|doesn't) have an account\b|not (?:a )?user of this|no mail-?box (?:here|found|available|by)|no (?:account|one|mail box|person) (?:by that name|with that|at this|available)|there is no one at this address|not our (?:customer|user)/i,
    isRcptOnly: true,
    subject: 'address',
    source: corpus,
  },
  {
    pattern:
      /mailbox (?:is )?unava?i?l?able|(?:inactive|deactivated|archived) (?:account|user|mailbox|recipient)|(?:account|mailbox|address|user|recipient)[^.;]{0,40}\b(?:has been |is |was )?(?:closed|terminated|deactivated|inactive|disabled|discontinued|not active)\b|no longer (?:accepts mail|valid|active|available|in use)/i,
    isRcptOnly: true,
    subject: 'address',
    source: unitedInternet,
  },
  {
    pattern:
      /badrcptto|badrecipientto|invalid-recipient|userunknown|recipient not ok\b|not an active address|missing home directory|addresses were unknown|user's e-?mail name is not found|no such domain|recipient domain must exist|unknown domain|unrout(?:e)?able address|not in my validrcptto|not ok recipient|not listed in domino|user not listed|recipient not local/i,
    isRcptOnly: true,
    subject: 'address',
    source: corpus,
  },
  {
    pattern:
      /(?:benutzer|empf(?:ae?)nger|teilnehmer|adress(?:e|at)|postfach|konto|mailbox)[^.;]{0,30}\b(?:nicht bekannt|unbekannt|existiert nicht|nicht gefunden|nicht vorhanden|ungultig|ungueltig)|unbekannter (?:benutzer|empf(?:ae?)nger)|kein solche[rs] (?:benutzer|empf(?:ae?)nger|konto)/i,
    isRcptOnly: true,
    subject: 'address',
    source: german,
  },
  {
    pattern:
      /(?:utilisateur|destinataire|adresse|compte|boite)[^.;]{0,40}\b(?:inconnue?|invalide|inexistante?|n'existe pas|archivee|ferme|desactivee?)/i,
    isRcptOnly: true,
    subject: 'address',
    source: orange,
  },
  {
    pattern:
      /(?:no existe|inexistente|desconocid[oa]|desconhecid[oa]|nao existe|sconosciut[oa]|inesistente|nessun utente|nie istnieje|nie ma takiego|onbekende? (?:gebruiker|ontvanger)|gebruiker (?:onbekend|bestaat niet)|uzivatel neexistuje)/i,
    isRcptOnly: true,
    subject: 'address',
    source: corpus,
  },
];

/** Words that bear out a status which calls the address unknown. */
export const nobodyWords = /\b(?:inactiv|not exist|unknown\b(?! users)|no such|not found)/i;

/** The mailbox is closed, not we are turned away, however many rules the text points at. */
export const closedMailboxWords = /\b(?:account|compte|mail ?box)\b[^.;]{0,20}\b(?:blocked|disabled|suspended|closed|bloque)\b/i;

/** What is said holds for now, whatever the code says. */
export const forNowWords = /\btemporar/i;

/** The first that fits counts: what names us stands before what names a server, a full mailbox, a message, a rule, an address, in this order. */
export const knownReplies: readonly KnownReply[] = [
  readersOwn,
  proofs,
  limits,
  connections,
  login,
  sender,
  host,
  fullMailbox,
  tooLarge,
  policy,
  nobody,
].flat();
