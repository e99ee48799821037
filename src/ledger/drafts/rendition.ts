/*
 * A rendition: one stored digest for one set of posts, shared by all who are to get the same. Unique by edition, language and content;
 * immutable from approval. MJML is compiled once per rendition, never per subscriber.
 */
import { type Position, positionsLiteral } from '../position.ts';
import type { CarriedRelease } from '../releases/release.ts';

/** What a rendition is made for: everybody with this language who is to get exactly these releases, ascending by position. */
export interface DigestGroup {
  readonly editionId: string;
  readonly language: string;
  readonly positions: readonly Position[];
  readonly releases: readonly CarriedRelease[];
}

/** What a renderer returns for a group. `html` and `text` hold placeholders. */
export interface RenderedGroup {
  readonly subject: string;
  readonly preheader: string;
  readonly html: string;
  readonly text: string;
  readonly repairs: readonly string[];
}

/** Renders a group: the only way from the ledger to MJML. Called outside of any transaction. */
export type RenderRendition = (group: DigestGroup) => Promise<RenderedGroup>;

/** A rendition as the table holds it. */
export interface Rendition extends RenderedGroup {
  readonly id: string;
  readonly editionId: string;
  readonly language: string;
  readonly positions: readonly Position[];
  /** The pinned revision of each position. */
  readonly revisions: readonly number[];
}

/** Equal for groups that share a rendition of one edition. */
export function renditionKey(group: Pick<DigestGroup, 'language' | 'releases'>): string {
  return renditionContentKey(
    group.language,
    group.releases.map((release) => release.position),
    group.releases.map((release) => release.revision),
  );
}

/** The same key from the columns of a stored rendition. */
export function renditionContentKey(language: string, positions: readonly Position[], revisions: readonly number[]): string {
  return `${language} ${positionsLiteral(positions)} ${revisions.join(',')}`;
}
