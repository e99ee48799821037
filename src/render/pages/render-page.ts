import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Liquid } from 'liquidjs';
import { InvalidInputError } from '../../kernel/errors.ts';
import type { PostEvent } from '../../content/content.ts';
import { eventText } from '../../content/text/event-date.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { parseOwnHtml } from '../../content/html/parse-html.ts';
import { elementsOf } from '../../content/html/html-tree.ts';
import {
  directionOf,
  languageFor,
  formatByteSize,
  formatDay,
  formatInstant,
  formatNames,
  formatPlainDay,
  nameWithSender,
  phrase,
  servedTag,
} from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import { accentFrom } from '../templates/colour.ts';
import { createLiquid, languageOf, parseTemplate, renderTemplate } from '../templates/liquid.ts';
import type { ParsedTemplate } from '../templates/liquid.ts';
import { loadLanguages } from '../templates/load-languages.ts';
import { pagePartSpecimens, pageSpecimens } from './page-specimens.ts';
import { readTemplateFile } from '../templates/read-template.ts';
import type { Cadence, PageModels, PageName, PagePartModels, PageRenderer } from './pages.ts';

/** Where templates lie, and the zone in which pages show instants (default: the machine's). */
export interface PageOptions {
  readonly templatesFolder: string;
  readonly timeZone?: string;
}

/** Loads the templates of all pages and tries each. @throws InvalidInputError naming file and line of what is broken. */
export async function createPageRenderer(options: PageOptions): Promise<PageRenderer> {
  const folder = join(options.templatesFolder, 'pages');
  const languages = await loadLanguages(options.templatesFolder);
  const engine = createPageLiquid(options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const layout = await loadPage(engine, folder, 'layout');
  const pages = new Map<PageName, ParsedTemplate>();
  for (const name of Object.keys(pageSpecimens) as PageName[]) pages.set(name, await loadPage(engine, folder, name));

  const accentSheet = await readFile(join(folder, 'accent.css.liquid'), 'utf8');
  const parts = new Map<keyof PagePartModels, ParsedTemplate>();
  for (const name of Object.keys(pagePartSpecimens) as (keyof PagePartModels)[]) parts.set(name, await loadPage(engine, folder, name));

  const renderIn = (template: ParsedTemplate, language: Language, tag: string, model: object): string =>
    renderTemplate(engine, template, language, { ...model, language: servedTag(language, tag), direction: directionOf(language) });
  const writePart = <Name extends keyof PagePartModels>(name: Name, model: PagePartModels[Name]): string =>
    renderIn(parts.get(name)!, languageFor(languages, model.language), model.language, model).trim();
  const write = <Name extends PageName>(name: Name, model: PageModels[Name]): string => {
    const page = pages.get(name);
    if (!page) throw new InvalidInputError(`Expected one of the pages ${[...pages.keys()].join(', ')}, got "${name}"`);
    const language = languageFor(languages, model.language);
    const body = renderIn(page, language, model.language, model);
    const frame = renderIn(layout, language, model.language, { ...model, page: name, title: titleOf(body), content: contentMark });
    return frame.replace(contentMark, () => body.trim());
  };
  for (const name of pages.keys()) write(name, pageSpecimens[name]);
  for (const name of parts.keys()) writePart(name, pagePartSpecimens[name]);
  return {
    languages: [...languages.values()].map(({ tag }) => tag).toSorted(),
    styles: await readFile(join(folder, 'styles.css'), 'utf8'),
    accentStyles: (colour) => accentStyles(accentSheet, colour),
    render: async (name, model) => write(name, model),
    renderPart: async (name, model) => writePart(name, model),
    words: (tag, key) => phrase(languageFor(languages, tag), key),
    confirmationWording(tag, newsletter) {
      const language = languageFor(languages, tag);
      return phrase(language, 'page.confirm.wording', { newsletter: nameWithSender(newsletter, language) });
    },
  };
}

// Of the grounds of styles.css, light and dark, those with the least contrast.
const papers = { light: '#f4f1ea', dark: '#1b1c1f' } as const;

/** A style sheet with the four values of an accent in it, each where its name stands in double braces. */
function accentStyles(sheet: string, colour: string): string {
  const accent: Readonly<Record<string, string>> = { ...accentFrom(colour, papers.light, papers.dark) };
  return sheet.replaceAll(/\{\{ (\w+) \}\}/g, (mark, name: string) => accent[name] ?? mark);
}

/** Stands in the layout for the page, which is html already and must not be escaped again. */
const contentMark = '\uFDD20\uFDD3';

function createPageLiquid(timeZone: string): Liquid {
  const engine = createLiquid('html');
  engine.registerFilter('day', function day(at: unknown, zone: unknown) {
    return formatPlainDay(dateOf(at), languageOf(this.context), typeof zone === 'string' ? zone : timeZone);
  });
  // Without the year where it is that of the other day.
  engine.registerFilter('day_beside', function dayBeside(at: unknown, other: unknown) {
    return formatDay(dateOf(at), dateOf(other), languageOf(this.context), timeZone);
  });
  engine.registerFilter('instant', function instant(at: unknown) {
    return formatInstant(dateOf(at), languageOf(this.context), timeZone);
  });
  engine.registerFilter('event', function event(of: unknown) {
    return eventText(of as PostEvent, { language: languageOf(this.context).tag, timeZone });
  });
  engine.registerFilter('cadence', function cadence(of: unknown, name: unknown) {
    return cadenceText(of as Cadence, String(name), languageOf(this.context));
  });
  engine.registerFilter('iso', (at: unknown) => dateOf(at).toISOString());
  engine.registerFilter('bytes', function bytes(count: unknown) {
    return formatByteSize(Number(count), languageOf(this.context));
  });
  return engine;
}

/** Any Sunday: days of the week are counted from it. */
const aSunday = Date.UTC(2026, 0, 4);

function cadenceText(cadence: Cadence, name: string, language: Language): string {
  if (cadence.kind === 'other') return name;
  if (cadence.kind !== 'weekly') return phrase(language, `page.cadence.${cadence.kind}`);
  const weekday = new Intl.DateTimeFormat(language.tag, { weekday: 'long', timeZone: 'UTC' });
  return phrase(language, 'page.cadence.weekly', {
    days: formatNames(
      cadence.days.map((day) => weekday.format(aSunday + day * 86_400_000)),
      language,
    ),
  });
}

function dateOf(value: unknown): Date {
  if (value instanceof Date) return value;
  throw new InvalidInputError(`Expected a date, got ${typeof value}`);
}

async function loadPage(engine: Liquid, folder: string, name: string): Promise<ParsedTemplate> {
  const file = join(folder, `${name}.liquid`);
  try {
    return parseTemplate(engine, file, await readTemplateFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new InvalidInputError(`Expected a template ${file}, found none`, { cause: error });
    throw error;
  }
}

/** A page's title is what its h1 says. */
function titleOf(body: string): string {
  const heading = elementsOf(parseOwnHtml(body)).find((element) => element.tag === 'h1');
  return heading ? visibleLine(heading.children) : '';
}
