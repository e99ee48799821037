import type { ImportedStatus } from '../import-row.ts';
import { plainWords } from './plain-words.ts';

/*
 * What exports and spreadsheets call the state of a person. A word that stands nowhere here is not understood, and its row not imported:
 * nobody becomes active by a guess.
 */

type KnownStatus = Exclude<ImportedStatus, 'absent' | 'unsure'>;

const words: Readonly<Record<KnownStatus, string>> = {
  active: `subscribed, active, subscriber, opted in, opt in, optin, optedin, confirmed, enabled, member, yes, y, true, 1, on, sign up, signed up, aktiv, abonniert, angemeldet,
    bestätigt, ja, suscrito, suscripto, activo, activa, confirmado, si, abonné, abonnée, inscrit, inscrite, actif, active, confirmé, oui, iscritto, iscritta, attivo, attiva, confermato,
    inscrito, assinante, ativo, ativa, subscrito, sim, geabonneerd, ingeschreven, actief, bevestigd, مشترك, نشط, فعال, نعم`,
  pending: `pending, unconfirmed, not confirmed, awaiting confirmation, waiting, unverified, opt in pending, double opt in pending, unbestätigt, ausstehend, nicht bestätigt, pendiente,
    no confirmado, sin confirmar, en attente, non confirmé, non confirmée, in attesa, non confermato, pendente, não confirmado, por confirmar, niet bevestigd, onbevestigd, in afwachting,
    غير مؤكد, معلق, قيد الانتظار`,
  left: `unsubscribed, unsubscribe, opted out, opt out, optout, optedout, left, removed, deleted, cancelled, canceled, disabled, blocklisted, blacklisted, blocked, inactive, no, n, false, 0, off, do not mail,
    do not email, do not contact, abgemeldet, abbestellt, ausgetragen, inaktiv, gekündigt, gesperrt, nein, cancelado, cancelada, dado de baja, baja, desuscrito, no suscrito, inactivo, inactiva, désabonné, désabonnée,
    désinscrit, désinscrite, inactif, inactive, non, disiscritto, disiscritta, cancellato, inattivo, inattiva, descadastrado, anulado, não inscrito, não, inativo, inativa, desinscrito,
    uitgeschreven, afgemeld, inactief, nee, غير مشترك, ألغى الاشتراك, غير نشط, ملغى, لا`,
  bounced: `bounced, bounce, hard bounce, hard bounced, hardbounce, soft bounce, soft bounced, cleaned, undeliverable, undelivered, invalid, invalid email, invalid address, not sending, suppressed, unzustellbar, zurückgewiesen,
    bereinigt, rebotado, rebote, rebotada, no entregable, limpiado, rebondi, rejeté, rejetée, non distribuable, nettoyé, rimbalzato, rimbalzata, respinto, non recapitabile, ripulito,
    devolvido, rejeitado, limpo, onbestelbaar, gebounced, geweigerd, opgeschoond, مرتد, مرفوض, غير قابل للتسليم`,
  complained: `complained, complaint, complainer, abuse, abuse complaint, spam, spam complaint, spam report, reported spam, marked as spam, reported as spam, junk, beschwerde, spam beschwerde, queja, plainte,
    reclamo, segnalato come spam, reclamação, klacht, شكوى, بريد مزعج`,
  not_a_subscriber: `non subscribed, nonsubscribed, not subscribed, never subscribed, not set, transactional, non subscriber, contact, archived, none, nicht abonniert, kein abonnent, no suscriptor, non abonné, non inscrit, non iscritto,
    niet geabonneerd, archiviert, archivado, archivé, archiviato, arquivado, gearchiveerd`,
};

const byWord: ReadonlyMap<string, KnownStatus> = new Map(
  // From the one that raises to those that lower: a word that stands twice never raises.
  (Object.keys(words) as KnownStatus[]).flatMap((status) => words[status].split(',').map((word) => [plainWords(word), status] as const)),
);

/** What a cell of a status means; undefined for words that nobody here knows. */
export function statusOfWords(text: string): KnownStatus | undefined {
  return byWord.get(plainWords(text));
}

const fromHighest: readonly ImportedStatus[] = [
  'active',
  'absent',
  'unsure',
  'pending',
  'not_a_subscriber',
  'left',
  'bounced',
  'complained',
];

/** Whether a status takes somebody away. */
export function isLowering(status: ImportedStatus): boolean {
  return status === 'left' || status === 'bounced' || status === 'complained';
}

/** The one of several statuses that allows the least. */
export function lowestStatus(statuses: readonly ImportedStatus[]): ImportedStatus {
  return statuses.reduce((lowest, each) => (fromHighest.indexOf(each) > fromHighest.indexOf(lowest) ? each : lowest), 'active');
}

const no =
  wordsOf(`no, n, false, f, 0, off, nein, falsch, non, faux, nee, onwaar, nao, falso, não, null, nil, none, na, n a, never, nie, jamais, nunca, mai, nooit, unchecked,
  لا, خطأ, خطا`);
const yes = wordsOf(`yes, y, true, t, 1, on, x, ja, wahr, si, oui, vrai, sim, verdadeiro, verdadero, vero, waar, checked, نعم, صحيح`);

function wordsOf(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map(plainWords));
}

/** A cell that says yes or no, in words or by a tick; undefined for anything else, such as a time. */
export function isYes(text: string): boolean | undefined {
  const word = plainWords(text);
  if (word !== '') return yes.has(word) ? true : no.has(word) ? false : undefined;
  // A tick is one; a cross may be either; brackets, dashes and an empty box are nothing.
  if (/[✓✔☑✅]/u.test(text)) return true;
  return /[✗✘☒❌╳×]/u.test(text) ? undefined : false;
}
