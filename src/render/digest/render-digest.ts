/*
 * Digests: Liquid → MJML → html, and the text part from its own template. Templates are read and checked when the renderer is created, and
 * again when their files changed; MJML runs in a thread that starts with the first digest, and each template is then tried once on specimens,
 * so that a mistake in a rare branch is found at once.
 */
import type { Liquid } from 'liquidjs';
import { InvalidInputError } from '../../kernel/errors.ts';
import { cutAtWord } from '../../kernel/cut-text.ts';
import { processMjmlCompiler } from '../templates/compile-mjml.ts';
import type { MjmlCompiler } from '../templates/compile-mjml.ts';
import type { DigestModel, DigestRenderer, RenderedDigest } from '../digest.ts';
import { renderHead } from './digest-head.ts';
import type { DigestHead } from './digest-head.ts';
import { buildView, digestVariables, headVariables, spliceContents } from './digest-view.ts';
import type { ViewInput } from './post-view.ts';
import { emailHtml } from '../parts/email-html.ts';
import { estimateBytes, fitSize, maxHtmlBytes } from './fit-size.ts';
import type { FittablePost, FrameWeight } from './fit-size.ts';
import { languageFor } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import { createLiquid, parseTemplate, renderTemplate } from '../templates/liquid.ts';
import { loadLanguages } from '../templates/load-languages.ts';
import { loadMailTemplate } from '../templates/load-templates.ts';
import type { MailTemplate } from '../templates/mail-template.ts';
import { openMailTemplates } from '../templates/mail-templates.ts';
import type { MailTemplates } from '../templates/mail-templates.ts';
import { fillPlaceholders, longestPlaceholderValues } from '../../content/text/placeholder.ts';
import { withLineDirections } from './passage.ts';
import { initialLevel, measuresOf, partsOf, preparePost, prepareTitle } from '../parts/prepared-post.ts';
import type { DisplayLevel, PreparedPost } from '../parts/prepared-post.ts';
import { specimenModel } from './specimen.ts';

/** A rendition whose html does not fit is compiled again with less in it, so often at most in all. */
const mostRuns = 5;

/** What an estimate may be wrong by: specimens have short names and addresses. */
const marginBytes = 4_000;

/** What a document's button weighs at least, beside its address and title. */
const buttonBytes = 350;

/** Loads templates and languages. @throws InvalidInputError naming file and line of a broken language; a broken template is in `broken`. */
export async function createDigestRenderer(options: {
  readonly templatesFolder: string;
  /** The process's own where undefined. */
  readonly compiler?: MjmlCompiler;
}): Promise<DigestRenderer> {
  const html = createLiquid('html');
  const text = createLiquid('text');
  const languages = await loadLanguages(options.templatesFolder);
  const variables = { body: digestVariables, head: headVariables };
  const compiler = options.compiler ?? processMjmlCompiler;
  const workshop: Workshop = { html, text, languages, compiler, weights: new WeakMap(), runCount: 0 };
  const templates = await openMailTemplates(options.templatesFolder, async (folder, name) => {
    const template = await loadMailTemplate(folder, name, workshop, variables);
    tryLiquid(workshop, template);
    return template;
  });
  return {
    render: (model) => renderDigest(workshop, templates, model),
    warmUp: () => compiler.warmUp(),
    check: async (name) => void (await weigh(workshop, await templates.get(name))),
    get templates() {
      return templates.ready.map(({ name, settings }) => ({ name, title: settings.title, description: settings.description }));
    },
    get broken() {
      return templates.broken;
    },
    hasLanguage: (tag) => languageFor(languages, tag) !== languages.get('en') || /^en\b/i.test(tag),
    get mjmlRunCount() {
      return workshop.runCount;
    },
  };
}

interface Workshop {
  readonly html: Liquid;
  readonly text: Liquid;
  readonly languages: ReadonlyMap<string, Language>;
  readonly compiler: MjmlCompiler;
  /** By the template as it was loaded: one that was loaded again is tried and weighed again. */
  readonly weights: WeakMap<MailTemplate, Promise<FrameWeight>>;
  runCount: number;
}

async function renderDigest(workshop: Workshop, templates: MailTemplates, model: DigestModel): Promise<RenderedDigest> {
  if (model.posts.length + model.alsoPublished.length + model.corrections.length === 0) {
    throw new InvalidInputError('Expected a digest with at least one post or correction, got none');
  }
  const template = await templates.get(model.template);
  const weight = await weigh(workshop, template);
  const repairs = new Set<string>();
  const repair = (what: string) => void repairs.add(what);
  const input = prepare(workshop, model, template, repair);
  const head = renderHead(workshop.text, template, input, repair);
  const { levels, view, html } = await compileToSize(workshop, template, input, head, weight);
  for (const what of levelRepairs(input, levels)) repair(what);
  const text = withLineDirections(tidyText(renderTemplate(workshop.text, template.text, input.language, view)), input.language);
  return { ...head, html, text, repairs: [...repairs] };
}

/**
 * Html that fits: one run of MJML where the estimate holds, which it nearly always does. Where it does not (pictures, a list of contents,
 * long links), the run tells what this digest's frame weighs, and fitting begins again from full with that: so it is neither too long nor
 * emptier than it need be. What is still too long, because some posts weigh more than others, goes on giving way from there; the last run takes
 * no chances and counts each post as light.
 */
async function compileToSize(workshop: Workshop, template: MailTemplate, input: PreparedInput, head: DigestHead, weight: FrameWeight) {
  const titleCount = input.alsoPublished.length;
  const posts = input.posts.map((post) => fittable(input, post));
  let known = weight;
  let levels = fitToEstimate(posts, titleCount, known);
  for (let run = 1; ; run += 1) {
    const { view, html } = await compile(workshop, template, { ...input, levels }, head);
    workshop.runCount += 1;
    const excess = weightOf(html) - maxHtmlBytes;
    if (excess <= 0 || run === mostRuns) return { levels, view, html };
    const fitted = posts.map((post, index) => ({ ...post, level: levels[index] ?? post.level }));
    known = weighFrame(known, weightOf(html) - estimateBytes(fitted, titleCount, known), fitted);
    if (run === 1) levels = fitToEstimate(posts, titleCount, known);
    else levels = fitSize(fitted, excess + marginBytes / 2, titleCount, run + 1 < mostRuns ? known : weight);
  }
}

function fitToEstimate(posts: readonly FittablePost[], titleCount: number, weight: FrameWeight): readonly DisplayLevel[] {
  const estimate = estimateBytes(posts, titleCount, weight);
  return fitSize(posts, estimate > maxHtmlBytes ? estimate - maxHtmlBytes + marginBytes : 0, titleCount, weight);
}

/** A frame's weight after a digest turned out heavier than estimated: the difference is that of its posts, or of the frame where none is shown. */
function weighFrame(weight: FrameWeight, differenceBytes: number, posts: readonly FittablePost[]): FrameWeight {
  const shownCount = posts.filter((post) => post.level !== 'title').length;
  if (shownCount === 0) return { ...weight, baseBytes: weight.baseBytes + differenceBytes };
  return { ...weight, perPostBytes: weight.perPostBytes + differenceBytes / shownCount };
}

/** One run of MJML: a view and its html, post html spliced in. */
async function compile(workshop: Workshop, template: MailTemplate, input: ViewInput, head: DigestHead) {
  const { view, contents } = buildView(input, head.subject, head.preheader);
  const render = (parsed: MailTemplate['mjml']) => renderTemplate(workshop.html, parsed, input.language, view);
  const withSource = (source: string) => render(parseTemplate(workshop.html, template.mjml.file, source));
  const html = await workshop.compiler.compile(render(template.mjml), template.mjml, withSource);
  return { view, html: spliceContents(html, contents) };
}

type PreparedInput = Omit<ViewInput, 'levels'>;

function prepare(workshop: Workshop, model: DigestModel, template: MailTemplate, repair: (what: string) => void): PreparedInput {
  const { fullLines: _fullLines, ...measures } = measuresOf(template.settings);
  const options = {
    ...measures,
    language: model.language,
    showsImage: template.settings.picturesAbove && model.newsletter.sections?.images !== false,
    deadImageUrls: model.deadImages ?? [],
  };
  return {
    model: withoutDeadLogo(model, repair),
    language: languageFor(workshop.languages, model.language),
    settings: template.settings,
    posts: model.posts.map((post) => preparePost(post, options, repair)),
    alsoPublished: model.alsoPublished.map((post) => prepareTitle(post, repair)),
  };
}

/** Where the logo is gone the masthead shows the name, as it does where there is none. */
function withoutDeadLogo(model: DigestModel, repair: (what: string) => void): DigestModel {
  const { logoUrl, ...newsletter } = model.newsletter;
  if (logoUrl === undefined || model.deadImages?.includes(logoUrl) !== true) return model;
  repair('The newsletter’s logo could not be loaded and was left out');
  return { ...model, newsletter };
}

function fittable(input: PreparedInput, post: PreparedPost): FittablePost {
  const style = { elements: input.settings.content, accent: '#000000', columnWidthPx: input.settings.columnWidth };
  const bytesAt = (level: DisplayLevel) =>
    partsOf(post, level).reduce(
      (sum, part) =>
        sum +
        (part.kind === 'content'
          ? Buffer.byteLength(emailHtml(part.nodes, style, post.isQuotation))
          : buttonBytes + Buffer.byteLength(part.document.url + part.document.title)),
      0,
    );
  const known = new Map<DisplayLevel, number>();
  const at = (level: DisplayLevel): number => {
    const bytes = known.get(level) ?? bytesAt(level);
    known.set(level, bytes);
    return bytes;
  };
  return {
    level: initialLevel(post, measuresOf(input.settings)),
    // Weighed when somebody asks: most digests fit, and nobody does for the other levels.
    bytes: {
      get full() {
        return at('full');
      },
      get lead() {
        return at('lead');
      },
      get summary() {
        return at('summary');
      },
    },
  };
}

function weightOf(html: string): number {
  return Buffer.byteLength(fillPlaceholders(html, longestPlaceholderValues, 'html'));
}

/** Liquid's part of a template on specimens, without MJML: finds unknown names in every branch. */
function tryLiquid(workshop: Workshop, template: MailTemplate): void {
  for (const kind of ['everything', 'least'] as const) {
    const input = prepare(workshop, specimenModel(template.name, kind), template, () => {});
    const head = renderHead(workshop.text, template, input, () => {});
    const levels = input.posts.map((post) => initialLevel(post, measuresOf(template.settings)));
    const { view } = buildView({ ...input, levels }, head.subject, head.preheader);
    renderTemplate(workshop.html, template.mjml, input.language, view);
    renderTemplate(workshop.text, template.text, input.language, view);
  }
}

/** Compiles a template's specimens, once; what its frame weighs is learned on the way. */
function weigh(workshop: Workshop, template: MailTemplate): Promise<FrameWeight> {
  const known = workshop.weights.get(template);
  if (known) return known;
  // The library loads while Liquid runs.
  workshop.compiler.warmUp();
  const weighing = (async () => {
    const bytesOf = async (kind: Parameters<typeof specimenModel>[1]) => {
      const input = prepare(workshop, specimenModel(template.name, kind), template, () => {});
      const levels = input.posts.map((post) => initialLevel(post, measuresOf(template.settings)));
      const { html } = await compile(
        workshop,
        template,
        { ...input, levels },
        renderHead(workshop.text, template, input, () => {}),
      );
      return weightOf(html) - input.posts.reduce((sum, post) => sum + fittable(input, post).bytes.full, 0);
    };
    await bytesOf('everything');
    await bytesOf('least');
    const one = await bytesOf({ posts: 1, titles: 0 });
    const perPostBytes = ((await bytesOf({ posts: 9, titles: 0 })) - one) / 8;
    return { perPostBytes, baseBytes: one - perPostBytes, perTitleBytes: ((await bytesOf({ posts: 1, titles: 8 })) - one) / 8 };
  })();
  workshop.weights.set(template, weighing);
  // A template that is at fault stays so until it is loaded anew: finding out may have taken all the time that it may.
  weighing.catch((error: unknown) => error instanceof InvalidInputError || workshop.weights.delete(template));
  return weighing;
}

/** What fitting changed, a sentence for each level; a few posts are named, many counted. */
function levelRepairs(input: PreparedInput, levels: readonly DisplayLevel[]): string[] {
  const words = { lead: 'with its beginning only', summary: 'with its summary only', title: 'by its title only' };
  return (['lead', 'summary', 'title'] as const).flatMap((level) => {
    const posts = input.posts.filter((post, index) => levels[index] === level && initialLevel(post, measuresOf(input.settings)) !== level);
    if (posts.length === 0) return [];
    const named = posts.map((post) => `“${cutAtWord(post.title, 60)}”`).join(', ');
    return [
      `To keep the mail under ${maxHtmlBytes / 1000} KB, ${posts.length <= 3 ? named : `each of ${posts.length} posts`} is shown ${words[level]}`,
    ];
  });
}

/** Template text in its final form: no trailing white space, never more than two empty lines, one line feed at the end. */
function tidyText(text: string): string {
  return `${text
    .replaceAll(/(?<![ \t])[ \t]+$/gm, '')
    .replaceAll(/\n{4,}/g, '\n\n\n')
    .trim()}\n`;
}
