import { escapeHtml } from '../src/kernel/text/escape-html.ts';
import { sourceThread } from '../src/sources/collecting/source-task.ts';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { createParserPool } from '../src/reading/parsing/parser-pool.ts';
import { defaultSourceLimits } from '../src/reading/limits.ts';
import { parseSourceDocument } from '../src/reading/parsing/parse-document.ts';
import { printFigures } from './support-figures.ts';

/*
 * How fast bytes become normalised entries: decode, parse, fields, not sanitising. One document of 10 MB with 5,000 entries, as RSS and as
 * Atom; beside them, in the same run, the libraries' bare parsing of the same text. Then, in seconds, what sanitising and storing as many
 * posts costs (bench/store-posts.ts, which runs by itself too).
 */

const rounds = 3;

/** Measures collecting. `--quick` for a tenth of the size, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, 'peak-of': { type: 'string' } },
  });
  if (values['peak-of'] !== undefined) return printPeak(values['peak-of']);
  const count = values.quick === true ? 500 : 5_000;
  const rss = Buffer.from(rssDocument(count));
  const atom = Buffer.from(atomDocument(count));
  const figures = [
    { figure: 'rss-mb-per-second', value: await speed(rss, () => parseSourceDocument(rss)), unit: 'MB/s' },
    { figure: 'atom-mb-per-second', value: await speed(atom, () => parseSourceDocument(atom)), unit: 'MB/s' },
    { figure: 'rss-thread-mb-per-second', value: await threadSpeed(rss), unit: 'MB/s' },
    { figure: 'peak-mb', value: await peakMb(rss), unit: 'MB' },
  ];
  // Loaded here, so that the process that measures the peak holds the collector and nothing else.
  const { measureStoring } = await import('./store-posts.ts');
  const [{ default: Parser }, { parseFeed }] = await Promise.all([import('rss-parser'), import('feedsmith')]);
  const controls = [
    {
      figure: 'control-rss-parser-mb-per-second',
      value: await speed(rss, () => new Parser().parseString(rss.toString('utf8'))),
      unit: 'MB/s',
    },
    { figure: 'control-feedsmith-rss-mb-per-second', value: await speed(rss, () => parseFeed(rss.toString('utf8'))), unit: 'MB/s' },
    { figure: 'control-feedsmith-atom-mb-per-second', value: await speed(atom, () => parseFeed(atom.toString('utf8'))), unit: 'MB/s' },
  ];
  const json = values.json === true;
  printFigures([...figures, ...controls], { json });
  printFigures(await measureStoring(count), { json, digits: 2 });
}

/** Megabytes a second, the median of a few rounds after one that warms the compiler up, as a collector that runs is. */
async function speed(bytes: Buffer, work: () => unknown): Promise<number> {
  const times: number[] = [];
  await work();
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return megabytesPerSecond(bytes, times);
}

/** The same through a parser thread, as the collector does it: bytes over, entries back. */
async function threadSpeed(bytes: Buffer): Promise<number> {
  const pool = createParserPool(defaultSourceLimits, sourceThread);
  try {
    return await speed(bytes, () => pool.parse({ kind: 'document', bytes: new Uint8Array(bytes), facts: {} }));
  } finally {
    await pool.close();
  }
}

function megabytesPerSecond(bytes: Buffer, timesMs: readonly number[]): number {
  const median = timesMs.toSorted((a, b) => a - b)[Math.floor(timesMs.length / 2)] ?? 1;
  return bytes.length / 1e6 / (median / 1000);
}

/** The most memory that a process of its own needs, all its threads included, to read the document the way the collector does. */
async function peakMb(bytes: Buffer): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  try {
    const file = join(folder, 'feed.xml');
    await writeFile(file, bytes);
    const program = `import(${JSON.stringify(import.meta.url)}).then(({ run }) => run(['--peak-of', ${JSON.stringify(file)}]))`;
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, '--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    return Number(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function printPeak(file: string): Promise<void> {
  const pool = createParserPool(defaultSourceLimits, sourceThread);
  const bytes = new Uint8Array(await readFile(file));
  await pool.parse({ kind: 'document', bytes, facts: {} });
  await pool.close();
  process.stdout.write(String(process.resourceUsage().maxRSS / 1000));
}

const sentence = 'The school opened its library on Saturdays, and the parents’ group reads with the children in three languages. ';

function body(index: number): string {
  return `<p>${sentence}</p><p><a href="https://example.org/papers/${index}.pdf">Working paper ${index}</a></p><figure><img src="/images/${index}.jpg" alt="" width="800"></figure>${`<p>${sentence}</p>`.repeat(12)}`;
}

/** 5,000 entries make about 10 MB. */
function rssDocument(count: number): string {
  const items = Array.from(
    { length: count },
    (_, i) => `<item>
<title>Notes from the field ${i} &amp; more</title><link>https://example.org/notes/${i}/</link><guid isPermaLink="false">https://example.org/?p=${i}</guid>
<pubDate>Tue, 05 Apr 2022 19:50:17 +0000</pubDate><dc:creator><![CDATA[Ann Example]]></dc:creator><category><![CDATA[Leadership Development]]></category>
<category><![CDATA[Field notes]]></category><description><![CDATA[<p>${sentence}</p>]]></description><content:encoded><![CDATA[${body(i)}]]></content:encoded>
</item>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Field notes</title><link>https://example.org/</link>${items.join('\n')}</channel></rss>`;
}

/** Half of the entries carry escaped html, half xhtml. */
function atomDocument(count: number): string {
  const xhtml = (html: string): string =>
    `<div xmlns="http://www.w3.org/1999/xhtml">${html.replaceAll('width="800">', 'width="800"/>')}</div>`;
  const entries = Array.from(
    { length: count },
    (_, i) => `<entry>
<title type="html">Notes from the field ${i} &amp;amp; more</title><link rel="alternate" type="text/html" href="https://example.org/notes/${i}/"/><id>tag:example.org,2022:${i}</id>
<published>2022-04-05T19:50:17Z</published><updated>2022-04-06T19:50:17+02:00</updated><author><name>Ann Example</name></author><category term="leadership" label="Leadership Development"/>
<summary>${sentence}</summary>${i % 2 === 0 ? `<content type="html">${escapeHtml(body(i))}</content>` : `<content type="xhtml">${xhtml(body(i))}</content>`}
</entry>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/"><title>Field notes</title><id>tag:example.org,2022:feed</id><updated>2022-04-06T19:50:17Z</updated>${entries.join('\n')}</feed>`;
}
