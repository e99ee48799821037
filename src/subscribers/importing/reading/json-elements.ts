/*
 * Elements of one long array in a JSON document, one after the other, so that no export is ever whole in memory. It knows only brackets and
 * texts; what an element says is read by JSON.parse.
 */

/** One element as text, and which it is, from 1: a document of one line has many. */
export interface JsonElement {
  readonly number: number;
  /** Undefined for one that is too long. */
  readonly text: string | undefined;
}

const maxElementChars = 256 * 1024;

/** Opens a reader of the objects of the first array that is not within one of them. */
export function createJsonReader(): { push(text: string): JsonElement[]; isDone(): boolean } {
  const state: State = { phase: 'before', depth: 0, isText: false, isEscaped: false, count: 0, kept: '' };
  return { push: (text) => take(state, text), isDone: () => state.phase === 'after' };
}

interface State {
  phase: 'before' | 'array' | 'element' | 'after';
  depth: number;
  isText: boolean;
  isEscaped: boolean;
  count: number;
  kept: string;
}

function take(state: State, text: string): JsonElement[] {
  const elements: JsonElement[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const wasElement = state.phase === 'element';
    step(state, character);
    if (!wasElement && state.phase === 'element') {
      from = at;
      state.kept = '';
    }
    if (wasElement && state.phase === 'array') {
      const whole = state.kept.length > maxElementChars ? undefined : state.kept + text.slice(from, at + 1);
      elements.push({ number: ++state.count, text: whole });
      state.kept = '';
    }
  }
  if (state.phase === 'element' && state.kept.length <= maxElementChars) state.kept += text.slice(from);
  return elements;
}

function step(state: State, character: string): void {
  if (state.isText) {
    if (state.isEscaped) state.isEscaped = false;
    else if (character === '\\') state.isEscaped = true;
    else if (character === '"') state.isText = false;
    return;
  }
  if (character === '"') state.isText = true;
  else if (state.phase === 'before' && character === '[') state.phase = 'array';
  else if (state.phase === 'array' && character === '{') [state.phase, state.depth] = ['element', 1];
  else if (state.phase === 'array' && character === ']') state.phase = 'after';
  else if (state.phase === 'element') stepWithin(state, character);
}

function stepWithin(state: State, character: string): void {
  if (character === '{' || character === '[') state.depth++;
  else if (character === '}' || character === ']') state.depth--;
  if (state.depth === 0) state.phase = 'array';
}
