/*
 * The templates of templates/mail as they are now. Each use looks at the folder (names, times and sizes of a few files, well under a
 * millisecond) and loads a template again only where something differs, so that what staff mend counts without a new start. A broken
 * template is kept with its error: it costs only those who use it.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError } from '../../kernel/errors.ts';
import type { BrokenTemplate } from '../digest.ts';
import { templateFiles } from './mail-template.ts';
import type { MailTemplate } from './mail-template.ts';

/** Templates by name, each as new as its files. */
export interface MailTemplates {
  /** @throws InvalidInputError when there is no such template, or when it is broken: then always the same error until a file changes. */
  get(name: string): Promise<MailTemplate>;
  /** What worked when it was last looked at. */
  readonly ready: readonly MailTemplate[];
  /** What was broken when it was last looked at. */
  readonly broken: readonly BrokenTemplate[];
}

/** Reads, parses and tries one folder. @throws InvalidInputError naming file and line of what is broken. */
export type LoadTemplate = (folder: string, name: string) => Promise<MailTemplate>;

interface LoadedTemplate {
  readonly stamp: string;
  readonly outcome:
    { readonly kind: 'ready'; readonly template: MailTemplate } | { readonly kind: 'broken'; readonly error: InvalidInputError };
}

/** Loads what is there. What is broken is no reason to fail. */
export async function openMailTemplates(templatesFolder: string, load: LoadTemplate): Promise<MailTemplates> {
  const folder = join(templatesFolder, 'mail');
  const loaded = new Map<string, LoadedTemplate>();
  const look = async (name: string): Promise<LoadedTemplate['outcome']> => {
    // Before reading: what changes meanwhile has another stamp at the next look.
    const stamp = await stampOf(join(folder, name));
    const known = loaded.get(name);
    if (known?.stamp === stamp) return known.outcome;
    const outcome = await loadOutcome(load, join(folder, name), name);
    loaded.set(name, { stamp, outcome });
    return outcome;
  };
  const listNames = async (): Promise<string[]> => {
    const names = await templateNames(folder);
    for (const name of loaded.keys()) if (!names.includes(name)) loaded.delete(name);
    return names;
  };
  const get = async (name: string): Promise<MailTemplate> => {
    const names = await listNames();
    if (!names.includes(name)) throw new InvalidInputError(`Expected one of the templates ${names.join(', ')}, got "${name}"`);
    const outcome = await look(name);
    if (outcome.kind === 'broken') throw outcome.error;
    return outcome.template;
  };
  for (const name of await listNames()) await look(name);
  const byName = () => [...loaded].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    get,
    get ready() {
      return byName().flatMap(([, { outcome }]) => (outcome.kind === 'ready' ? [outcome.template] : []));
    },
    get broken() {
      return byName().flatMap(([name, { outcome }]) => (outcome.kind === 'broken' ? [{ name, error: outcome.error }] : []));
    },
  };
}

async function loadOutcome(load: LoadTemplate, folder: string, name: string): Promise<LoadedTemplate['outcome']> {
  try {
    return { kind: 'ready', template: await load(folder, name) };
  } catch (error) {
    if (error instanceof InvalidInputError) return { kind: 'broken', error };
    throw error;
  }
}

/** Folders below templates/mail; one whose name begins with a dot belongs to some tool. */
async function templateNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

/** What tells one state of a template's files from another. */
async function stampOf(folder: string): Promise<string> {
  const stamps = Object.values(templateFiles).map(async (file) => {
    const stats = await stat(join(folder, file)).catch(() => undefined);
    return stats ? `${stats.mtimeMs}:${stats.size}` : 'none';
  });
  return (await Promise.all(stamps)).join(' ');
}
