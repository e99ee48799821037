import { z } from 'zod';
import { InvalidInputError } from '../../kernel/errors.ts';

/*
 * How the fields of a plain JSON API are found, for sites that have no feed: each field of an entry names a path into the JSON.
 * A path is names joined by dots; a list on the way gives the values of all its members.
 */

const path = z.string().regex(/^[^.\s]+(?:\.[^.\s]+)*$/, 'a path of names joined by dots, as in "data.posts"');
const attachments = z.strictObject({
  items: path,
  url: path.optional(),
  title: path.optional(),
  mediaType: path.optional(),
  length: path.optional(),
});

const mappingSchema = z.strictObject({
  /** Where the list of entries is; left out, the document itself is the list. */
  items: path.optional(),
  /** Where the feed's title is. */
  feedTitle: path.optional(),
  id: path.optional(),
  url: path.optional(),
  /** A URL made of an entry's fields, for APIs that state none: "https://example.org/news/{slug}". */
  urlTemplate: z.string().optional(),
  title: path.optional(),
  html: path.optional(),
  /** Plain text, where there is no html. */
  text: path.optional(),
  summary: path.optional(),
  authors: path.optional(),
  categories: path.optional(),
  publishedAt: path.optional(),
  updatedAt: path.optional(),
  image: path.optional(),
  language: path.optional(),
  attachments: z.union([path, attachments]).optional(),
}).refine((mapping) => mapping.title !== undefined || mapping.html !== undefined || mapping.text !== undefined, 'title, html or text must be mapped, otherwise there is nothing to show').refine(
  (mapping) => mapping.id !== undefined || mapping.url !== undefined || mapping.urlTemplate !== undefined,
  'id, url or urlTemplate must be mapped, otherwise entries have no identity',
); // prettier-ignore

/** Which path of a JSON API gives which field of an entry. */
export type JsonMapping = z.infer<typeof mappingSchema>;

/** Checks a mapping that staff wrote. @throws InvalidInputError with all that is wrong, each with its field. */
export function parseMapping(value: unknown): JsonMapping {
  const result = mappingSchema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInputError(
    `Expected a field mapping such as {"items": "data.posts", "title": "headline", "url": "link"}, got:\n${z.prettifyError(result.error)}`,
  );
}
