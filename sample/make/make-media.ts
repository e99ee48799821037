/*
 * Draws the pictures and sets the papers of the sample site: `npx tsx sample/make/make-media.ts`.
 * Same input, same bytes; run it after a change to scenes.ts or to a text in sample/site/papers and commit what it wrote.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { paint } from './drawing.ts';
import { buildPdf } from './pdf.ts';
import type { Paper, PaperBlock } from './pdf.ts';
import { encodePng, halve } from './png.ts';
import { scenes } from './scenes.ts';

const site = join(packageRoot, 'sample/site');
mkdirSync(join(site, 'media'), { recursive: true });

for (const [name, scene] of Object.entries(scenes)) {
  const full = paint(scene, 1200, 630);
  writeMedia(`${name}.png`, encodePng(full));
  writeMedia(`${name}-600x315.png`, encodePng(halve(full)));
}
for (const file of readdirSync(join(site, 'papers')).filter((entry) => entry.endsWith('.txt'))) {
  writeMedia(`${basename(file, '.txt')}.pdf`, buildPdf(readPaper(readFileSync(join(site, 'papers', file), 'utf8'))));
}

function writeMedia(name: string, bytes: Buffer): void {
  writeFileSync(join(site, 'media', name), bytes);
  process.stdout.write(`${name} ${bytes.length}\n`);
}

/** Reads "key: value" lines, an empty line, then blocks apart by empty lines: "## heading", "- point" or a paragraph. */
function readPaper(source: string): Paper {
  const [head = '', ...blocks] = source.trim().split(/\n{2,}/);
  const fields = new Map(head.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  const field = (name: string): string => {
    const value = fields.get(name);
    if (!value) throw new Error(`Expected a line "${name}: …" at the top of the paper, found none`);
    return value;
  };
  return {
    title: field('title'),
    author: field('author'),
    subject: field('subject'),
    date: field('date'),
    series: field('series'),
    blocks: blocks.map(readBlock),
  };
}

function readBlock(block: string): PaperBlock {
  if (block.startsWith('## ')) return { kind: 'heading', text: block.slice(3) };
  if (block.startsWith('- ')) return { kind: 'point', text: block.slice(2) };
  return { kind: 'paragraph', text: block };
}
