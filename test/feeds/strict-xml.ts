/** An element of a parsed document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  /** All character data directly inside, white space kept. */
  text: string;
}

const namePattern = String.raw`[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?`;
const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Parses a document without DTD as XML 1.0 demands. @throws Error at the first thing that is not well-formed. */
export function parseStrictXml(text: string): XmlElement {
  const bad = illegal.exec(text);
  if (bad) throw new Error(`Illegal character U+${bad[0].codePointAt(0)?.toString(16)} at ${bad.index}`);
  const declaration = /^<\?xml version="1\.0" encoding="utf-8"\?>\s*/.exec(text);
  if (!declaration) throw new Error('Expected an XML declaration');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const token = new RegExp(
    `<!\\[CDATA\\[(?<cdata>[^]*?)\\]\\]>|</(?<close>${namePattern})\\s*>|<(?<start>${namePattern})(?<attributes>(?:\\s+[^\\s=<>]+="[^"<]*")*)\\s*(?<empty>/?)>|(?<text>[^<]+)`,
    'gy',
  );
  token.lastIndex = declaration[0].length;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const groups = token.exec(text)?.groups;
    if (!groups) throw new Error(`Not well-formed at ${at}: ${text.slice(at, at + 60)}`);
    const current = open.at(-1)!;
    if (groups['cdata'] !== undefined) current.text += groups['cdata'];
    else if (groups['text'] !== undefined) current.text += decodeText(groups['text']);
    else if (groups['close'] !== undefined) {
      if (groups['close'] !== current.name) throw new Error(`Expected </${current.name}>, got </${groups['close']}>`);
      open.pop();
    } else {
      const element: XmlElement = {
        name: groups['start']!,
        attributes: parseAttributes(groups['attributes'] ?? ''),
        children: [],
        text: '',
      };
      current.children.push(element);
      if (groups['empty'] === '') open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`Not closed: ${open.at(-1)?.name}`);
  if (root.children.length !== 1 || root.text.trim() !== '') throw new Error('Expected one root element and no text around it');
  return root.children[0]!;
}

function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([^\s=]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`Attribute ${name} stands twice`);
    attributes[name] = decodeText(value);
  }
  return attributes;
}

function decodeText(text: string): string {
  if (text.includes(']]>')) throw new Error('"]]>" in text');
  return text.replaceAll(/&([^;]*;)?/g, (whole, body: string | undefined) => {
    const name = body?.slice(0, -1) ?? '';
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const decoded = code ? String.fromCodePoint(code[1] ? Number.parseInt(code[1], 16) : Number(code[2])) : entities[name];
    if (decoded === undefined || illegal.test(decoded)) throw new Error(`Unknown entity ${whole}`);
    return decoded;
  });
}
