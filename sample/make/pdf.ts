import { textWidth } from './metrics.ts';
import type { Typeface } from './metrics.ts';

/** A paper to set: metadata and blocks in order. */
export interface Paper {
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  /** The day of issue, YYYY-MM-DD. */
  readonly date: string;
  readonly series: string;
  readonly blocks: readonly PaperBlock[];
}

/** One block of a paper. */
export interface PaperBlock {
  readonly kind: 'heading' | 'paragraph' | 'point';
  readonly text: string;
}

interface Line {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly typeface: Typeface;
  readonly colour: string;
}

const page = { width: 595, height: 842, left: 80, right: 80, top: 92, bottom: 84 };
const ink = '0.13 0.15 0.17';
const accent = '0.12 0.37 0.42';
const soft = '0.4 0.42 0.45';
const typefaces: readonly Typeface[] = ['Times-Roman', 'Times-Bold', 'Helvetica', 'Helvetica-Bold'];

/** Sets a paper as an A4 PDF 1.4: text in the standard fonts, uncompressed, the same bytes for the same paper. */
export function buildPdf(paper: Paper): Buffer {
  const pages = layOut(paper).map((lines, i, all) => pageContent(paper, lines, i + 1, all.length));
  const firstPage = 4 + typefaces.length;
  const fonts = typefaces.map((name) => `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`);
  const fontNames = typefaces.map((_name, i) => `/F${i} ${4 + i} 0 R`).join(' ');
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) /ViewerPreferences << /DisplayDocTitle true >> >>`,
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_page, i) => `${firstPage + i * 2} 0 R`).join(' ')}] >>`,
    `<< /Title ${text(paper.title)} /Author ${text(paper.author)} /Subject ${text(paper.subject)} /CreationDate (D:${paper.date.replaceAll('-', '')}090000Z) >>`,
    ...fonts,
    ...pages.flatMap((content, i) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${page.width} ${page.height}] /Resources << /Font << ${fontNames} >> >> /Contents ${firstPage + i * 2 + 1} 0 R >>`,
      `<< /Length ${latin1(content).length} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  return writeObjects(objects);
}

function writeObjects(objects: readonly string[]): Buffer {
  let body = Buffer.concat([latin1('%PDF-1.4\n%'), Buffer.from([0xe2, 0xe3, 0xcf, 0xd3, 0x0a])]);
  const offsets = objects.map((object, i) => {
    const offset = body.length;
    body = Buffer.concat([body, latin1(`${i + 1} 0 obj\n${object}\nendobj\n`)]);
    return offset;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n${body.length}\n%%EOF\n`;
  return Buffer.concat([body, latin1(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}${trailer}`)]);
}

interface Style {
  readonly size: number;
  readonly typeface: Typeface;
  readonly colour: string;
  /** Points from one baseline to the next. */
  readonly leading: number;
  /** Points of space after the text. */
  readonly after: number;
  readonly indent: number;
}

const text11: Style = { size: 11.5, typeface: 'Times-Roman', colour: ink, leading: 16.3, after: 8, indent: 0 };
const blockStyles: Readonly<Record<PaperBlock['kind'], Style>> = {
  heading: { size: 12.5, typeface: 'Helvetica-Bold', colour: accent, leading: 24, after: 4, indent: 0 },
  paragraph: text11,
  point: { ...text11, after: 5, indent: 14 },
};
// A heading is not left at the foot of a page without the lines that follow it.
const minSpaceBelowHeading = 60;

function layOut(paper: Paper): Line[][] {
  const pages: Line[][] = [[]];
  let y = page.height - page.top;
  const set = (words: string, style: Style, mark?: string): void => {
    const width = page.width - page.left - page.right - style.indent;
    const needed = style === blockStyles.heading ? minSpaceBelowHeading : style.leading;
    wrap(words, style.typeface, style.size, width).forEach((row, i) => {
      if (y < page.bottom + needed) {
        pages.push([]);
        y = page.height - page.top;
      }
      y -= style.leading;
      const { size, typeface, colour } = style;
      if (mark !== undefined && i === 0) pages.at(-1)?.push({ text: mark, x: page.left + 2, y, size, typeface, colour });
      pages.at(-1)?.push({ text: row, x: page.left + style.indent, y, size, typeface, colour });
    });
    y -= style.after;
  };
  set(paper.series.toUpperCase(), { size: 8.5, typeface: 'Helvetica', colour: accent, leading: 12, after: 6, indent: 0 });
  set(paper.title, { size: 23, typeface: 'Times-Bold', colour: ink, leading: 28, after: 8, indent: 0 });
  set(`${paper.author}, ${longDate(paper.date)}`, { size: 10, typeface: 'Helvetica', colour: soft, leading: 14, after: 22, indent: 0 });
  for (const block of paper.blocks) set(block.text, blockStyles[block.kind], block.kind === 'point' ? '•' : undefined);
  return pages;
}

function wrap(words: string, typeface: Typeface, size: number, width: number): string[] {
  const rows: string[] = [];
  for (const word of words.split(/\s+/)) {
    const longer = `${rows.at(-1) ?? ''} ${word}`.trim();
    if (rows.length > 0 && textWidth(longer, typeface, size) <= width) rows[rows.length - 1] = longer;
    else rows.push(word);
  }
  return rows;
}

function pageContent(paper: Paper, lines: readonly Line[], number: number, count: number): string {
  const foot = `${paper.title}  ·  ${number} of ${count}`;
  const all = [...lines, { text: foot, x: page.left, y: 46, size: 8, typeface: 'Helvetica' as const, colour: soft }];
  const shown = all.map(
    (line) =>
      `BT /F${typefaces.indexOf(line.typeface)} ${line.size} Tf ${line.colour} rg ${line.x} ${line.y.toFixed(2)} Td ${literal(line.text)} Tj ET`,
  );
  return [
    `${accent} rg 0 ${page.height - 14} ${page.width} 14 re f`,
    `0.8 0.82 0.84 RG 0.5 w ${page.left} 60 m ${page.width - page.right} 60 l S`,
    ...shown,
  ].join('\n');
}

function longDate(date: string): string {
  return new Date(`${date}T12:00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}

/** A string of the document's metadata: UTF-16 where it is not plain ASCII. */
function text(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return literal(value);
  const swapped = Buffer.from(`\ufeff${value}`, 'utf16le').swap16();
  return `<${swapped.toString('hex')}>`;
}

function literal(value: string): string {
  return `(${value.replaceAll(/[\\()]/g, String.raw`\$&`)})`;
}

// Windows-1252 places of the few characters that the papers use beyond latin-1.
const windows1252: Readonly<Record<string, number>> = {
  '‘': 0x91,
  '’': 0x92,
  '“': 0x93,
  '”': 0x94,
  '•': 0x95,
  '–': 0x96,
  '—': 0x97,
  '…': 0x85,
  '€': 0x80,
};

function latin1(value: string): Buffer {
  return Buffer.from(Array.from(value, (character) => windows1252[character] ?? character.codePointAt(0) ?? 63));
}
