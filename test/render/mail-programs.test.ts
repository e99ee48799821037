import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { specimenModel } from '../../src/render/digest/specimen.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { exampleDigestIn } from '../support/example-digest.ts';
import { rareFeatures } from '../support/mail-features.ts';

/*
 * What mail programs make of both templates: which parts of html and CSS not all of them know, and what those see that do not.
 */

/** What a reader sees whose program does not know a feature that fewer than nine of ten programs know. */
const fallBacks: Readonly<Record<string, string>> = {
  ':last-child': 'a little more room below the last paragraph of a post',
  '!important keyword': 'the light colours and the desk’s sizes, which are inline',
  '@media': 'the light colours and the desk’s sizes, which are inline; the column is fluid without it',
  '<body> element': 'its colours and language, which stand on the element within it too',
  'aria-label attribute': 'the title of the document, which says the same',
  'Attribute selector': 'Outlook.com’s own dark colours',
  'border-radius': 'square corners',
  'border-spacing': 'cells that touch, as they do everywhere',
  'Chaining selectors': 'what is inline',
  'Class selector': 'what is inline',
  'Descendant combinator': 'what is inline',
  'height property': 'the height of what stands within',
  'ID selector': 'what is inline: only a rule of MJML for old Outlooks has one',
  'lang attribute': 'the same words',
  outline: 'a line around a picture that is a link, at most',
  'role attribute': 'the same tables, read aloud as tables',
  'table-layout': 'columns as wide as their words',
  'target attribute': 'links that open where the program opens links',
  transform: 'words that are not in capitals',
  'Type selector': 'what is inline',
  'word-break': 'a long address that widens its column',
  'word-spacing': 'its normal value',
};

const htmls = new Map<string, string>();
const templates = ['digest', 'letter'];

beforeAll(async () => {
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  for (const template of templates) {
    const models = [exampleDigestIn('en', template), specimenModel(template, 'everything')];
    const rendered = await Promise.all(models.map((model) => renderer.render(model)));
    htmls.set(template, rendered.map(({ html }) => html).join(''));
  }
});

test('whoever reads in a program that lacks a feature sees what is named here, and no other feature is used that one of ten lacks', () => {
  const used = [...new Set(templates.flatMap((template) => rareFeatures(htmls.get(template)!, 0.9).map(({ title }) => title)))];
  expect(used.sort()).toEqual(Object.keys(fallBacks).sort());
});

describe.each(templates)('the template %s', (template) => {
  test('has headings in order: one first, and none that skips a level', () => {
    const levels = [...htmls.get(template)!.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.entries()) expect([index, level <= (levels[index - 1] ?? 0) + 1]).toEqual([index, true]);
  });

  test('has less than 8 KB of styles in its head, beyond which Gmail drops a block', () => {
    const [head = ''] = htmls.get(template)!.split('</head>');
    const blocks = [...head.matchAll(/<style[^>]*>([^]*?)<\/style>/g)].map(([, css = '']) => css.length);
    expect(blocks.reduce((sum, length) => sum + length, 0)).toBeLessThan(8_000);
  });
});
