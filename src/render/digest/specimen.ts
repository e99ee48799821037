/*
 * Digests that no reader gets: a template is tried on them when it is loaded, so that a mistake in a rare branch
 * (a correction, a post without a date) is found then and not on the morning of an edition.
 */
import { defaultColour } from '../templates/colour.ts';
import type { DigestModel, DigestPost } from '../digest.ts';

const essay: DigestPost = {
  position: 1n,
  title: 'Specimen essay',
  url: 'https://example.org/essay',
  authors: ['Ada Example', 'Ben Example'],
  publishedAt: new Date('2024-05-02T10:00:00Z'),
  html: `<p>${'A sentence of a specimen. '.repeat(90)}</p><blockquote><p>Quoted.</p></blockquote><p>${'And another one. '.repeat(60)}</p>`,
  summary: 'A specimen.',
  readingMinutes: 6,
  topic: { slug: 'one', name: 'Topic one' },
  image: { url: 'https://example.org/picture.png', alt: 'A picture', width: 1200, height: 800 },
  attachments: [],
};

const notice: DigestPost = {
  position: 2n,
  title: 'Specimen notice',
  authors: [],
  html: '<p>Short, with a <a href="https://example.org/">link</a>.</p><p>Second.</p>',
  summary: 'Short.',
  readingMinutes: 1,
  topic: { slug: 'two', name: 'Topic two' },
  attachments: [
    { url: 'https://example.org/paper.pdf', title: 'Paper', mediaType: 'application/pdf', lengthBytes: 1_234_567, afterBlock: 1 },
    { url: 'https://example.org/second.pdf', title: 'Second paper', mediaType: 'application/pdf' },
  ],
};

/** What a specimen holds: everything, the least, or so many ordinary posts and titles (for weighing). */
export type SpecimenKind = 'everything' | 'least' | { readonly posts: number; readonly titles: number };

const least: Omit<DigestModel, 'template'> = {
  newsletter: {
    slug: 'specimen',
    name: 'Specimen',
    senderName: 'Specimen',
    postalAddress: '1 Example Street, Example',
    colour: defaultColour,
  },
  language: 'en',
  editionDate: new Date('2026-01-02T10:00:00Z'),
  timeZone: 'UTC',
  posts: [{ ...notice, attachments: [], html: '', summary: '' }],
  alsoPublished: [],
  corrections: [],
  archiveUrl: 'https://example.org/archive/1',
  restUrl: 'https://example.org/archive/1/posts',
  feedUrl: 'https://example.org/feed.atom',
};

/** A specimen for a template. */
export function specimenModel(template: string, kind: SpecimenKind): DigestModel {
  const bare: DigestModel = { ...least, template };
  if (kind === 'least') return bare;
  if (kind !== 'everything') {
    const ordinary = { ...essay, html: '<p>One.</p>', title: 'An ordinary title of a few more words', attachments: [], readingMinutes: 3 };
    const { image: _image, ...post } = ordinary;
    return {
      ...bare,
      posts: Array.from({ length: kind.posts }, () => post),
      alsoPublished: Array.from({ length: kind.titles }, () => post),
    };
  }
  const { topic: _topic, ...withoutTopic } = notice;
  return {
    ...bare,
    newsletter: { ...bare.newsletter, logoUrl: 'https://example.org/logo.png', intro: 'Intro.\n\nMore.', siteUrl: 'https://example.org/' },
    note: 'A note.',
    showsPreferences: true,
    posts: [essay, { ...essay, position: 3n }, notice, { ...notice, position: 4n }, withoutTopic, { ...withoutTopic, position: 6n }],
    alsoPublished: Array.from({ length: 45 }, (_, index) => ({ ...(index === 0 ? notice : essay), position: BigInt(10 + index) })),
    corrections: [
      { position: 90n, title: 'Corrected', url: 'https://example.org/corrected', note: 'A number was wrong.' },
      { position: 91n, title: 'Corrected too' },
    ],
  };
}
