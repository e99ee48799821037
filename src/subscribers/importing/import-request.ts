/*
 * What an import is asked to do, and what it says of itself: words for commands and pages.
 */
import type { Newsletter } from '../../newsletters/newsletter.ts';
import type { ImportAs, ImportOutcomeName } from './import-outcome.ts';
import type { RefusedRow } from './import-person.ts';
import type { ImportFile, ImportFileOptions } from './import-row.ts';

/** Field → name of its column. */
export type ImportColumns = NonNullable<ImportFileOptions['columns']>;

/** What staff want of a file. */
export interface ImportRequest {
  /** Slug. */
  readonly newsletter: string;
  /** Slugs of several newsletters, this one among them, of which each gets its own rows of our export; undefined where all rows go into this one. */
  readonly among?: readonly string[] | undefined;
  /** Needed where the newsletter has several and rows do not say. */
  readonly schedule?: string | undefined;
  /** For rows that say nothing. Default: the newsletter's. */
  readonly language?: string | undefined;
  /** For rows that say nothing. Default: all. */
  readonly topics?: readonly string[] | undefined;
  /** Label → topic, by slug or name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Field → column, as typed; none keeps what was said before of files with the same header. */
  readonly columns: ImportColumns;
  readonly as?: ImportAs | undefined;
  /** When and how everybody agreed. */
  readonly consent?: string | undefined;
  readonly asks: boolean;
  /** Begin at the last release instead of the last edition. */
  readonly startsNow: boolean;
  /** Posts that another tool has sent them. */
  readonly had?: ReadonlySet<string> | undefined;
  /** Opens the file; with columns that were said before where there are some. */
  readonly open: (columns: ImportColumns | undefined) => Promise<ImportFile>;
  /** Is told of every row that is refused or has a hint, in the order of the file. */
  readonly onRefused: (row: RefusedRow) => void;
}

/** How many people came, or would come, to each outcome. */
export type ImportCounts = Readonly<Record<ImportOutcomeName, number>>;

/** What a file holds, whatever becomes of it. */
export interface ImportContents {
  readonly rows: number;
  /** How many different people are taken. */
  readonly people: number;
  /** Rows about somebody who stands in the file before. */
  readonly doubled: number;
  /** People of whom no row is taken, because one that was refused says less of them than the others. */
  readonly held: number;
  readonly refused: number;
  /** Rows that are taken as they are, although their addresses are near a large mail host. */
  readonly hinted: number;
  /** Rows that lower and are taken for that alone, because something else in them cannot be. */
  readonly flawed: number;
  /** Rows of other newsletters of this installation, by their slugs. */
  readonly otherNewsletters: Readonly<Record<string, number>>;
  /** Rows that have labels, whether they lead to a topic or not. */
  readonly labelled: number;
  /** Labels that lead to no topic, with how many rows have them; the commonest first. */
  readonly unknownLabels: readonly { readonly label: string; readonly count: number }[];
}

/** What an import would do. Nothing was written to make it. */
export interface ImportPlan {
  readonly newsletter: Newsletter;
  readonly file: ImportFile;
  readonly contents: ImportContents;
  readonly counts: ImportCounts;
  /** Posts that the first edition would bring to who follows all topics. */
  readonly firstPosts: number;
  /** Slugs of the topics that labels may lead to. */
  readonly topics: readonly string[];
  /** The line up to which an import of the same file was done before it was killed; undefined where none was. */
  readonly doneUptoLine: number | undefined;
  /** Columns or labels that staff named for an earlier file with the same header. */
  readonly isMappingRemembered: boolean;
  /** What keeps it from being carried out: nobody said how these people agreed. */
  readonly lacksConsent: boolean;
}

/** The outcomes that write something. */
const changing: readonly ImportOutcomeName[] = ['activated', 'asked', 'recorded_left', 'lowered', 'suppressed'];

/** How many people an import changes. */
export function countChanges(counts: ImportCounts): number {
  return changing.reduce((sum, name) => sum + counts[name], 0);
}

/** How many people are here already and stay as they are. */
export function countHere(counts: ImportCounts): number {
  return counts.already_active + counts.stays_pending;
}

/** Reads `Editors=editors`; the last = parts the two. Undefined for what has none. */
export function parsePair(text: string): readonly [string, string] | undefined {
  const at = text.lastIndexOf('=');
  const [left, right] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at < 1 || left === '' || right === '' ? undefined : [left, right];
}
