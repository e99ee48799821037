import { siteHost, urlOf } from '../web-address.ts';

const filmPages: readonly { readonly host: RegExp; readonly path: RegExp }[] = [
  { host: /(^|\.)youtube(-nocookie)?\.com$/, path: /^\/(?:watch$|shorts\/|live\/|embed\/)/ },
  { host: /^youtu\.be$/, path: /^\/[\w-]{11}/ },
  { host: /^(player\.)?vimeo\.com$/, path: /^\/(?:video\/)?\d+(?:\/|$)/ },
  { host: /^dailymotion\.com$/, path: /^\/video\// },
  { host: /^twitch\.tv$/, path: /^\/videos\// },
  { host: /^tiktok\.com$/, path: /\/video\/\d+/ },
  { host: /^ted\.com$/, path: /^\/talks\// },
  // PeerTube runs on hosts of any name.
  { host: /./, path: /^\/(?:videos\/watch|w)\/[\w-]{20,40}$/ },
];

/** Whether a page is there to show a film: the words on it are notes. Undefined and no address are none. */
export function isFilmPage(address: string | null | undefined): boolean {
  const url = address === null || address === undefined ? undefined : urlOf(address);
  if (!url) return false;
  const host = siteHost(url.href);
  return filmPages.some((each) => each.host.test(host) && each.path.test(url.pathname));
}
