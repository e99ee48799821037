/*
 * What the address of a picture tells: whether it is for people, what stands in its place until it is loaded, which addresses are one picture.
 */
import { decodePath, fileNameIn, urlOf } from '../web-address.ts';

const emojiAddress =
  /(^|\.)s\.w\.org\/images\/core\/emoji\/|\/wpcom-smileys\/|\/twemoji|\/images\/smilies\/|\/emoji\/|fbcdn\.net\/images\/emoji/i;

/** Whether an address is that of a picture which stands for a character. */
export function isEmojiAddress(address: string): boolean {
  return emojiAddress.test(address);
}

const countingAddress = new RegExp(
  [
    '^https?://(pixel|stats|beacon|track(ing|er)?|count(er)?|analytics|b)\\.[^/]+/',
    '//(www\\.)?(google-analytics|googletagmanager|doubleclick|scorecardresearch|quantserve|statcounter|addtoany|chartbeat)\\.',
    '//ad\\.|//ads\\.|//feedads\\.|/feedads/',
    '//feeds\\.(feedburner|wordpress)\\.com/(~r|~4|1\\.0)/|//feeds\\.[^/]+/~(r|4|ff)/',
    '//rss\\.buysellads|/blogger_img_proxy/.*=s0-d-e1-ft|blogger\\.googleusercontent\\.com/tracker/',
    '//medium\\.com/_/stat|list-manage\\.com/track/|/wf/open\\?|//syndication\\.',
    '//mc\\.yandex\\.\\w+/|//([\\w.-]+\\.)?vgwort\\.de/|//bat\\.bing\\.com/|//px\\d?\\.|//(www\\.)?facebook\\.com/tr\\b',
    '/(pixel|spacer|blank|clear|transparent|1x1|open|beacon|trackback)(\\.(gif|png|php)|\\?)',
    // Scripts and calls that take notes: named after what they do, whatever their host.
    '/(matomo|piwik|track(er|ing)?|pixel|hit|collect|count(er)?|beacon|impression|log|stats?)\\.(php|aspx?|ashx|cgi|pl)(\\?|$)',
    '/(tr|collect|track(er|ing)?|pixel|beacon|impression|hit|ping|adsct)/?(\\?|$)',
    // One letter and a query: a picture for people has a name.
    '/[a-z]\\.gif\\?',
    '/republication-tracker-tool|/counter\\.(gif|php|js)|//counter\\.theconversation\\.com/',
  ].join('|'),
  'i',
);

/** Whether an address is called to count readers. */
export function isCountingAddress(address: string): boolean {
  return countingAddress.test(address);
}

/** Whether an address is that of a vector drawing, which mail programs do not show. */
export function isVectorDrawing(address: string): boolean {
  return /\.svgz?$|\/render\/svg\//i.test(decodePath(urlOf(address)?.pathname ?? ''));
}

/** Formats that Outlook shows as an empty box. */
export function isModernFormat(address: string): boolean {
  return /\.(webp|avif|heic|jxl)$/i.test(urlOf(address)?.pathname ?? '') || /[?&](fm|format)=(webp|avif)\b/i.test(address);
}

// What loaders and spacers are called, in whatever format; and what only a drawn one is called: a photo may be of a loading dock or an empty hall.
const standInWords = new Set('blank spacer placeholder dummy lazy lazyload lazyloader lazyloading grey gray transparent 1x1'.split(' '));
const drawnWords = new Set(
  'loading loader ajaxloader preloader spinner throbber pixel empty clear trans shim placehold imageplaceholder'.split(' '),
);
// What may stand beside them in such a name.
const besideWords = new Set(
  (
    'ajax img image images pic picture pre svg gif png default page video thumb thumbnail icon bg background circle animation animated dot large small ' +
    'medium big light dark white black round square css wp load load1 post featured article wide loop'
  ).split(' '),
);

/** Whether a picture only stands where another one will be: a loader, a spacer, a placeholder. */
export function isPlaceholder(address: string): boolean {
  if (address.includes('/pagespeed_static/')) return true;
  const name = fileNameIn(address).toLowerCase();
  const isDrawn = /\.(?:gif|png|svg)$/.test(name);
  if (name.length > 60 || !(isDrawn || /\.(?:jpe?g|webp)$/.test(name))) return false;
  const words = name.slice(0, name.lastIndexOf('.')).split(/[-_. ]+/);
  const isStandIn = (word: string): boolean => standInWords.has(word) || (isDrawn && drawnWords.has(word));
  return (
    words.some(isStandIn) && words.every((word) => isStandIn(word) || besideWords.has(word) || /^\d+(?:x\d+)?$|^[\da-f]{6,64}$/.test(word))
  );
}

const iconFile = new RegExp(
  '^(?:(?:adobe|acrobat|file|filetype|ico|icon|small|mini)[-_]?)*(?:pdf|docx?|word|xlsx?|excel|pptx?|powerpoint|zip|epub|mp3|mp4|audio|video|play)s?' +
    '(?:[-_]?(?:icon|ico|logo|file|button|symbol|download))*(?:[-_]?\\d{1,3}(?:x\\d{1,3})?)?\\.(?:png|gif|jpe?g|webp|svg)$',
  'i',
);

/** Whether a picture is called like the little sign beside a link, such as that of a PDF. */
export function hasIconName(address: string): boolean {
  const path = decodePath(urlOf(address)?.pathname ?? '');
  return (
    /\/(?:icons?|mime-?types?|file-?types?)\/|\/wp-includes\/images\/|[-_]icon[-_.\d]/i.test(path) ||
    iconFile.test(path.slice(path.lastIndexOf('/') + 1))
  );
}

/** Whether an address names a picture's file: where nothing else is known of a picture, it may as well be a counter. */
export function namesPicture(address: string): boolean {
  return /\.(jpe?g|jfif|png|gif|webp|avif|bmp|heic|tiff?)$/i.test(decodePath(urlOf(address)?.pathname ?? ''));
}

/** The form under which variants of one picture are the same: without the size in its name and without its query. */
export function imageKey(address: string): string {
  const url = urlOf(address);
  if (!url) return address;
  const path = decodePath(url.pathname)
    .replace(/-\d{2,4}x\d{2,4}(\.\w+)$/, '$1')
    .replace(/-scaled(\.\w+)$/, '$1');
  return `${url.host.replace(/^(www|i\d)\./, '')}${path}`;
}
