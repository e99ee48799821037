import type { Newsletter, NewsletterSections } from './newsletter.ts';

/** A newsletter as programs see it: what `--json` prints. */
export interface PublicNewsletter {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly senderName: string;
  readonly senderAddress: string;
  readonly replyTo: string | null;
  readonly postalAddress: string;
  readonly language: string;
  readonly colour: string;
  readonly logoUrl: string | null;
  readonly intro: string | null;
  readonly template: string;
  readonly sections: NewsletterSections;
  readonly staffAddress: string | null;
  readonly isSample: boolean;
  readonly privacyUrl: string | null;
  readonly welcome: string | null;
  readonly thanksHosts: readonly string[];
  /** Null for the default one. */
  readonly account: string | null;
  /** Null while it is open. */
  readonly closedAt: Date | null;
  /** Names of its schedules, oldest first. */
  readonly schedules: readonly string[];
}

/** Named one by one: a column that is added later is not public by that. */
export function publicNewsletter(newsletter: Newsletter, schedules: readonly { readonly name: string }[]): PublicNewsletter {
  return {
    id: newsletter.id,
    slug: newsletter.slug,
    name: newsletter.name,
    senderName: newsletter.senderName,
    senderAddress: newsletter.senderAddress,
    replyTo: newsletter.replyTo,
    postalAddress: newsletter.postalAddress,
    language: newsletter.language,
    colour: newsletter.colour,
    logoUrl: newsletter.logoUrl,
    intro: newsletter.intro,
    template: newsletter.template,
    sections: newsletter.sections,
    staffAddress: newsletter.staffAddress,
    isSample: newsletter.isSample,
    privacyUrl: newsletter.privacyUrl,
    welcome: newsletter.welcome,
    thanksHosts: newsletter.thanksHosts,
    account: newsletter.account,
    closedAt: newsletter.closedAt,
    schedules: schedules.map(({ name }) => name),
  };
}
