/*
 * Frames that show a map or a form, by their address: a reader is told which, for the name of a host tells nothing.
 */
import { siteHost } from '../web-address.ts';

/** A frame of a kind that has a word of its own, and the page at which people see it. */
export interface MapOrForm {
  readonly what: 'map' | 'form';
  readonly page: string;
}

// Host without `www.`, and path.
const mapPlaces = [
  /^(?:maps\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?\/maps/,
  /^maps\.google\.[a-z]{2,3}(?:\.[a-z]{2})?\//,
  /^openstreetmap\.[a-z]{2,3}\/(?:export\/|embed|$)/,
  /^umap\.|^[a-z0-9.-]+\/(?:[a-z]{2}\/)?map\/[\w-]+_\d+$|^framacarte\.org\/|^facilmap\.org\/|^u\.osmfr\.org\//,
  /^bing\.com\/maps/,
  /^maps\.apple\.com\/|^embed\.apple-mapkit\.com\//,
  /^(?:api-maps\.)?yandex\.[a-z]{2,3}(?:\.[a-z]{2})?\/(?:map-widget|maps)/,
  /^(?:[a-z]+\.)?mapy\.(?:cz|com)\//,
  /^(?:[\w-]+\.)?arcgis\.com\/(?:apps|home\/webmap)/,
  /^api\.mapbox\.com\/styles\//,
  /^felt\.com\/embed\/map|^zeemaps\.com\/|^(?:[\w-]+\.)?batchgeo\.com\/|^scribblemaps\.com\/|^mapline\.com\/|^(?:[\w-]+\.)?carto\.com\//,
  /^map\.geo\.admin\.ch\/|^(?:[\w-]+\.)?komoot\.[a-z]{2,3}\/(?:[a-z-]{2,5}\/)?tour\/|^map\.baidu\.com\/|^wego\.here\.com\/|^embed\.windy\.com\//,
];

const formPlaces = [
  /^docs\.google\.com\/(?:a\/[^/]+\/)?forms\/|^forms\.gle\//,
  /^(?:[\w-]+\.)?typeform\.com\/|^(?:[\w-]+\.)?jotform(?:eu)?\.(?:com|me|net)\/|^tally\.so\//,
  /^forms\.(?:office|microsoft|cloud\.microsoft|osi\.office365)\.?(?:com|us)?\/|^customervoice\.microsoft\.com\//,
  /^airtable\.com\/(?:embed\/|shr|app)/,
  /^(?:[\w-]+\.)?wufoo\.(?:com|eu)\/|^(?:[\w-]+\.)?formstack\.com\/|^(?:[\w-]+\.)?cognitoforms\.com\/|^(?:[\w-]+\.)?formsite\.com\//,
  /^(?:[\w-]+\.)?surveymonkey\.(?:com|co\.uk|de)\/|^app\.smartsheet\.(?:com|eu)\/b\/form|^(?:[\w-]+\.)?paperform\.co\/|^forms\.fillout\.com\//,
  /^forms\.zoho(?:public)?\.(?:com|eu|in)\/|^(?:[\w-]+\.)?123formbuilder\.com\/|^share(?:-[a-z0-9]+)?\.hsforms\.com\/|^forms\.hsforms\.com\//,
  /^framaforms\.org\/|^ee\.kobotoolbox\.org\/|^ee-eu\.kobotoolbox\.org\/|^survey123\.arcgis\.com\/|^nettskjema\.no\/|^(?:[\w-]+\.)?qualtrics\.com\/jfe/,
  /^webforms\.pipedrive\.com\/|^(?:[\w-]+\.)?limesurvey\.(?:net|org)\/|^form\.123formbuilder\.com\/|^forms\.monday\.com\/|^forms\.clickup\.com\//,
];

// No map or form has so long a path; what is longer is not looked at.
const maxPlaceLength = 2_000;

/** What a frame shows where it is a map or a form; undefined for every other. */
export function mapOrForm(url: Readonly<URL>): MapOrForm | undefined {
  const place = `${siteHost(url.href)}${url.pathname}`.slice(0, maxPlaceLength);
  if (formPlaces.some((pattern) => pattern.test(place))) return { what: 'form', page: pageOfForm(url) };
  if (!mapPlaces.some((pattern) => pattern.test(place))) return undefined;
  return { what: 'map', page: /(?:^|\.)google\./.test(url.hostname) ? pageOfGoogleMap(url) : pageOfMap(url) };
}

/** A form by itself, not as a part of a page. */
function pageOfForm(url: Readonly<URL>): string {
  const page = new URL(url.href);
  page.searchParams.delete('embedded');
  page.searchParams.delete('embed');
  const path = page.pathname;
  if (page.hostname === 'tally.so') page.pathname = path.replace(/^\/embed\//, '/r/');
  else if (page.hostname.endsWith('airtable.com')) page.pathname = path.replace(/^\/embed\//, '/');
  else if (/\.wufoo\./.test(page.hostname)) page.pathname = path.replace(/^\/embed\//, '/forms/');
  return page.href;
}

/** OpenStreetMap's frame knows a marker. */
function pageOfMap(url: Readonly<URL>): string {
  const marker = /^(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)$/.exec(url.searchParams.get('marker') ?? '');
  if (!marker || siteHost(url.href) !== 'openstreetmap.org') return url.href;
  const [, latitude, longitude] = marker;
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
}

/** Google's frames refuse to be pages: the same place by its name or by where it is, without the key of the site that shows it. */
function pageOfGoogleMap(url: Readonly<URL>): string {
  const { pathname, searchParams } = url;
  const own = /^\/maps\/d\/(?:u\/\d\/)?embed$/.test(pathname) ? searchParams.get('mid') : null;
  if (own !== null) return `https://www.google.com/maps/d/viewer?mid=${encodeURIComponent(own)}`;
  const sought = placeIn(searchParams.get('pb')) ?? searchParams.get('q') ?? searchParams.get('center') ?? searchParams.get('ll');
  if (sought !== null && sought !== '') return `https://www.google.com/maps/search/?api=1&query=${encodeURIComponent(sought)}`;
  const [from, to] = [searchParams.get('origin'), searchParams.get('destination')];
  if (from !== null && to !== null)
    return `https://www.google.com/maps/dir/?api=1&origin=${encodeURIComponent(from)}&destination=${encodeURIComponent(to)}`;
  return url.href;
}

/** The place in the parameter of an embedded map: fields apart by "!", the name behind the number of the place, longitude and latitude as 2d and 3d. */
function placeIn(parameter: string | null): string | null {
  const fields = (parameter ?? '').split('!', 200);
  const named = fields.findIndex((field) => field.startsWith('1s0x'));
  const name = named === -1 ? undefined : fields[named + 1];
  if (name?.startsWith('2s') === true && name.length > 2) return name.slice(2).replaceAll('+', ' ');
  const [longitude, latitude] = ['2d', '3d'].map((key) => fields.find((field) => field.startsWith(key))?.slice(2));
  const isNumber = (text: string | undefined): boolean => text !== undefined && /^-?\d{1,3}(?:\.\d{1,20})?$/.test(text);
  return isNumber(latitude) && isNumber(longitude) ? `${latitude},${longitude}` : null;
}
