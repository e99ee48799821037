import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, afterEach, describe, expect, test } from '@jest/globals';
import { BusyError, InvalidInputError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createMjmlCompiler, type MjmlCompiler } from '../../src/render/templates/compile-mjml.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { exampleDigestIn } from '../support/example-digest.ts';
import { hostileMjml } from '../support/hostile-template.ts';

let templatesFolder: string;
const compiler = createMjmlCompiler({ taskCpuMs: 1_500 });

beforeEach(async () => {
  templatesFolder = await mkdtemp(join(tmpdir(), 'gazette-templates-'));
  await cp(join(packageRoot, 'templates'), templatesFolder, { recursive: true });
  await cp(join(templatesFolder, 'mail', 'letter'), join(templatesFolder, 'mail', 'mine'), { recursive: true });
});
afterEach(() => rm(templatesFolder, { recursive: true }));
afterAll(() => compiler.close());

async function edit(file: string, change: (source: string) => string): Promise<void> {
  const path = join(templatesFolder, file);
  await writeFile(path, change(await readFile(path, 'utf8')));
}

/** Why the template "mine" cannot be used. */
async function refusal(by: MjmlCompiler = compiler): Promise<string> {
  const renderer = await createDigestRenderer({ templatesFolder, compiler: by });
  const refused = await renderer.check('mine').catch((error: unknown) => error);
  if (!(refused instanceof InvalidInputError)) throw new Error('Expected the template to be refused', { cause: refused });
  return refused.message.replace(templatesFolder, '');
}

describe('MJML that would take minutes', () => {
  test('is ended by its processor time, and the template is named', async () => {
    await edit('mail/mine/digest.mjml.liquid', () => hostileMjml);
    const usedMs = startCpuTimer();
    expect(await refusal()).toMatch(
      /^\/mail\/mine\/digest\.mjml\.liquid:1: Expected MJML that compiles in 1,500 ms of processor time, got 9\d,\d{3} characters of it that take longer$/,
    );
    expect(usedMs()).toBeLessThan(10_000);
  });

  test('costs that once: until its files change it is refused at once', async () => {
    await edit('mail/mine/digest.mjml.liquid', () => hostileMjml);
    let runCount = 0;
    const counting: MjmlCompiler = { ...compiler, compile: (...task) => (runCount++, compiler.compile(...task)) };
    const renderer = await createDigestRenderer({ templatesFolder, compiler: counting });
    const uses = [() => renderer.check('mine'), () => renderer.check('mine'), () => renderer.render(exampleDigestIn('en', 'mine'))];
    for (const use of uses) await expect(use()).rejects.toThrow('take longer');
    expect(runCount).toBe(1);
    await edit('mail/mine/digest.mjml.liquid', () => '<mjml><mj-body></mj-body></mjml>');
    await expect(renderer.check('mine')).resolves.toBeUndefined();
  });

  test('holds up no other template', async () => {
    await edit('mail/mine/digest.mjml.liquid', () => hostileMjml);
    const patient = createMjmlCompiler({ taskCpuMs: 600_000 });
    const renderer = await createDigestRenderer({ templatesFolder, compiler: patient });
    let isOver = false;
    const hostile = renderer.check('mine').catch((error: unknown) => {
      isOver = true;
      return error;
    });
    expect((await renderer.render(exampleDigestIn('en', 'letter'))).html).toContain('Dear reader,');
    expect(isOver).toBe(false);
    await patient.close();
    expect(await hostile).toBeInstanceOf(InvalidInputError);
  });
});

describe('a template that is too long', () => {
  test.each(['digest.mjml.liquid', 'digest.txt.liquid', 'subject.liquid', 'template.json'])(
    'as the file %s: it is named with the line that is too far, its length and what is allowed',
    async (name) => {
      await edit(`mail/mine/${name}`, () => `${'x'.repeat(99)}\n`.repeat(8_300));
      const usedMs = startCpuTimer();
      expect(await refusal()).toBe(`/mail/mine/${name}:2001: Expected a file of at most 200,000 bytes, got 830,000`);
      expect(usedMs()).toBeLessThan(2_000);
    },
  );

  test('when Liquid has run: the line that made it so is named, its length and what is allowed', async () => {
    const section = '<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>';
    await edit(
      'mail/mine/digest.mjml.liquid',
      () => `<mjml>\n<mj-body>\n{% for i in (1..10000) %}\n${section}\n{% endfor %}\n</mj-body>\n</mjml>\n`,
    );
    expect(await refusal()).toMatch(
      /^\/mail\/mine\/digest\.mjml\.liquid:4: Expected at most 250,000 characters of MJML when Liquid has run, got 7\d\d,\d{3}$/,
    );
  });
});

describe('a template that nests without end', () => {
  test.each([
    ['Liquid', `${'{% if 1 %}'.repeat(9_000)}x${'{% endif %}'.repeat(9_000)}`],
    ['MJML', `<mjml><mj-body>${'<mj-wrapper>'.repeat(9_000)}</mj-body></mjml>`],
    ['MJML that Liquid makes', `<mjml><mj-body>{% for i in (1..10000) %}<mj-wrapper>{% endfor %}</mj-body></mjml>`],
  ])('of %s is refused by name, and the others work', async (_what, source) => {
    await edit('mail/mine/digest.mjml.liquid', () => source);
    expect(await refusal()).toMatch(/^\/mail\/mine\/digest\.mjml\.liquid:\d+: \w/);
    await expect((await createDigestRenderer({ templatesFolder, compiler })).check('letter')).resolves.toBeUndefined();
  });
});

test.each([
  ['spaces within a text', `<mj-text>${' '.repeat(150_000)}x</mj-text>`],
  ['variables', `<mj-text>${'{{ subject }}'.repeat(10_000)}</mj-text>`],
  ['faults', '<mj-txt/>'.repeat(20_000)],
  ['lines', `<mj-text>${'\n'.repeat(150_000)}x</mj-text>`],
  ['angle brackets', `<mj-text>${'<'.repeat(150_000)}</mj-text>`],
])('a template full of %s costs seconds at most, and the process less', async (_what, content) => {
  await edit(
    'mail/mine/digest.mjml.liquid',
    () => `<mjml><mj-body><mj-section><mj-column>${content}</mj-column></mj-section></mj-body></mjml>`,
  );
  const usedMs = startCpuTimer();
  const renderer = await createDigestRenderer({ templatesFolder, compiler });
  await renderer.check('mine').catch((error: unknown) => expect(error).toBeInstanceOf(InvalidInputError));
  expect(usedMs()).toBeLessThan(12_000);
});

test('the text of a digest full of spaces costs little', async () => {
  await edit('mail/mine/digest.txt.liquid', () => `${' '.repeat(190_000)}x`);
  const renderer = await createDigestRenderer({ templatesFolder, compiler });
  await renderer.check('mine');
  const usedMs = startCpuTimer();
  await renderer.render(exampleDigestIn('en', 'mine'));
  expect(usedMs()).toBeLessThan(2_000);
});

test('a machine that has no time for it is at fault, not the template, and a later try is one', async () => {
  const hurried = createMjmlCompiler({ taskCeilingMs: 0 });
  const renderer = await createDigestRenderer({ templatesFolder, compiler: hurried });
  await expect(renderer.check('letter')).rejects.toBeInstanceOf(BusyError);
  await expect(renderer.check('letter')).rejects.toBeInstanceOf(BusyError);
  await hurried.close();
});

test('MJML that needs too much memory is refused by name', async () => {
  const narrow = createMjmlCompiler({ heapMb: 8 });
  expect(await refusal(narrow)).toMatch(/digest\.mjml\.liquid:1: Expected MJML that compiles within 8 MB of memory, got/);
  await narrow.close();
});
