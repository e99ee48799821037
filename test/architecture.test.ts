import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from '../scripts/commands.ts';
import { sitePaths } from '../src/kernel/site-urls.ts';
import { typeFields } from './support/type-fields.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A folder of src/ imports its own files and those of folders to its left. */
const folders =
  'kernel db staff ledger reading content mail render newsletters notices topics posts sources subscribers editions deliveries bounces feeds jobs web app'.split(
    ' ',
  );

/**
 * Where a module may be imported. Everything that does I/O and every package is listed: what is not listed may not be imported by src/,
 * scripts/ or sample/ at all. Node's own modules without I/O are free.
 */
const places: Readonly<Record<string, readonly string[]>> = {
  pg: ['src/db/'],
  'pg-boss': ['src/jobs/'],
  'node-cron': ['src/jobs/'],
  undici: ['src/reading/'],
  feedsmith: ['src/feeds/'],
  'iconv-lite': ['src/reading/', 'src/subscribers/importing/reading/'],
  entities: ['src/reading/'],
  htmlparser2: ['src/reading/', 'src/content/'],
  'sanitize-html': ['src/content/'],
  nodemailer: ['src/mail/'],
  'smtp-server': ['src/mail/'],
  'postal-mime': ['src/mail/'],
  'rate-limiter-flexible': ['src/web/limits/'],
  liquidjs: ['src/render/'],
  mjml: ['src/render/'],
  croner: ['src/newsletters/'],
  luxon: ['src/ledger/', 'src/reading/'],
  zod: ['src/reading/', 'src/render/', 'src/app/'],
  pino: ['src/app/'],
  'prom-client': ['src/app/metrics/prometheus.ts'],
  fastify: ['src/web/'],
  negotiator: ['src/web/'],
  '@fastify': ['src/web/'],
  'csv-stringify': ['src/subscribers/exporting/'],
  'cli-progress': ['scripts/'],
  'node:fs': [
    'src/kernel/',
    'src/db/',
    'src/reading/',
    'src/mail/',
    'src/render/',
    'src/subscribers/importing/reading/',
    'src/app/',
    'scripts/',
    'sample/',
  ],
  'node:child_process': ['src/db/', 'scripts/'],
  // Metrics, at an address of their own: pages are fastify's.
  'node:http': ['src/app/metrics/metrics-server.ts'],
  'node:net': ['src/app/', 'src/db/', 'src/mail/', 'src/reading/', 'src/web/', 'scripts/'],
  // Sources, and what DNS says of the domains that send.
  'node:dns': ['src/reading/', 'src/mail/'],
  'node:os': ['src/mail/', 'src/deliveries/', 'scripts/'],
  'node:readline': ['scripts/'],
  'node:worker_threads': ['src/kernel/'],
};
const freeModules = new Set(
  'assert buffer crypto events module path perf_hooks process stream string_decoder timers url util zlib'
    .split(' ')
    .map((name) => `node:${name}`),
);

/** Folders whose noun files are pure: the rest are gateways to a protocol, a format or a server. */
const coreFolders = new Set(
  'staff ledger newsletters notices topics posts sources subscribers editions deliveries bounces feeds'.split(' '),
);
/** First words of the names of files that are one use case. Such a file takes its ports and its clock as arguments. */
const verbs = new Set(
  `add apply approve build change check claim classify close collect compose confirm cut decide deliver end erase export find fit forget freeze
   give hold import list make mark note offer open pause plan prepare prune publish queue read record recover release remove render repair repoint
   report resend resume retract revise run sanitise send set settle skip start suppress sweep take test tidy undo unsubscribe update verify write
   notify store load follow subscribe move choose ping handle count map merge judge tell
   correct retry preview show steer look summarise admit ask expire receive redact`.split(/\s+/),
);
/** Long-lived things of the core folders, called by what they are: each is a port's implementation with a `close()` or a loop. */
const adapters = new Set([
  'src/deliveries/account-watch.ts',
  'src/deliveries/refusal-judge.ts',
  'src/deliveries/side-work.ts',
  'src/deliveries/life/worker-life.ts',
  'src/deliveries/life/worker-lives.ts',
  'src/deliveries/life/worker-session.ts',
  'src/deliveries/worker.ts',
]);

/** Pure as nouns are, although their first word is a verb: what such a file says is carried out by others. */
const states = new Set(['src/deliveries/send-events.ts', 'src/deliveries/send-state.ts']);

/** Rooms that know a protocol or a format and no table. */
const gateways = new Set(['reading', 'content', 'mail', 'render']);

/** Stores of a gateway, of files and not of rows. */
const fileStores = new Set(['src/mail/maildir-store.ts']);

/** Statements outside stores that belong to the running of a connection, not to a table. */
const sessionStatements = new Set(['src/jobs/job-queue.ts']);

const ledgerTables =
  'release_counter release offer subscription_cursor edition edition_post rendition delivery attempt delivery_event worker suppression refusal account_outage account_rate mail_account pruned_end pruned_person'.split(
    ' ',
  );

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { specifier: string; isType: boolean }[];
}

const files = ['src', 'scripts', 'sample'].flatMap((folder) => filesBelow(folder));
const srcFiles = files.filter(({ path }) => path.startsWith('src/'));

function filesBelow(folder: string): SourceFile[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name).replaceAll('\\', '/');
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, imports: importsOf(text) };
    });
}

function importsOf(text: string): { specifier: string; isType: boolean }[] {
  const statement = /^(?:import|export)( type)?\s[^;'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(statement)].map(([, type, from, bare, dynamic]) => ({
    specifier: from ?? bare ?? dynamic ?? '',
    isType: type !== undefined,
  }));
}

/** The code of a file without its comments. */
function codeOf({ text }: SourceFile): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/ .*$/gm, '');
}

/** The folder of src/ that a file is in. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** `app` wires the sample in; sample/ in turn knows src/. */
function mayImport(path: string, target: string): boolean {
  if (target.startsWith('sample/')) return folderOf(path) === 'app';
  return target.startsWith('src/') && folders.indexOf(folderOf(target)) <= folders.indexOf(folderOf(path));
}

/** Whether an import is of statements: what opens the store is none of these. */
function isStore(specifier: string): boolean {
  return specifier.endsWith('-store.ts') && !specifier.endsWith('/open-store.ts');
}

function targetOf(path: string, specifier: string): string {
  return normalize(join(dirname(path), specifier)).replaceAll('\\', '/');
}

function isNoun({ path }: SourceFile): boolean {
  const name = path.split('/').at(-1) ?? '';
  if (states.has(path)) return true;
  if (!coreFolders.has(folderOf(path)) || name.endsWith('-store.ts') || adapters.has(path)) return false;
  return !verbs.has(name.replace('.ts', '').split('-')[0] ?? '');
}

/** Modules by their package: `nodemailer/lib/x` is nodemailer, `node:fs/promises` is node:fs, `@fastify/helmet` is @fastify. */
function packageOf(specifier: string): string {
  return specifier.split('/')[0] ?? '';
}

describe('the import order', () => {
  test('knows every folder of src/', () => {
    const found = readdirSync(join(root, 'src'));
    expect(found.filter((name) => !folders.includes(name))).toEqual([]);
  });

  test('is kept: a folder imports itself and folders to its left', () => {
    const broken = srcFiles.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => targetOf(path, specifier))
        .filter((target) => !mayImport(path, target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test('ends before the tables for reading, content, mail and render: they import nothing of db and ledger, not even a type, and have no store', () => {
    const own = srcFiles.filter(({ path }) => gateways.has(folderOf(path)));
    const reaching = own.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.') && /^src\/(?:db|ledger)\//.test(targetOf(path, specifier)))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    const stores = own.filter(({ path }) => isStore(path) && !fileStores.has(path)).map(({ path }) => path);
    expect([...reaching, ...stores]).toEqual([]);
  });

  test('has nothing that imports scripts/ but scripts/ itself', () => {
    const broken = files.filter(
      ({ path, imports }) => !path.startsWith('scripts/') && imports.some(({ specifier }) => specifier.includes('/scripts/')),
    );
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

describe('a command', () => {
  test('calls use cases and imports no store', () => {
    const broken = files.filter(({ path, imports }) => path.startsWith('scripts/') && imports.some(({ specifier }) => isStore(specifier)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

describe('what a file may import', () => {
  test('is in the table of places', () => {
    const broken = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => !specifier.startsWith('.'))
        .map(({ specifier }) => packageOf(specifier))
        .filter((name) => !freeModules.has(name) && !places[name]?.some((place) => path.startsWith(place)))
        .map((name) => `${path} imports ${name}`),
    );
    expect([...new Set(broken)]).toEqual([]);
  });

  test('of the packages is what a document is read with, in the thread of a source: each reading may wait for it to load', () => {
    const loaded = new Set(['src/sources/collecting/source-thread.ts']);
    const packages = new Set<string>();
    for (const path of loaded) {
      for (const { specifier, isType } of files.find((file) => file.path === path)!.imports) {
        if (isType) continue;
        if (specifier.startsWith('.')) loaded.add(targetOf(path, specifier));
        else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
      }
    }
    expect([...packages].sort()).toEqual(['entities', 'htmlparser2', 'iconv-lite', 'luxon', 'sanitize-html']);
  });

  test('is imported in each of its places, or the table would allow what nobody needs any more', () => {
    const isUsed = (name: string, place: string): boolean =>
      files.some(({ path, imports }) => path.startsWith(place) && imports.some(({ specifier }) => packageOf(specifier) === name));
    const unused = Object.entries(places).flatMap(([name, allowed]) =>
      allowed.filter((place) => !isUsed(name, place)).map((place) => `${name} in ${place}`),
    );
    expect(unused).toEqual([]);
  });

  test('ends in .ts where it is ours', () => {
    const broken = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.') && !/\.(ts|json)$/.test(specifier))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('a noun file of the core', () => {
  const nouns = srcFiles.filter(isNoun);

  test('imports no database and no store, types apart', () => {
    const broken = nouns.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, isType }) => !isType && /(\/db\/db\.ts|-store\.ts)$/.test(specifier))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect(broken).toEqual([]);
  });

  test('has no clock, no timer and no randomness of its own', () => {
    const broken = nouns.filter((file) =>
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(Timeout|Interval|Immediate)\b|Math\.random\(|\brandom(Bytes|UUID|Int)\b|\bsystemClock\b/.test(
        codeOf(file),
      ),
    );
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

describe('SQL', () => {
  test('stands in src/db/ and in *-store.ts files', () => {
    const broken = [...srcFiles, ...files.filter(({ path }) => path.startsWith('scripts/'))]
      .filter(({ path }) => !path.startsWith('src/db/') && !path.endsWith('-store.ts') && !sessionStatements.has(path))
      .filter((file) => /\.query(<[^(]*>)?\(/.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  test('names what it returns as the types do: no row has a field in snake_case', () => {
    const broken = srcFiles
      .filter((file) => file.path.endsWith('-store.ts') || /\.query</.test(codeOf(file)))
      .flatMap(({ path, text }) =>
        typeFields(text)
          .filter((name) => name.includes('_'))
          .map((name) => `${path}: ${name}`),
      );
    expect(broken).toEqual([]);
  });

  test('that changes the ledger is written in src/ledger/', () => {
    const change = new RegExp(`\\b(insert into|update|delete from|truncate)\\s+(${ledgerTables.join('|')})\\b(?!\\.)`, 'i');
    const broken = files.filter((file) => !file.path.startsWith('src/ledger/') && change.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

describe('what a person reads', () => {
  // Orders of a browser's or a server's command line, of a process that we start.
  const startsPrograms = /^src\/db\/server\//;

  test('names no option of a command below the edge', () => {
    const option = /['"`][^'"`\n]*(?<![\w-])--[a-z]/;
    const broken = srcFiles.filter((file) => !startsPrograms.test(file.path) && option.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  test('names no command below the edge: src/ says what is wrong, and what helps as a remedy', () => {
    const command = new RegExp(String.raw`\bgazette (?:${[...new Set(commands.map(({ name }) => name.split(' ')[0]))].join('|')})\b`);
    const broken = srcFiles.filter((file) => command.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  test('nor quotes a command of two words without our name before it', () => {
    const twoWords = commands.map(({ name }) => name).filter((name) => name.includes(' '));
    const quoted = new RegExp(`["'\`“](?:${twoWords.join('|')})\\b`);
    const broken = srcFiles.filter((file) => quoted.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

describe('who asks', () => {
  test('is said by web/caller.ts alone: no other file of the web reads an IP, a hop or a header of proxies', () => {
    // Whatever stands before the dot or the brace, so that a request by another name is found too; of a list of hops `.at(0)` is what anybody may write.
    const reads =
      /\.(?:ips?|remoteAddress|remoteFamily|remotePort)\b|\b(?:ips?|remoteAddress|socket|connection)\b[^;{}]*\}\s*=|\.(?:socket|connection)\b|['"`](?:x-)?(?:forwarded(?:-[\w-]+)?|real-ip|client-ip)['"`]/i;
    const broken = srcFiles.filter(
      (file) => file.path.startsWith('src/web/') && file.path !== 'src/web/caller.ts' && reads.test(codeOf(file)),
    );
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  test('is asked for in web/caller.ts by what the test above looks for', () => {
    const text = files.find(({ path }) => path === 'src/web/caller.ts')!.text;
    expect(['request.ips', 'request.ip', '.socket.remoteAddress'].filter((read) => !text.includes(read))).toEqual([]);
  });
});

describe('an address of ours', () => {
  // `/archive/`, `/outbox`, …: what a path of ours begins with.
  const begun = new Set(Object.values(sitePaths).map((path) => path.split('/')[1]!.replace('.', String.raw`\.`)));
  begun.delete('');

  test('is built in kernel/site-urls.ts', () => {
    const literal = new RegExp(`['"\`}]/(?:${[...begun].join('|')})(?![\\w-])`);
    const broken = files.filter((file) => file.path !== 'src/kernel/site-urls.ts' && literal.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

describe('text within markup', () => {
  test('is escaped by kernel/text/escape-html.ts', () => {
    // Every `&`, or every one of a set with `&` or `<`: by text, by pattern, with a text or a function for what comes in its place.
    const escapes = /\breplaceAll\(\s*['"`]&['"`],|\breplace(?:All)?\(\s*\/(?:&|\[[^\]\n^]*[&<][^\]\n]*\])\/[a-z]*g/;
    const broken = files.filter((file) => escapes.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual(['src/kernel/text/escape-html.ts']);
  });
});

describe('every file', () => {
  test('exports names, not everything and no default', () => {
    const broken = files.filter(({ text }) => /^export (\*|default)/m.test(text));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  test('of src/ and sample/ leaves the environment to scripts/', () => {
    const broken = files.filter((file) => !file.path.startsWith('scripts/') && /\bprocess\.env\b/.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  test('of src/ and sample/ does not end the process', () => {
    const broken = files.filter((file) => !file.path.startsWith('scripts/') && /\bprocess\.exit(Code)?\b/.test(codeOf(file)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  test('tells what it exports in a comment directly above', () => {
    const broken = files.flatMap(({ path, text }) =>
      [...text.matchAll(/^(.*)\n(?:export (?:async |abstract )?(?:function|const|let|class|interface|type) (\w+))/gm)]
        .filter(([, before]) => !before?.trimEnd().endsWith('*/'))
        .map(([, , name]) => `${path}: ${name}`),
    );
    expect(broken).toEqual([]);
  });

  test('has a name in kebab-case', () => {
    const broken = files.filter(({ path }) => !/^[a-z0-9/-]+(\.d)?\.ts$/.test(path));
    expect(broken.map(({ path }) => relative(root, path))).toEqual([]);
  });
});
