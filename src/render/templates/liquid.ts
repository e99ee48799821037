/*
 * The Liquid that staff write: output, if, unless, case, for, assign, capture, comment; no includes, no files, no raw output.
 * Unknown variables and filters are errors with a line. Html templates escape every output; text templates none.
 */
import { Context, Liquid } from 'liquidjs';
import type { Template } from 'liquidjs';
import { ownThreadAccount, startThreadTimer } from '../../kernel/threads/thread-time.ts';
import { isJoined, isolatedIn, isRightToLeftLanguage, rightToLeftShare } from '../../kernel/text/direction.ts';
import { escapeHtml } from '../../kernel/text/escape-html.ts';
import { phrase } from './language.ts';
import type { Language } from './language.ts';
import { fromLiquidError } from './template-error.ts';
import { speedUpPositions } from './token-position.ts';
import { columnsOf, wrapIndented, wrapText } from '../../content/text/wrap-text.ts';

speedUpPositions();

const tagNames = new Set(['assign', 'capture', 'case', 'comment', 'if', 'unless', 'for', 'break', 'continue', '#']);

/** What templates may do to values: everything else is refused when the template is loaded. */
const filterNames = new Set(
  (
    'append prepend upcase downcase capitalize strip lstrip rstrip size first last join split default plus minus times divided_by modulo ' +
    'replace remove truncatewords slice limit offset reverse where map uniq compact concat at_least at_most abs round ceil floor url_encode'
  ).split(' '),
);

/** How a template's output is escaped. */
export type TemplateKind = 'html' | 'text';

/** A parsed template with its name for errors. */
export interface ParsedTemplate {
  readonly file: string;
  readonly source: string;
  readonly nodes: Template[];
}

/** An engine for one kind of template. The language for the filter `t` comes with each render as the variable `$language`. */
export function createLiquid(kind: TemplateKind): Liquid {
  const engine = new Liquid({
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    ownPropertyOnly: true,
    ...(kind === 'html' ? { outputEscape: (value: unknown) => escapeHtml(outputText(value)) } : {}),
    // At most so many characters, and items and characters handled in all: that bounds what `limitWork` does not see, such as a range.
    parseLimit: 1_000_000,
    memoryLimit: 5_000_000,
    templates: {},
  });
  for (const name of Object.keys(engine.tags)) if (!tagNames.has(name)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters)) if (!filterNames.has(name)) delete engine.filters[name];
  engine.registerFilter('t', function translate(key: unknown, ...values: unknown[]) {
    return phrase(languageOf(this.context), String(key), Object.fromEntries(values as [string, string | number][]));
  });
  engine.registerFilter('wrap', (text: unknown, width: unknown = 74) => wrapText(outputText(text), Number(width)));
  engine.registerFilter('indent', (text: unknown, first: unknown, rest: unknown = first, width: unknown = 74) =>
    wrapIndented(outputText(text), Number(width), String(first), String(rest)),
  );
  registerWayFilters(engine);
  engine.registerFilter('underline', (text: unknown, character: unknown = '-') => {
    const wrapped = wrapText(outputText(text), 74);
    const columns = Math.max(...wrapped.split('\n').map((line) => columnsOf(line)));
    return `${wrapped}\n${String(character).repeat(Math.min(Math.max(1, columns), 74))}`;
  });
  return engine;
}

/** What a template must know of the way in which a text is written, which may be another than that of the language around it. */
function registerWayFilters(engine: Liquid): void {
  // "rtl" or "ltr" where a text is written the other way; empty where it is not.
  engine.registerFilter('turned', function turned(text: unknown) {
    const share = rightToLeftShare(outputText(text));
    const isTurned = share !== undefined && share > 0.4 !== isRightToLeftLanguage(languageOf(this.context).tag);
    return isTurned ? (share > 0.4 ? 'rtl' : 'ltr') : '';
  });
  engine.registerFilter('isolate', function isolate(text: unknown) {
    return isolatedIn(outputText(text), isRightToLeftLanguage(languageOf(this.context).tag));
  });
  // Space between the letters of a text; none where they hang together.
  engine.registerFilter('spacing', (text: unknown, spacing: unknown) => (isJoined(outputText(text)) ? '0px' : String(spacing)));
}

/** The language that a render was given, for filters. */
export function languageOf(context: Context): Language {
  const language: unknown = context.getSync(['$language']);
  return language as Language;
}

function outputText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** @throws InvalidInputError naming file and line. */
export function parseTemplate(engine: Liquid, file: string, source: string): ParsedTemplate {
  try {
    return { file, source, nodes: engine.parse(source, file) };
  } catch (error) {
    throw fromLiquidError(error, file);
  }
}

/** @throws InvalidInputError naming file and line. */
export function renderTemplate(engine: Liquid, template: ParsedTemplate, language: Language, view: object): string {
  const context = new Context({ ...view, $language: language }, engine.options, { sync: true }, { liquid: engine });
  limitWork(context);
  try {
    return engine.renderSync(template.nodes, context) as string;
  } catch (error) {
    throw fromLiquidError(error, template.file);
  }
}

const maxCpuMs = 1_000;

/**
 * Rendering blocks the process, so a template has a second of processor time; a digest takes some 20 ms. The engine's own limit asks the
 * clock on the wall, which runs on while the machine sleeps or other programs have the processor, and would refuse a good template then.
 * Counted is this thread: others of ours may be compiling or parsing meanwhile.
 */
function limitWork(context: Context): void {
  const timer = startThreadTimer(ownThreadAccount());
  let checkCount = 0;
  context.renderLimit.check = () => {
    if (checkCount++ % 50 === 0 && timer.isPast(maxCpuMs)) throw new Error('template render limit exceeded');
  };
}
