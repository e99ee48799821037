/*
 * Frames of services that play or show something: the page at which people see the same, and a picture of it where its address is known.
 */
import { resolveResource, siteHost, urlOf } from '../web-address.ts';

/** Where a frame's thing is seen. */
export interface ServicePage {
  readonly url: string;
  readonly thumbnail?: string;
}

/** The address that a service for embedding wraps: Embedly's `src`, with the page and the picture that it states beside it. */
export function wrappedFrame(
  url: Readonly<URL>,
): { readonly frame: string; readonly page?: string; readonly thumbnail?: string } | undefined {
  const host = siteHost(url.href);
  if (!/(^|\.)(embedly\.com|iframe\.ly|iframely\.net)$/.test(host)) return undefined;
  const parameter = (name: string): string | undefined => resolveResource(url.searchParams.get(name) ?? undefined, url.href);
  const page = parameter('url');
  const frame = parameter('src') ?? page;
  const thumbnail = parameter('image');
  return frame === undefined ? undefined : { frame, ...(page !== undefined && { page }), ...(thumbnail !== undefined && { thumbnail }) };
}

const pathRules: readonly {
  readonly host: RegExp;
  readonly path: RegExp;
  readonly page: (id: string, url: Readonly<URL>) => ServicePage;
}[] = [
  { host: /^videopress\.com$|^video\.wordpress\.com$/, path: /^\/embed\/(\w+)/, page: (id) => ({ url: `https://videopress.com/v/${id}` }) },
  { host: /^embed\.ted\.com$/, path: /^\/talks\/(?:lang\/[\w-]{2,8}\/)?(\w+)/, page: (id) => ({ url: `https://www.ted.com/talks/${id}` }) },
  { host: /^loom\.com$/, path: /^\/embed\/(\w+)/, page: (id) => ({ url: `https://www.loom.com/share/${id}` }) },
  { host: /^streamable\.com$/, path: /^\/[eos]\/(\w+)/, page: (id) => ({ url: `https://streamable.com/${id}` }) },
  {
    host: /^archive\.org$/,
    path: /^\/embed\/([\w.-]+)/,
    page: (id) => ({ url: `https://archive.org/details/${id}`, thumbnail: `https://archive.org/services/img/${id}` }),
  },
  {
    host: /^flo\.uri\.sh$/,
    path: /^\/((?:visualisation|story)\/\d+)\/embed/,
    page: (id) => ({
      url: `https://public.flourish.studio/${id}/`,
      ...(id.startsWith('v') && { thumbnail: `https://public.flourish.studio/${id}/thumbnail` }),
    }),
  },
  { host: /(^|\.)substack\.com$/, path: /^\/embed\/p\/([\w-]+)/, page: (id, { origin }) => ({ url: `${origin}/p/${id}` }) },
  // PeerTube runs on hosts of any name.
  { host: /./, path: /^\/videos\/embed\/([\w-]{20,40})$/, page: (id, { origin }) => ({ url: `${origin}/videos/watch/${id}` }) },
];

/** The page of what a service's frame shows; undefined where its frame is as good a page as any. */
export function servicePage(url: Readonly<URL>, host: string): ServicePage | undefined {
  for (const { host: hosts, path, page } of pathRules) {
    const id = hosts.test(host) ? path.exec(url.pathname)?.[1] : undefined;
    if (id !== undefined) return page(id, url);
  }
  const address = addressOfPage(url, host);
  return address === undefined ? undefined : { url: address };
}

function addressOfPage(url: Readonly<URL>, host: string): string | undefined {
  const { href, searchParams } = url;
  if (host === 'w.soundcloud.com') {
    const track = resolveResource(searchParams.get('url') ?? undefined, href);
    // An address of its interface is no page.
    return track === undefined || siteHost(track) === 'api.soundcloud.com' ? undefined : track;
  }
  if (host === 'open.spotify.com' || host.endsWith('podcasts.apple.com')) return href.replace('/embed/', '/').replace('//embed.', '//');
  if (host === 'podcasters.spotify.com' || host === 'creators.spotify.com' || host === 'anchor.fm') return href.replace('/embed/', '/');
  if (host === 'docs.google.com' || host === 'drive.google.com') return href.replace(/\/preview\b/, '/view');
  if (host === 'facebook.com' && /^\/plugins\/(?:video|post)/.test(url.pathname))
    return resolveResource(searchParams.get('href') ?? undefined, href);
  if (host === 'player.twitch.tv') return twitchPage(searchParams);
  return undefined;
}

function twitchPage(parameters: URLSearchParams): string | undefined {
  const [video, channel] = [parameters.get('video'), parameters.get('channel')];
  if (video !== null && /^v?\d+$/.test(video)) return `https://www.twitch.tv/videos/${video.replace('v', '')}`;
  return channel !== null && /^\w+$/.test(channel) ? urlOf(`https://www.twitch.tv/${channel}`)?.href : undefined;
}
