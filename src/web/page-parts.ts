import type { Database } from '../db/db.ts';
import { describeOutage } from '../ledger/accounts/account-outage.ts';
import { listOpenOutages } from '../ledger/accounts/account-outage-store.ts';
import { archiveUrl, editionUrl, feedUrl, homeUrl, subscribeUrl } from '../kernel/site-urls.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { EditionLink, NewsletterLink, PageFrame } from '../render/pages/pages.ts';
import type { SentEdition } from '../editions/archive-store.ts';

/** How lists name an edition. */
export function editionLink(publicUrl: string, edition: SentEdition): EditionLink {
  return {
    subject: edition.subject,
    preheader: edition.preheader,
    language: edition.language,
    newsletter: edition.newsletterName,
    ...(edition.scheduleName === null ? {} : { schedule: edition.scheduleName }),
    sentAt: edition.sentAt,
    url: editionUrl(publicUrl, edition.newsletterSlug, edition.id),
  };
}

/** What every page of a newsletter says about itself. */
export function frameOf(ports: { readonly publicUrl: string }, newsletter: Pick<Newsletter, 'language' | 'colour'>): PageFrame {
  return { language: newsletter.language, colour: newsletter.colour, homeUrl: homeUrl(ports.publicUrl) };
}

/** What every page for readers says about itself: it is the newsletter's, in its colours, in the language of whoever reads it. */
export function readerFrame(
  ports: { readonly publicUrl: string },
  newsletter: Pick<Newsletter, 'name' | 'slug' | 'colour' | 'language'>,
  language = newsletter.language,
): PageFrame {
  return {
    language,
    colour: newsletter.colour,
    homeUrl: homeUrl(ports.publicUrl),
    brand: { name: newsletter.name, url: archiveUrl(ports.publicUrl, newsletter.slug) },
  };
}

/** What pages for staff say above all else where mail cannot leave. */
export async function standingOf(ports: { readonly database: Database }): Promise<Pick<PageFrame, 'standsStill'>> {
  const open = await listOpenOutages(ports.database);
  return open.length === 0 ? {} : { standsStill: open.map(describeOutage) };
}

/** A newsletter with the links to what it has published. */
export function newsletterLink(publicUrl: string, newsletter: Newsletter): NewsletterLink {
  return {
    name: newsletter.name,
    senderName: newsletter.senderName,
    colour: newsletter.colour,
    language: newsletter.language,
    isSample: newsletter.isSample,
    archiveUrl: archiveUrl(publicUrl, newsletter.slug),
    feedUrl: feedUrl(publicUrl, newsletter.slug),
    ...(newsletter.privacyUrl === null || newsletter.closedAt !== null ? {} : { subscribeUrl: subscribeUrl(publicUrl, newsletter.slug) }),
  };
}
