/*
 * What a server that runs was started with, so that a change of `.env` which it does not know yet can be told. Each `serve` and `worker` keeps a small
 * file in the data folder; who looks removes those of processes that are gone. It holds no setting: two bytes of a keyed hash are enough to see a change
 * and too few to try passwords by.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProcessIdentity } from '../../db/server/process-identity.ts';
import { variableNamesAmong } from '../config.ts';
import type { Installation, Variables } from './installation.ts';

/** A server that runs with other settings than `.env` holds now. */
export interface StaleServer {
  readonly pid: number;
  /** The variables whose change it does not know. */
  readonly names: readonly string[];
}

interface Note {
  readonly home: string;
  readonly identity: string;
  readonly pid: number;
  readonly salt: string;
  /** By name; what the environment set is left out, for no `.env` changes that. */
  readonly marks: Readonly<Record<string, string>>;
  readonly given: readonly string[];
}

const folderOf = (dataFolder: string): string => join(dataFolder, 'serving');

/** Notes what this process serves with, until it is closed. */
export function noteServing(installation: Installation, dataFolder: string): { close(): void } {
  const folder = folderOf(dataFolder);
  const salt = randomBytes(16).toString('hex');
  const note: Note = {
    home: installation.folder,
    identity: findProcessIdentity(process.pid) ?? String(process.pid),
    pid: process.pid,
    salt,
    marks: marksOf(installation, salt),
    given: variableNamesAmong(installation.given).filter((name) => installation.given.has(name)),
  };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}-${randomBytes(4).toString('hex')}.json`);
  writeFileSync(path, JSON.stringify(note), { mode: 0o600 });
  return { close: () => rmSync(path, { force: true }) };
}

/** The servers of this installation that a restart would change. What cannot be read is passed over: it is advice, no condition. */
export function findStaleServers(installation: Installation, dataFolder: string): StaleServer[] {
  // A server from before the data folder was moved notes itself in the old one, mostly the usual one.
  const folders = new Set([dataFolder, resolve(installation.folder, 'data')].map(folderOf));
  return [...folders].flatMap(livingNotes).flatMap((note) => {
    if (note.home !== installation.folder) return [];
    const now = marksOf(installation, note.salt);
    const names = variableNamesAmong([...Object.keys(note.marks), ...Object.keys(now)]).filter(
      (name) => !note.given.includes(name) && note.marks[name] !== now[name],
    );
    return names.length === 0 ? [] : [{ pid: note.pid, names }];
  });
}

function livingNotes(folder: string): Note[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const note = readNote(path);
    if (note === undefined) return [];
    if (findProcessIdentity(note.pid) === note.identity) return [note];
    rmSync(path, { force: true });
    return [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function readNote(path: string): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as Note;
    return typeof note.pid === 'number' && Array.isArray(note.given) && typeof note.marks === 'object' ? note : undefined;
  } catch {
    return undefined;
  }
}

function marksOf({ stated, folder }: Pick<Installation, 'stated' | 'folder'>, salt: string): Record<string, string> {
  const marked = variableNamesAmong(Object.keys(stated)).flatMap((name) => {
    const value = valueOf(name, stated, folder);
    return value === undefined ? [] : [[name, markOf(salt, name, value)] as const];
  });
  return Object.fromEntries(marked);
}

/** Of a file that holds a secret also what is in it. */
function valueOf(name: string, stated: Variables, folder: string): string | undefined {
  const value = stated[name];
  if (!value || !name.endsWith('_FILE')) return value || undefined;
  try {
    return `${value}\0${readFileSync(resolve(folder, value), 'utf8')}`;
  } catch {
    return value;
  }
}

function markOf(salt: string, name: string, value: string): string {
  return createHmac('sha256', salt).update(`${name}\0${value}`).digest('hex').slice(0, 4);
}
