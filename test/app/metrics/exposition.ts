/** One sample of a document in Prometheus' text format. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family: what HELP and TYPE say of it, and its samples. */
export interface ExposedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: ExposedSample[];
}

const suffixes: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] };

/**
 * Reads the text format 0.0.4 strictly: HELP and TYPE once and before the samples of a family, no sample without, names and labels as the format has them, no
 * sample twice. Throws with the line that is wrong.
 */
export function parseExposition(text: string): Map<string, ExposedFamily> {
  if (!text.endsWith('\n')) throw new Error('Expected a line feed at the end');
  const families = new Map<string, ExposedFamily>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let current: { name: string; family: ExposedFamily } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (what: string): never => {
      throw new Error(`Expected ${what}: ${line}`);
    };
    if (line === '') continue;
    const [, helped, words] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (helped !== undefined) {
      if (families.has(helped)) fail('a family once');
      help = { name: helped, text: words! };
      continue;
    }
    const [, typed, type] = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (typed !== undefined) {
      if (help?.name !== typed) fail('TYPE right after its HELP');
      current = { name: typed, family: { help: help!.text, type: type!, samples: [] } };
      families.set(typed, current.family);
      continue;
    }
    const sample = sampleOf(line) ?? fail('a sample');
    if (seen.has(JSON.stringify([sample.name, sample.labels]))) fail('a sample once');
    seen.add(JSON.stringify([sample.name, sample.labels]));
    const names = current && (suffixes[current.family.type] ?? ['']).map((suffix) => current!.name + suffix);
    if (!names?.includes(sample.name)) fail('a sample below its HELP and TYPE');
    current!.family.samples.push(sample);
  }
  return families;
}

function sampleOf(line: string): ExposedSample | undefined {
  const [, name, labelled, value] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|Nan|NaN|[+-]Inf)$/.exec(line) ?? [];
  if (name === undefined) return undefined;
  const labels: Record<string, string> = {};
  let rest = labelled ?? '';
  while (rest !== '') {
    const [whole, label, quoted] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest) ?? [];
    if (whole === undefined || (label ?? '') in labels) return undefined;
    labels[label!] = quoted!.replaceAll(/\\(["\\n])/g, (_all, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(value!.replace('Inf', 'Infinity')) };
}
