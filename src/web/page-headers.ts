import type { FastifyHelmetOptions } from '@fastify/helmet';

type Directives = Readonly<Record<string, readonly string[]>>;

function policy(directives: Directives): NonNullable<FastifyHelmetOptions['contentSecurityPolicy']> {
  return { useDefaults: false, directives: Object.fromEntries(Object.entries(directives).map(([name, values]) => [name, [...values]])) };
}

/** Our own pages: our style sheet, forms to ourselves, nothing else; no script of any kind. */
function pageDirectives(publicUrl: string) {
  return {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    // Forms lead to PUBLIC_URL, also on a page that was opened under another name of this machine.
    formAction: ["'self'", new URL(publicUrl).origin],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  } satisfies Directives;
}

/**
 * A page with a form that ends at one of these hosts, which staff named. Chromium holds what a form's answer leads on to against the policy of the form's page
 * (CSP 3, 4.1.2), and shows nothing where it does not agree. "http:" stands for https too.
 */
export function leadingFormPage(publicUrl: string, hosts: readonly string[]): FastifyHelmetOptions {
  const own = pageDirectives(publicUrl);
  return { contentSecurityPolicy: policy({ ...own, formAction: [...own.formAction, ...hosts.map((host) => `http://${host}`)] }) };
}

/** Headers of every page. `no-referrer`, because a page's own URL may be a link that acts. */
export function pageHeaders(publicUrl: string): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: policy(pageDirectives(publicUrl)),
    referrerPolicy: { policy: 'no-referrer' },
    // A promise that only https can keep.
    hsts: publicUrl.startsWith('https:') ? { maxAge: 15_552_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  };
}

/** The page that shows a mail in a frame of our own. */
export function framingPage(publicUrl: string): FastifyHelmetOptions {
  return { contentSecurityPolicy: policy({ ...pageDirectives(publicUrl), frameSrc: ["'self'", new URL(publicUrl).origin] }) };
}

// Mail html brings its own style attributes and pictures from anywhere; the sandbox keeps it from scripts, forms, cookies and our origin.
const mailDirectives = {
  defaultSrc: ["'none'"],
  styleSrc: ["'unsafe-inline'"],
  imgSrc: ['https:', 'http:', 'data:'],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  sandbox: ['allow-popups', 'allow-popups-to-escape-sandbox'],
} satisfies Directives;

// A sandboxed document has no origin to keep to itself; with these headers browsers may refuse to show it at all (HTML, "cross-origin opener policy").
const withoutOrigin = { crossOriginOpenerPolicy: false, originAgentCluster: false } as const;

/** A digest shown as a page of its own. */
export const digestPage: FastifyHelmetOptions = {
  ...withoutOrigin,
  contentSecurityPolicy: policy({ ...mailDirectives, frameAncestors: ["'none'"] }),
};

/** A mail inside the frame of the outbox. */
export const framedMail: FastifyHelmetOptions = {
  ...withoutOrigin,
  contentSecurityPolicy: policy({ ...mailDirectives, frameAncestors: ["'self'"] }),
  xFrameOptions: { action: 'sameorigin' },
};
