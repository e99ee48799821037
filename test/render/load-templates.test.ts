import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { DigestRenderer } from '../../src/render/digest.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { exampleDigestIn } from '../support/example-digest.ts';

let templatesFolder: string;

beforeEach(async () => {
  templatesFolder = await mkdtemp(join(tmpdir(), 'gazette-templates-'));
  await cp(join(packageRoot, 'templates'), templatesFolder, { recursive: true });
  await cp(join(templatesFolder, 'mail', 'letter'), join(templatesFolder, 'mail', 'mine'), { recursive: true });
});

afterEach(() => rm(templatesFolder, { recursive: true }));

async function edit(file: string, change: (source: string) => string): Promise<void> {
  const path = join(templatesFolder, file);
  await writeFile(path, change(await readFile(path, 'utf8')));
}

function lineOf(source: string, words: string): number {
  return source.slice(0, source.indexOf(words)).split('\n').length;
}

/** Why what is there cannot be used: the template "mine", or the languages, without which there is no renderer. */
async function refusal(): Promise<string> {
  const renderer = createDigestRenderer({ templatesFolder });
  const refused = await renderer.then((created) => created.check('mine')).catch((error: unknown) => error);
  if (!(refused instanceof InvalidInputError)) throw new Error('Expected the template to be refused');
  return refused.message.replace(templatesFolder, '');
}

test('a folder dropped into templates/mail is a template', async () => {
  const renderer = await createDigestRenderer({ templatesFolder });
  expect(renderer.templates.map((template) => template.name)).toEqual(['digest', 'letter', 'mine']);
  expect((await renderer.render(exampleDigestIn('en', 'mine'))).html).toContain('Dear reader,');
});

describe('a broken template costs only those who use it', () => {
  test.each([
    ['a mistake', '/mail/mine/digest.txt.liquid:2: ', () => edit('mail/mine/digest.txt.liquid', () => '\n{% include "x" %}')],
    ['a file that is not there', 'preheader.liquid', () => rm(join(templatesFolder, 'mail', 'mine', 'preheader.liquid'))],
    ['settings that are no JSON', '/mail/mine/template.json:1: ', () => edit('mail/mine/template.json', () => 'columns')],
  ])('%s: the others work, and it is named with its error', async (_what, message, spoil) => {
    await spoil();
    const renderer = await createDigestRenderer({ templatesFolder });
    expect(renderer.templates.map((template) => template.name)).toEqual(['digest', 'letter']);
    expect((await renderer.render(exampleDigestIn('en', 'letter'))).html).toContain('Dear reader,');
    await expect(renderer.check('letter')).resolves.toBeUndefined();
    expect(renderer.broken).toEqual([{ name: 'mine', error: expect.any(InvalidInputError) }]);
    expect(renderer.broken[0]!.error.message).toContain(message);
    const uses = [() => renderer.render(exampleDigestIn('en', 'mine')), () => renderer.check('mine')];
    for (const use of uses) await expect(use()).rejects.toBe(renderer.broken[0]!.error);
  });

  test('one that Gazette brings along is treated alike', async () => {
    await rm(join(templatesFolder, 'mail', 'digest', 'subject.liquid'));
    const renderer = await createDigestRenderer({ templatesFolder });
    expect(renderer.broken.map((template) => template.name)).toEqual(['digest']);
    expect((await renderer.render(exampleDigestIn('en', 'mine'))).html).toContain('Dear reader,');
  });

  test('a folder whose name begins with a dot is none', async () => {
    await mkdir(join(templatesFolder, 'mail', '.git'));
    expect((await createDigestRenderer({ templatesFolder })).broken).toEqual([]);
  });
});

describe('a template that would keep the process busy is refused soon', () => {
  test.each([
    ['a loop without end in sight', '{% for i in (1..100000000) %}{{ i }}{% endfor %}'],
    ['a long loop', '{% for i in (1..900000) %}{% for j in (1..900000) %}{% if i == j %}x{% endif %}{% endfor %}{% endfor %}'],
    ['a text that doubles', "{% assign x = 'x' %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}"],
  ])('%s', async (_what, source) => {
    await edit('mail/mine/digest.txt.liquid', () => source);
    const usedMs = startCpuTimer();
    expect(await refusal()).toMatch(/^\/mail\/mine\/digest\.txt\.liquid:1: .*limit exceeded/);
    expect(usedMs()).toBeLessThan(4_000);
  });
});

describe('a renderer sees what staff change in the folder while it runs', () => {
  const greeting = async (renderer: DigestRenderer) => (await renderer.render(exampleDigestIn('en', 'mine'))).text.split('\n')[0];

  test('a changed file counts from the next use', async () => {
    const renderer = await createDigestRenderer({ templatesFolder });
    expect(await greeting(renderer)).toBe('The Lantern');
    await edit('mail/mine/digest.txt.liquid', (source) => `Hello\n${source}`);
    expect(await greeting(renderer)).toBe('Hello');
    await edit('mail/mine/template.json', (source) => source.replace('"Plain letter"', '"Mine"'));
    await renderer.check('mine');
    expect(renderer.templates.find((template) => template.name === 'mine')?.title).toBe('Mine');
  });

  test('files of the same time and size are not read again', async () => {
    const renderer = await createDigestRenderer({ templatesFolder });
    const file = join(templatesFolder, 'mail', 'mine', 'digest.txt.liquid');
    const { atime, mtime } = await stat(file);
    await utimes(file, atime, mtime);
    expect(await greeting(renderer)).toBe('The Lantern');
    await edit('mail/mine/digest.txt.liquid', (source) => source.replace('{{ newsletter.name }}', 'A text of that length'));
    await utimes(file, atime, mtime);
    expect(await greeting(renderer)).toBe('The Lantern');
  });

  test('a mended template works, one that was broken meanwhile is refused', async () => {
    const renderer = await createDigestRenderer({ templatesFolder });
    await edit('mail/mine/digest.txt.liquid', (source) => `{% if %}${source}`);
    await expect(greeting(renderer)).rejects.toThrow('mine/digest.txt.liquid:1: ');
    expect(renderer.broken.map((template) => template.name)).toEqual(['mine']);
    await edit('mail/mine/digest.txt.liquid', (source) => source.replace('{% if %}', ''));
    expect(await greeting(renderer)).toBe('The Lantern');
    expect(renderer.broken).toEqual([]);
  });

  test('MJML that was mended is tried again', async () => {
    await edit('mail/mine/digest.mjml.liquid', (source) => source.replace('<mj-divider ', '<mj-divider colour="red" '));
    const renderer = await createDigestRenderer({ templatesFolder });
    await expect(renderer.check('mine')).rejects.toThrow('Attribute colour is illegal');
    await edit('mail/mine/digest.mjml.liquid', (source) => source.replace('colour="red" ', ''));
    await expect(renderer.check('mine')).resolves.toBeUndefined();
  });

  test('a file that was away and came back', async () => {
    const file = join(templatesFolder, 'mail', 'mine', 'subject.liquid');
    const renderer = await createDigestRenderer({ templatesFolder });
    await rename(file, `${file}.away`);
    await expect(greeting(renderer)).rejects.toThrow('Expected a file subject.liquid in the template folder');
    await rename(`${file}.away`, file);
    expect(await greeting(renderer)).toBe('The Lantern');
  });

  test('a new folder is found when it is used, a removed one is not there any more', async () => {
    const renderer = await createDigestRenderer({ templatesFolder });
    await rename(join(templatesFolder, 'mail', 'mine'), join(templatesFolder, 'mail', 'ours'));
    expect((await renderer.render(exampleDigestIn('en', 'ours'))).html).toContain('Dear reader,');
    await expect(greeting(renderer)).rejects.toThrow('Expected one of the templates digest, letter, ours, got "mine"');
    expect(renderer.templates.map((template) => template.name)).toEqual(['digest', 'letter', 'ours']);
  });

  test('a name is that of a folder of templates/mail, never a way to another place', async () => {
    const renderer = await createDigestRenderer({ templatesFolder });
    await expect(renderer.check('../mail/mine')).rejects.toThrow('got "../mail/mine"');
  });
});

describe('a broken template is refused when it is used, naming file and line', () => {
  test.each([
    ['an open tag', '\n\n{% if posts %}', 3, 'not closed'],
    ['an unknown tag', '\n{% include "x" %}', 2, 'Tag "include" not found'],
    ['an unknown filter', '\n{{ newsletter.name | shout }}', 2, 'Undefined filter: shout'],
    ['a filter that would switch off escaping', '{{ newsletter.name | raw }}', 1, 'Undefined filter: raw'],
    ['an unknown variable', 'x\n{{ newsleter.name }}', 2, 'Expected one of the variables'],
    ['an unknown field', 'x\n{% for post in posts %}\n{{ post.titel }}{% endfor %}', 3, 'Undefined variable: post.titel'],
    ['an unknown phrase', "\n{{ 'digest.nothing' | t }}", 2, 'Expected a phrase of templates/languages/en.json, got "digest.nothing"'],
    ['a phrase without its value', "\n{{ 'digest.reason' | t }}", 2, 'Expected a value for {newsletter}'],
    ['a placeholder with a filter', '\n\n{{ reader.name | upcase }}', 3, 'Expected a plain output {{ reader.name }}'],
    ['a placeholder in a condition', '\n{% if reader.name %}x{% endif %}', 2, 'Expected a plain output {{ reader.name }}'],
    ['a placeholder in an assignment', '\n{% assign who = reader.name %}', 2, 'Expected a plain output {{ reader.name }}'],
    ['a placeholder as an argument', '\n{{ newsletter.name | append: reader.name }}', 2, 'Expected a plain output {{ reader.name }}'],
    [
      'a placeholder deep in tags with a filter',
      '{% for p in posts %}\n{% if p %}\n{{ links.browser | size }}{% endif %}{% endfor %}',
      3,
      'Expected a plain output',
    ],
    ['an unknown placeholder', '\n{{ reader.shoeSize }}', 2, 'Expected one of the placeholders'],
    ['a placeholder by a computed name', '\n{{ links[newsletter.name] }}', 2, 'Expected one of the placeholders'],
    ['a shadowed placeholder', '\n{% assign links = posts %}', 2, 'Expected another name than "links"'],
  ])('%s', async (_what, source, line, message) => {
    await edit('mail/mine/digest.txt.liquid', () => source);
    const refused = await refusal();
    expect(refused).toMatch(new RegExp(`^/mail/mine/digest\\.txt\\.liquid:${line}: `));
    expect(refused).toContain(message);
  });

  test('a placeholder in the subject, which is the same for everybody', async () => {
    await edit('mail/mine/subject.liquid', () => 'For {{ reader.name }}');
    expect(await refusal()).toContain('/mail/mine/subject.liquid:1: Expected no placeholder here');
  });

  test('settings that are no JSON, or not of the shape', async () => {
    await edit('mail/mine/template.json', (source) => source.replace('"columnWidth": 520,', '"columnWidth": 520'));
    expect(await refusal()).toMatch(/^\/mail\/mine\/template\.json:5: Expected JSON/);
    await edit('mail/mine/template.json', (source) => source.replace('"columnWidth": 520', '"columnWidth": "wide",'));
    expect(await refusal()).toMatch(/^\/mail\/mine\/template\.json:4: columnWidth/);
    await edit('mail/mine/template.json', (source) => source.replace('"wide"', '520').replace('"leadWords"', '"leedWords"'));
    expect(await refusal()).toMatch(/leadWords|leedWords/);
  });

  test('a missing file', async () => {
    await rm(join(templatesFolder, 'mail', 'mine', 'preheader.liquid'));
    expect(await refusal()).toContain('Expected a file preheader.liquid in the template folder');
  });

  test('a language file that lacks a phrase, has one too much, or names an unknown value', async () => {
    await edit('languages/fr.json', (source) => source.replace(/ {2}"digest\.browser".*\n/, ''));
    expect(await refusal()).toContain('/languages/fr.json:1: Expected the phrase "digest.browser", found none');
    await edit('languages/fr.json', (source) => source.replace('{', '{\n  "digest.browser": "Voir {quoi}",'));
    expect(await refusal()).toContain('/languages/fr.json:2: Expected only values that en.json gives to "digest.browser", got {quoi}');
  });

  test('MJML of an unknown element, at its line of the template, when the template is first used or checked', async () => {
    const faulty = '<mj-txt>Oops</mj-txt>';
    await edit('mail/mine/digest.mjml.liquid', (source) =>
      source.replace('{%- for correction in corrections %}', `{%- for correction in corrections %}\n${faulty}`),
    );
    const source = await readFile(join(templatesFolder, 'mail', 'mine', 'digest.mjml.liquid'), 'utf8');
    const renderer = await createDigestRenderer({ templatesFolder });
    const expected = `mine/digest.mjml.liquid:${lineOf(source, faulty)}: `;
    await expect(renderer.check('mine')).rejects.toThrow(expected);
    const { corrections: _corrections, ...model } = exampleDigestIn('en', 'mine');
    await expect(renderer.render({ ...model, corrections: [] })).rejects.toThrow(expected);
    await expect(renderer.check('letter')).resolves.toBeUndefined();
    expect(renderer.mjmlRunCount).toBe(0);
  });

  test('MJML with an attribute that does not exist', async () => {
    await edit('mail/mine/digest.mjml.liquid', (source) => source.replace('<mj-divider ', '<mj-divider colour="red" '));
    const renderer = await createDigestRenderer({ templatesFolder });
    await expect(renderer.check('mine')).rejects.toThrow(/mine\/digest\.mjml\.liquid:\d+: Attribute colour is illegal \(mj-divider\)/);
  });
});
