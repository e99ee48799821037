import { literalsOf, parsePattern, type Piece, type Sequence } from './pattern-tree.ts';

/** A text that may keep a pattern busy: begin, then something over and over, then an end at which it fails. */
export interface WorstInput {
  readonly prefix: string;
  readonly pump: string;
  readonly suffix: string;
}

/** Ends at which a match that came far may fail: none, characters of no kind with a space between them, the end of a line. */
const suffixes = ['', '\u0001 !', '\nx'];
const maxSequences = 12;
const maxInputs = 2_400;
const maxPaired = 6;
const maxMembers = 4;
/** Pieces that a run of neighbours within a sequence has at most; from the sequence's beginning it may go to its end. */
const maxNeighbours = 3;

/**
 * Inputs made from the pieces of a pattern: each of them and each run of neighbours repeated, at the start of the text and behind what leads up to them.
 * What scans on from every start, two quantifiers that share characters and nested ones all have their worst case among these.
 */
export function worstInputs(pattern: RegExp): WorstInput[] {
  const inputs = new Map<string, WorstInput>();
  for (const { leads, pump } of [...pumpsOf(parsePattern(pattern), ['']), ...pairsOf(literalsOf(pattern.source))]) {
    for (const prefix of new Set(['', 'x', ...leads])) {
      for (const suffix of suffixes) {
        if (pump !== '' && inputs.size < maxInputs) inputs.set(JSON.stringify([prefix, pump, suffix]), { prefix, pump, suffix });
      }
    }
  }
  return [...inputs.values()];
}

/** The text of an input with its pump so many times. */
export function inputText({ prefix, pump, suffix }: WorstInput, count: number): string {
  return prefix + pump.repeat(count) + suffix;
}

interface Pump {
  /** What may stand before it. */
  readonly leads: readonly string[];
  readonly pump: string;
}

/** Two characters in turn, as an escape and what it escapes. */
function pairsOf(literals: readonly string[]): Pump[] {
  const some = literals.filter((character) => /[^\p{L}\p{N}]/u.test(character)).slice(0, maxPaired);
  return some.flatMap((one) => some.map((other) => ({ leads: [], pump: `${one}${other}` })));
}

function* pumpsOf(sequences: readonly Sequence[], leads: readonly string[]): Generator<Pump> {
  for (const sequence of sequences.slice(0, maxSequences)) yield* pumpsOfSequence(sequence, leads);
}

function* pumpsOfSequence(sequence: Sequence, leads: readonly string[]): Generator<Pump> {
  for (let from = 0; from < sequence.length; from++) {
    const { piece } = sequence[from] as Sequence[number];
    const before = leads.flatMap((lead) => (['plain', 'short'] as const).map((how) => lead + textOf(sequence.slice(0, from), how)));
    const own = [...new Set(before)].slice(0, 3);
    if (piece.kind === 'characters')
      for (const character of [...piece.members.slice(0, maxMembers), ...piece.named.slice(0, maxMembers)])
        yield { leads: own, pump: character };
    const longestRun = from === 0 ? sequence.length : Math.min(sequence.length, from + maxNeighbours);
    for (let to = from + 1; to <= longestRun; to++) {
      for (const how of ['plain', 'named', 'short'] as const) yield { leads: own, pump: textOf(sequence.slice(from, to), how) };
      // What follows a word's end, or what ends a tag's name: a neighbour alone would run into its own repetition.
      if (from === 0) yield { leads: own, pump: `${textOf(sequence.slice(from, to), 'short')} ` };
    }
    if (piece.kind === 'choice' || piece.kind === 'nothing') yield* pumpsOf(piece.sequences, own);
  }
}

/** `plain` takes common characters, `named` those that the pattern writes out, `short` leaves out what may be missing. */
type Choice = 'plain' | 'named' | 'short';

/** A text that the pieces match, but for what a look-around asks. */
function textOf(sequence: Sequence, how: Choice): string {
  return sequence
    .map(({ piece, minCount, maxCount }) =>
      pieceText(piece, how).repeat(how === 'short' ? minCount : Math.min(maxCount, Math.max(1, minCount))),
    )
    .join('');
}

function pieceText(piece: Piece, how: Choice): string {
  if (piece.kind === 'characters') return (how === 'named' ? piece.named[0] : undefined) ?? piece.members[0] ?? '';
  if (piece.kind === 'choice') return textOf(piece.sequences[how === 'named' ? piece.sequences.length - 1 : 0] ?? [], how);
  return '';
}
