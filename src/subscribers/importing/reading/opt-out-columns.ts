import type { ImportedStatus } from '../import-row.ts';
import { plainWords } from './plain-words.ts';
import { isYes, statusOfWords } from './status-words.ts';

/*
 * Columns whose mark, or whose date, says that somebody is gone: "Email Opt Out", "HasOptedOutOfEmail", "Unsubscribed from all email", "do_not_email". Told by
 * the words of the header, since every tool has names of its own. Nothing is said by a cell that is empty or says no; one that is not understood refuses its row.
 *
 * And columns of the contrary: "Email Opt In", "Accepts Email Marketing", a second column of a status. A no in them makes nobody active: it is also what a tool
 * writes of a contact whom nobody ever asked, and so it is no leaving of who is a reader here. A yes is no consent, and anything that is not understood says
 * nothing: many a tool writes there where somebody came from.
 */

/** A column that takes away whoever has a mark in it. */
export interface OptOutColumn {
  readonly index: number;
  readonly name: string;
  /** What a mark means. */
  readonly status: ImportedStatus;
  /** `reason`: whatever stands there is a mark. `either`: it names the contrary too, and a bare yes may be to that. `permission`: a no is the mark. */
  readonly kind: 'mark' | 'reason' | 'either' | 'permission';
}

const meanings: readonly (readonly [readonly RegExp[], ImportedStatus])[] = [
  [
    [
      /\b(?:complain(?:t|ed|er)|(?:marked|reported|flagged) (?:as )?(?:spam|junk|abuse)|(?:spam|abuse|junk)(?: (?:complaint|report(?:ed)?|at|on|date|time))?|(?:spam)?beschwerde|queja|plainte|reclamo|reclamacao|klacht)$|\b(?:complain(?:t|ed) (?:at|on|date|time))\b|^شكوى/,
    ],
    'complained',
  ],
  [
    [
      /\b(?:bounced?|hardbounced?|undeliverable|cleaned|invalid (?:e ?)?mail(?: address)?|on hold|unzustellbar|rebotad[oa]|rebote|rimbalzat[oa]|onbestelbaar|gebounced)\b|مرتد/,
    ],
    'bounced',
  ],
  [
    [
      /\bopt(?:ed)? ?outs?\b|\bun ?subscri(?:be|bed|ption)\b|\bunsub\b|\b(?:black|block|deny) ?list(?:ed)?\b|\bblocked\b|\bsuppress(?:ed|ions?)\b|\bdn[cme]\b/,
      /\b(?:do not|don t|dont|never) (?:allow )?(?:bulk |mass |marketing )?(?:e ?mails?|mail|contact|send|market)/,
      /\bdonot(?:bulk)?(?:e?mail|contact|send)|^no (?:bulk |mass |marketing |more )?(?:(?:e ?)?mails?|mailings?|newsletters?|contact)\b|\b(?:e ?mails?|newsletters?) disabled\b/,
      /\b(?:consent|permission|subscription) (?:withdrawn|revoked|ended|cancell?ed)\b|\b(?:withdrawn|revoked) (?:at|on|date|time|consent)\b|^(?:is )?(?:deleted|removed)(?: (?:at|on|date))?$/,
      /\b(?:abgemeldet|abmeldung|abmelde(?:datum|zeit)|abbestell(?:t|ung|datum)|ausgetragen|austragung|gesperrt|\w*sperre|(?:werbe)?widerspruch|widerrufen|widerruf|keine? (?:e ?mails?|mailings?|newsletter|werbung))\b/,
      /\b(?:des(?:abonne|inscrit)e?s?|desabonnement|desinscription|ne (?:pas|plus) (?:contacter|envoyer|ecrire))\b/,
      /\b(?:baja|desuscrit[oa]|desuscripcion|no (?:enviar|contactar|molestar))\b|\b(?:disiscritt[oa]|disiscrizione|cancellazione iscrizione|non (?:contattare|inviare))\b/,
      /\b(?:descadastrad[oa]|descadastr(?:o|amento)|desinscrit[oa]|desinscricao|nao (?:enviar|contactar|contatar))\b|\b(?:uitgeschreven|uitschrijf(?:datum)?|uitschrijving|afgemeld|afmeld(?:datum|ing)|niet (?:mailen|contacteren|benaderen))\b/,
      /الغاء الاشتراك|غير مشترك|عدم (?:الارسال|الاتصال)/,
    ],
    'left',
  ],
];

// What tools say beside the mark: by what, how often, of which mail.
const besides =
  /\b(?:links?|ur[li]s?|tokens?|ips?|campaigns?|source|method|mode|counts?|number|rate|score|total|comments?|notes?|hash|key|type|feedback|sent|opened|clicked|received|delivered|e ?mails (?:bounced|blocked))\b/;
const reason = /\b(?:reasons?|grund|motif|motivo|raison|reden)\b/;
const opposite =
  /\b(?:not|non|never|nicht) (?:un ?subscribed|opted? ?out|bounced|blocked|block ?listed|black ?listed|suppressed|abgemeldet)\b/;
const joining = /\b(?:opt(?:ed)? ?in|subscribed?)\b/;
// Who wants no calls may want mail.
const otherChannel = /\b(?:sms|mms|phone|telephone|telefon|fax|calls?|mobile|whatsapp|push|postal|direct mail|text messages?)\b/;
const byMail = /\be ?mails?\b/;

const permissions: readonly RegExp[] = [
  /\bopt(?:ed)? ?ins?\b/,
  /\baccepts? (?:e ?mail |newsletter )?(?:marketing|newsletters?|e ?mails?|mailings?)\b/,
  /\b(?:e ?mail|marketing|newsletter|mailing) (?:marketing )?(?:consent|permission|allowed|accepted)\b/,
  /\b(?:consent|permission) (?:to|for) (?:receive )?(?:e ?mails?|marketing|newsletters?|mailings?)\b/,
  /\b(?:wants?|receives?|allows?) (?:the |our |bulk |marketing )?(?:e ?mails?|newsletters?|mailings?)\b/,
  /\bsubscribed to (?:the |our )?(?:e ?mails?|newsletters?|mailing ?lists?)\b|^newsletters?(?: (?:subscri(?:bed|ber|ption)|sign ?up))?$/,
  /\b(?:e ?mail|newsletter|marketing) (?:marketing )?(?:subscri(?:ber|ption) )?status\b/,
  /\b(?:newsletter|e ?mail|werbe|marketing) ?(?:einwilligung|zustimmung|erlaubnis)\b|\b(?:einwilligung|zustimmung) (?:newsletter|e ?mails?|werbung|marketing)\b/,
  /\bacepta (?:publicidad|marketing|boletin(?:es)?|newsletter|correos?)\b|\baccepte (?:la |les )?(?:newsletters?|e ?mails?|publicite)\b/,
  /\b(?:consentement|consenso|consentimiento|consentimento|toestemming) (?:e ?mails?|newsletter|marketing|nieuwsbrief|boletin)\b/,
  /\baceita (?:marketing|newsletter|e ?mails?)\b|^(?:nieuwsbrief|boletin|infolettre)$/,
];

// What is said beside an opt-in, or of one that is more than is needed: who skipped the second step of two may have left nothing.
const besidesPermission = /\b(?:text|level|double|single|confirmed|confirmation|time|date|at|on|not|non|never|no)\b/;

/** The columns of a header that take away whoever has a mark in them. */
export function findOptOutColumns(header: readonly string[]): readonly OptOutColumn[] {
  return header.flatMap((name, index): OptOutColumn[] => {
    const words = headerWords(name);
    const status = meaningOf(words);
    if (status === undefined) return isPermission(words) ? [{ index, name, status: 'not_a_subscriber', kind: 'permission' }] : [];
    return [{ index, name, status, kind: reason.test(words) ? 'reason' : joining.test(words) ? 'either' : 'mark' }];
  });
}

/** `HasOptedOutOfEmail` and `EMAIL_BLACKLISTED` as words. */
function headerWords(name: string): string {
  return plainWords(name.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, '$1 '));
}

/** Whether a column says something of mail, and not beside it. */
function isOfMail(words: string): boolean {
  return !besides.test(words) && (!otherChannel.test(words) || byMail.test(words));
}

function isPermission(words: string): boolean {
  return isOfMail(words) && !besidesPermission.test(words) && permissions.some((pattern) => pattern.test(words));
}

function meaningOf(words: string): ImportedStatus | undefined {
  if (!isOfMail(words) || opposite.test(words)) return undefined;
  const status = meanings.find(([patterns]) => patterns.some((pattern) => pattern.test(words)))?.[1];
  // A soft bounce has its reason too.
  return status === 'bounced' && reason.test(words) && !/\bhard/.test(words) ? undefined : status;
}

/** What a cell of such a column says: the lower status, nothing (`active`), or undefined for what is not understood. */
export function statusOfMark(cell: string, { status, kind }: OptOutColumn): ImportedStatus | undefined {
  const text = cell.trim();
  if (kind === 'permission') return statusOfPermission(plainWords(text));
  const answer = isYes(text) ?? allowance.get(plainWords(text));
  if (kind === 'either' && text !== '' && answer !== undefined) return undefined;
  if (answer !== undefined) return answer ? status : 'active';
  // 0000-00-00 00:00:00 is no date, and a link is the same for everybody.
  if (/^[0\s:.,\-/TZ]+$/.test(text) || /^https?:/i.test(text)) return 'active';
  // "No, since 2024" is no date.
  const isDenied = isYes(plainWords(text).split(' ')[0]!) === false;
  return kind === 'reason' || (isNumberOrDate(text) && !isDenied) ? status : statusOfWords(text);
}

// Nobody was asked, or nobody knows.
const unsaid = new Set(['', 'null', 'nil', 'none', 'na', 'n a']);

function statusOfPermission(words: string): ImportedStatus {
  if (unsaid.has(words)) return 'active';
  if (isYes(words) === false || allowance.get(words) === true) return 'not_a_subscriber';
  return statusOfWords(words) ?? 'active';
}

// To "Do not allow emails".
const allowance: ReadonlyMap<string, boolean> = new Map([
  ['allow', false],
  ['do not allow', true],
]);

/** A number, a time, a date in digits, or one in words with a year. */
function isNumberOrDate(text: string): boolean {
  return /^\d+(?:[.,]0*)?$|^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b|(?:^|\D)(?:19|20)\d\d(?:\D|$)/.test(text);
}
