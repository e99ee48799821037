import type { Finding } from '../src/app/finding.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import type { PublicHeldDomain } from '../src/ledger/accounts/public-held-domain.ts';
import type { PublicUsedUp } from '../src/ledger/accounts/public-used-up.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { rateNames } from '../src/mail/sending-limits.ts';

type Of<Check extends Finding['check']> = Extract<Finding, { check: Check }>;

const spans = { perSecond: 'a second', perMinute: 'a minute', perHour: 'an hour', perDay: 'a day' } as const;

/** What an account may be given, and who says so. */
export function wordAccount({ account, variable, server, limits, origins, relay, direct }: Of<'account'>): string {
  const said = (name: keyof typeof limits): string =>
    ({ stated: ` (${variable})`, preset: ` (${relay?.name})`, unknown_relay: ' (an unknown relay)', default: '' })[
      origins[name] ?? 'default'
    ];
  const rates = rateNames.flatMap((name) => {
    const rate = limits[name];
    return rate === undefined ? [] : [`${rate.toLocaleString('en-GB')} ${spans[name]}${said(name)}`];
  });
  const pace = rates.length === 0 ? 'no limit of our own' : rates.join(', ');
  const use = [
    `${countOf(limits.connections, 'connection')}${said('connections')}`,
    `${limits.messagesPerConnection} messages each${said('messagesPerConnection')}`,
  ];
  const isUnknown = origins.perSecond === 'unknown_relay';
  const help = isUnknown ? `. Nothing is known of this relay: say what it takes, such as ?per-second=10 behind ${variable}` : '';
  const note = relay?.note ? `. ${relay.name}: ${relay.note}` : '';
  return `Account ${account}, ${server}: ${pace}; ${use.join(', ')}${direct ? wordDirect(direct) : ''}${help}${note}`;
}

function wordDirect({ connections, perMinute }: NonNullable<Of<'account'>['direct']>): string {
  const rate = perMinute === null ? '' : ` and ${perMinute.toLocaleString('en-GB')} a minute`;
  return `; each receiving domain ${countOf(connections, 'connection')}${rate}`;
}

/** What a send to the present audience takes: "300 readers, about 10 minutes". */
export function wordSendingTime({ newsletter, account, readerCount, perDay, time }: Of<'sending_time'>): string {
  const readers = countOf(readerCount, 'active reader');
  if (readerCount === 0) return `Newsletter "${newsletter}" through account ${account}: no active reader yet`;
  if (time === null) return `Newsletter "${newsletter}" through account ${account}: ${readers}, as fast as its server takes them`;
  if (time.dayCount > 1)
    return `Newsletter "${newsletter}" through account ${account}: ${readers}, on ${time.dayCount} days in a row, because it takes ${perDay?.toLocaleString('en-GB')} a day`;
  return `Newsletter "${newsletter}" through account ${account}: ${readers}, ${roughTime(time.seconds)}`;
}

/** Rounded up to what one plans by. */
export function roughTime(seconds: number): string {
  if (seconds < 60) return 'less than a minute';
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `about ${countOf(minutes, 'minute')}`;
  return `about ${countOf(Math.ceil(minutes / 60), 'hour')}`;
}

/** A newsletter whose mail waits. */
export function wordUnknownAccount({ newsletter, account, known }: Of<'unknown_account'>): string {
  const variable = `SMTP_${account.toUpperCase().replaceAll('-', '_')}_URL`;
  const others = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
  return `Newsletter "${newsletter}" is to go through account "${account}", which is not configured (${others}): its mail waits. Set ${variable}, or choose another with "gazette newsletters set ${newsletter} --account"`;
}

/** An account whose hour or day is used up. */
export function wordUsedUp({ account, usedUpUntil }: PublicUsedUp): string {
  return `${account} was given all that its limits allow; what is left goes on by itself at ${utcMoment(usedUpUntil)}`;
}

/** A receiving domain that stands still, while its account does not. */
export function wordHeldDomain({ account, domain, trouble, reply, beganAt, heldUntil }: PublicHeldDomain): string {
  const why = trouble === 'limit' ? 'its host wants less mail at present' : 'nobody comes through to its host';
  return `Mail to ${domain} stands still since ${utcMoment(beganAt)}: ${why}. All other mail goes on; ${account} tries one message there at ${utcMoment(heldUntil)}. It said: ${reply}`;
}
