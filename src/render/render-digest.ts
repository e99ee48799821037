/*
 * Digests: Liquid → MJML → html, and the text part from its own template. Templates are read and checked when the renderer is created;
 * MJML is loaded with the first digest, and each template is then tried once on specimens, so that a mistake in a rare branch is found at once.
 */
import type { Liquid } from 'liquidjs';
import { InvalidInputError } from '../kernel/errors.ts';
import { cleanLine, cutAtWord } from './clean-text.ts';
import { createMjmlCompiler } from './compile-mjml.ts';
import type { DigestModel, DigestRenderer, RenderedDigest } from './digest.ts';
import { buildView, digestVariables, headVariables, headView, isEmptyDigest, spliceContents } from './digest-view.ts';
import type { ViewInput } from './digest-view.ts';
import { emailHtml } from './email-html.ts';
import { fitSize, maxHtmlBytes } from './fit-size.ts';
import { chooseLanguage } from './language.ts';
import type { Language } from './language.ts';
import { createLiquid, parseTemplate, renderTemplate } from './liquid.ts';
import type { ParsedTemplate } from './liquid.ts';
import { checkPlaceholders } from './check-placeholders.ts';
import { loadLanguages } from './load-languages.ts';
import { checkVariables, loadMailTemplates } from './load-templates.ts';
import type { MailTemplate } from './mail-template.ts';
import { fillPlaceholders, longestPlaceholderValues } from './placeholder.ts';
import { initialLevel, partsOf, preparePost } from './prepared-post.ts';
import type { DisplayLevel, PreparedPost } from './prepared-post.ts';
import { specimenModel } from './specimen.ts';

const maxSubjectLength = 150;
const maxPreheaderLength = 150;
const mostRuns = 4;

/** What a template's frame weighs, learned from specimens. */
interface FrameWeight {
  readonly baseBytes: number;
  readonly perPostBytes: number;
}

/** Loads templates and languages. @throws InvalidInputError naming file and line of what is broken. */
export async function createDigestRenderer(options: { readonly templatesFolder: string }): Promise<DigestRenderer> {
  const engines = { html: createLiquid('html'), text: createLiquid('text') };
  const languages = await loadLanguages(options.templatesFolder);
  const templates = await loadMailTemplates(options.templatesFolder, engines, { body: digestVariables, head: headVariables });
  const work = createWork(engines, languages, templates);
  for (const template of templates.values()) work.tryLiquid(template);
  return {
    render: (model) => work.render(model),
    check: (name) => work.check(name),
    templates: [...templates.values()].map(({ name, settings }) => ({ name, title: settings.title, description: settings.description })),
    get mjmlRunCount() {
      return work.runCount();
    },
  };
}

type Engines = { readonly html: Liquid; readonly text: Liquid };

function createWork(engines: Engines, languages: ReadonlyMap<string, Language>, templates: ReadonlyMap<string, MailTemplate>) {
  const compiler = createMjmlCompiler();
  const weights = new Map<string, Promise<FrameWeight>>();
  let runs = 0;

  /** One run of MJML: the html of a view, post html spliced in. */
  async function compileHtml(input: ViewInput, template: MailTemplate, head: Head): Promise<string> {
    const { view, contents } = buildView(input, head.subject, head.preheader);
    const mjml = renderTemplate(engines.html, template.mjml, input.language, view);
    const instrumented = (source: string) =>
      renderTemplate(engines.html, parseTemplate(engines.html, template.mjml.file, source), input.language, view);
    return spliceContents(await compiler.compile(mjml, template.mjml, instrumented), contents);
  }

  async function render(model: DigestModel): Promise<RenderedDigest> {
    if (isEmptyDigest([...model.posts, ...model.alsoPublished], model.corrections)) {
      throw new InvalidInputError('Expected a digest with at least one post or correction, got none');
    }
    const template = getTemplate(templates, model.template);
    const weight = await weigh(template);
    const repairs = new Set<string>();
    const input = prepare(model, template, chooseLanguage(languages, model.language), (what) => repairs.add(what));
    const head = renderHead(engines.text, template, input, (what) => repairs.add(what));
    const before = input.posts.map((post) => initialLevel(post, template.settings.fullWords));
    let levels = fit(input, before, estimate(input, before, weight) - maxHtmlBytes, weight);
    let html = await compileHtml({ ...input, levels }, template, head);
    runs += 1;
    for (let excess = weightOf(html) - maxHtmlBytes, run = 1; excess > 0 && run < mostRuns; run += 1) {
      levels = fit(input, levels, excess, weight);
      html = await compileHtml({ ...input, levels }, template, head);
      runs += 1;
      excess = weightOf(html) - maxHtmlBytes;
    }
    for (const what of levelRepairs(input.posts, before, levels)) repairs.add(what);
    const text = tidyText(
      renderTemplate(engines.text, template.text, input.language, buildView({ ...input, levels }, head.subject, head.preheader).view),
    );
    return { ...head, html, text, repairs: [...repairs] };
  }

  /** Tries a template on specimens, once; what its frame weighs is learned on the way. */
  function weigh(template: MailTemplate): Promise<FrameWeight> {
    const known = weights.get(template.name);
    if (known) return known;
    const weighing = (async () => {
      const bytes: number[] = [];
      for (const kind of ['everything', 'least', 1, 9] as const) {
        const model = specimenModel(template.name, kind);
        const input = prepare(model, template, chooseLanguage(languages, 'en'), () => {});
        const levels = input.posts.map((post) => initialLevel(post, template.settings.fullWords));
        const html = await compileHtml(
          { ...input, levels },
          template,
          renderHead(engines.text, template, input, () => {}),
        );
        bytes.push(weightOf(html));
      }
      const perPostBytes = ((bytes[3] ?? 0) - (bytes[2] ?? 0)) / 8;
      return { baseBytes: (bytes[2] ?? 0) - perPostBytes, perPostBytes };
    })();
    weights.set(template.name, weighing);
    weighing.catch(() => weights.delete(template.name));
    return weighing;
  }

  /** Liquid's part of a template on specimens, without MJML: finds unknown names in every branch. */
  function tryLiquid(template: MailTemplate): void {
    for (const kind of ['everything', 'least'] as const) {
      const input = prepare(specimenModel(template.name, kind), template, chooseLanguage(languages, 'en'), () => {});
      const head = renderHead(engines.text, template, input, () => {});
      const { view } = buildView(
        { ...input, levels: input.posts.map((post) => initialLevel(post, template.settings.fullWords)) },
        head.subject,
        head.preheader,
      );
      renderTemplate(engines.html, template.mjml, input.language, view);
      renderTemplate(engines.text, template.text, input.language, view);
    }
  }

  async function check(name?: string): Promise<void> {
    const wanted = name === undefined ? [...templates.values()] : [getTemplate(templates, name)];
    for (const template of wanted) await weigh(template);
  }

  return { render, check, tryLiquid, runCount: () => runs };
}

interface Head {
  readonly subject: string;
  readonly preheader: string;
}

type PreparedInput = Omit<ViewInput, 'levels'>;

function getTemplate(templates: ReadonlyMap<string, MailTemplate>, name: string): MailTemplate {
  const template = templates.get(name);
  if (template) return template;
  throw new InvalidInputError(`Expected one of the templates ${[...templates.keys()].join(', ')}, got "${name}"`);
}

function prepare(model: DigestModel, template: MailTemplate, language: Language, repair: (what: string) => void): PreparedInput {
  const options = { leadWords: template.settings.leadWords, language: model.language };
  return {
    model,
    language,
    settings: template.settings,
    posts: model.posts.map((post) => preparePost(post, options, repair)),
    alsoPublished: model.alsoPublished.map((post) => preparePost(post, options, repair)),
  };
}

/** Subject and preheader: the template's, or what staff wrote for this edition. */
function renderHead(engine: Liquid, template: MailTemplate, input: PreparedInput, repair: (what: string) => void): Head {
  const view = headView(input);
  const one = (part: ParsedTemplate, override: string | undefined, name: string) => {
    const parsed = override === undefined ? part : parseOverride(engine, name, override);
    return cleanLine(renderTemplate(engine, parsed, input.language, view));
  };
  const subject = one(template.subject, input.model.subject, 'subject');
  if (subject.length > maxSubjectLength) repair(`The subject was cut to ${maxSubjectLength} characters`);
  return {
    subject: cutAtWord(subject, maxSubjectLength),
    preheader: cutAtWord(one(template.preheader, input.model.preheader, 'preheader'), maxPreheaderLength),
  };
}

function parseOverride(engine: Liquid, name: string, source: string): ParsedTemplate {
  const parsed = parseTemplate(engine, name, source);
  checkPlaceholders(parsed, { areAllowed: false });
  checkVariables(parsed, headVariables);
  return parsed;
}

/** What the html would weigh at some levels, from the frame's weight and the contents. */
function estimate(input: PreparedInput, levels: readonly DisplayLevel[], weight: FrameWeight): number {
  const contents = input.posts.reduce(
    (sum, post, index) => sum + contentBytes(input, post, levels[index] ?? 'full') + weight.perPostBytes,
    0,
  );
  return weight.baseBytes + contents;
}

function fit(input: PreparedInput, levels: readonly DisplayLevel[], excess: number, weight: FrameWeight): readonly DisplayLevel[] {
  if (excess <= 0) return levels;
  const fittable = input.posts.map((post, index) => ({
    level: levels[index] ?? 'full',
    bytes: {
      full: contentBytes(input, post, 'full'),
      lead: contentBytes(input, post, 'lead'),
      summary: contentBytes(input, post, 'summary'),
    },
  }));
  return fitSize(fittable, excess, weight.perPostBytes);
}

function contentBytes(input: PreparedInput, post: PreparedPost, level: DisplayLevel): number {
  const style = { elements: input.settings.content, accent: '#000000', columnWidthPx: input.settings.columnWidth };
  const contents = partsOf(post, level).map((part) => (part.kind === 'content' ? emailHtml(part.nodes, style, post.isQuotation) : ''));
  return Buffer.byteLength(contents.join(''));
}

function weightOf(html: string): number {
  return Buffer.byteLength(fillPlaceholders(html, longestPlaceholderValues, 'html'));
}

function* levelRepairs(posts: readonly PreparedPost[], before: readonly DisplayLevel[], after: readonly DisplayLevel[]): Generator<string> {
  const words: Readonly<Record<DisplayLevel, string>> = {
    full: 'in full',
    lead: 'with its beginning only',
    summary: 'with its summary only',
    title: 'by its title only',
  };
  for (const [index, post] of posts.entries()) {
    const level = after[index];
    if (level === undefined || level === before[index]) continue;
    yield `To keep the mail under ${maxHtmlBytes / 1000} KB a post is shown ${words[level]} (“${cutAtWord(post.title, 60)}”)`;
  }
}

/** Template text in its final form: no trailing white space, never more than two empty lines, one line feed at the end. */
function tidyText(text: string): string {
  return `${text
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{4,}/g, '\n\n\n')
    .trim()}\n`;
}
