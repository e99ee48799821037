import { makeToken, readToken, type KeyRing } from './token.ts';

/** `form`: the page that somebody fills in; `form_again`: the one with nothing but a second button. */
export type FormKind = 'form' | 'form_again';

/** A form that lay open for longer has to be pressed once more. */
const patienceMs = 86_400_000;

/** Nobody types an address in less; who has it filled in by a browser presses a second button. */
const leastMs = 2_000;

/** What a form carries to tell when its page was made, and that we made it, for this newsletter. */
export function makeFormStamp(keys: KeyRing, kind: FormKind, newsletterId: string, now: Date): string {
  return makeToken(keys, {
    purpose: kind,
    subjectId: newsletterId,
    version: String(now.getTime()),
    expiresAt: new Date(now.getTime() + patienceMs),
  });
}

/** Whether a stamp was one of ours, and its page lay open for too long. */
export function isExpiredStamp(keys: KeyRing, stamp: string, now: Date): boolean {
  return (['form', 'form_again'] as const).some((kind) => readToken(keys, stamp, kind, now).kind === 'expired');
}

/** Whether a stamp is one of these, young enough, and of the first kind old enough. */
export function isFormStamp(keys: KeyRing, kind: FormKind, stamp: string, newsletterId: string, now: Date): boolean {
  const reading = readToken(keys, stamp, kind, now);
  if (reading.kind !== 'valid' || reading.subjectId !== newsletterId) return false;
  return kind === 'form_again' || now.getTime() - Number(reading.version) >= leastMs;
}
