/*
 * The sample site as it lies in sample/site: an invented foundation's posts, pictures and papers.
 * A post is a file of html behind a head of "key: value" lines; texts in the head are html-encoded, as WordPress keeps them.
 * `<id>-<slug>.revision-2.html` is what the post says after it was revised.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One post of the sample site in one of its revisions. URLs still begin with the site's own origin. */
export interface SitePost {
  readonly id: string;
  /** The permalink below the site, such as "2025/10/the-head-teachers-calendar/". */
  readonly path: string;
  /** Html-encoded; empty for a post without a title. */
  readonly title: string;
  readonly publishedAt: Date;
  readonly updatedAt?: Date;
  readonly author: string;
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  readonly excerpt?: string;
  /** A picture that the theme shows above the post, which only the feed's media:content states. */
  readonly image?: { readonly file: string; readonly alt: string };
  /** A paper that the feed states as enclosure. */
  readonly enclosure?: string;
  readonly html: string;
}

/** A picture or paper. */
export interface SiteFile {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Everything in sample/site. */
export interface SiteContent {
  readonly name: string;
  readonly description: string;
  readonly language: string;
  readonly origin: string;
  readonly footer: string;
  /** Newest first, as first published. */
  readonly posts: readonly SitePost[];
  /** The later state of posts that were revised, by id. */
  readonly revisions: ReadonlyMap<string, SitePost>;
  readonly media: ReadonlyMap<string, SiteFile>;
  readonly pageTemplate: string;
  readonly styleSheet: string;
}

const contentTypes: Readonly<Record<string, string>> = { pdf: 'application/pdf', png: 'image/png' };

/** Reads the site from its folder. Throws where a file lacks what a post needs, because the site ships with the program. */
export function readSite(folder: string): SiteContent {
  const fact = readHead('site.txt', readFileSync(join(folder, 'site.txt'), 'utf8').trim());
  const files = readdirSync(join(folder, 'posts')).filter((name) => name.endsWith('.html'));
  const load = (name: string): SitePost => parsePost(name, readFileSync(join(folder, 'posts', name), 'utf8'));
  return {
    name: fact('name'),
    description: fact('description'),
    language: fact('language'),
    origin: fact('origin'),
    footer: fact('footer'),
    posts: files
      .filter((name) => !isRevision(name))
      .map(load)
      .sort((a, b) => b.publishedAt.getTime() - a.publishedAt.getTime()),
    revisions: new Map(files.filter(isRevision).map((name) => [load(name).id, load(name)])),
    media: readMedia(join(folder, 'media')),
    pageTemplate: readFileSync(join(folder, 'pages/page.html'), 'utf8'),
    styleSheet: readFileSync(join(folder, 'pages/style.css'), 'utf8'),
  };
}

function readMedia(folder: string): Map<string, SiteFile> {
  return new Map(
    readdirSync(folder).map((name) => {
      const contentType = contentTypes[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
      return [name, { contentType, bytes: readFileSync(join(folder, name)) }];
    }),
  );
}

function isRevision(file: string): boolean {
  return file.endsWith('.revision-2.html');
}

function parsePost(file: string, source: string): SitePost {
  const [, head = '', html = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source) ?? [];
  const field = readHead(file, head);
  const [updated, excerpt, image, enclosure] = ['updated', 'excerpt', 'image', 'enclosure'].map((name) => field(name, ''));
  return {
    id: field('id'),
    path: `${field('date').slice(0, 4)}/${field('date').slice(5, 7)}/${field('slug')}/`,
    title: field('title', ''),
    publishedAt: new Date(field('date')),
    ...(updated && { updatedAt: new Date(updated) }),
    author: field('author'),
    categories: commaList(field('categories')),
    tags: commaList(field('tags', '')),
    ...(excerpt && { excerpt }),
    ...(image && { image: { file: image, alt: field('imageAlt') } }),
    ...(enclosure && { enclosure }),
    html: html.trim(),
  };
}

/** Reads "key: value" lines; the reader it gives throws for a key without a value, unless there is a fallback. */
function readHead(file: string, head: string): (key: string, fallback?: string) => string {
  const values = new Map(head.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  return (key, fallback) => {
    const value = values.get(key) || fallback;
    if (value === undefined) throw new Error(`Expected "${key}: …" at the top of ${file}, found none`);
    return value;
  };
}

function commaList(text: string): string[] {
  return text.split(/\s*,\s*/).filter(Boolean);
}
