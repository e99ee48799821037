import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyzeSync } from 'liquidjs';
import type { Liquid } from 'liquidjs';
import { InvalidInputError } from '../kernel/errors.ts';
import { checkPlaceholders } from './check-placeholders.ts';
import { parseTemplate } from './liquid.ts';
import type { ParsedTemplate } from './liquid.ts';
import { templateSettingsShape } from './mail-template.ts';
import type { MailTemplate } from './mail-template.ts';
import { parseJsonFile, templateError } from './template-error.ts';

/** The two engines that templates are parsed with. */
export interface Engines {
  readonly html: Liquid;
  readonly text: Liquid;
}

/** The names that the templates of a digest may use: subject and preheader know less than the body. */
export interface DigestVariables {
  readonly body: readonly string[];
  readonly head: readonly string[];
}

/** Reads every folder of templates/mail, by name. @throws InvalidInputError naming file and line of what is broken. */
export async function loadMailTemplates(
  templatesFolder: string,
  engines: Engines,
  variables: DigestVariables,
): Promise<ReadonlyMap<string, MailTemplate>> {
  const folder = join(templatesFolder, 'mail');
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const templates = new Map<string, MailTemplate>();
  for (const name of names.sort()) templates.set(name, await loadMailTemplate(join(folder, name), name, engines, variables));
  return templates;
}

async function loadMailTemplate(folder: string, name: string, engines: Engines, variables: DigestVariables): Promise<MailTemplate> {
  const load = async (file: string, engine: Liquid, part: 'body' | 'head') => {
    const template = parseTemplate(engine, join(folder, file), await readTemplate(folder, file));
    checkPlaceholders(template, { areAllowed: part === 'body' });
    checkVariables(template, variables[part]);
    return template;
  };
  return {
    name,
    settings: parseJsonFile(join(folder, 'template.json'), await readTemplate(folder, 'template.json'), templateSettingsShape),
    mjml: await load('digest.mjml.liquid', engines.html, 'body'),
    text: await load('digest.txt.liquid', engines.text, 'body'),
    subject: await load('subject.liquid', engines.text, 'head'),
    preheader: await load('preheader.liquid', engines.text, 'head'),
  };
}

/** @throws InvalidInputError naming file and line of a variable that no digest has. */
export function checkVariables(template: ParsedTemplate, variables: readonly string[]): void {
  for (const [name, uses] of Object.entries(analyzeSync(template.nodes, { partials: false }).globals)) {
    if (variables.includes(name)) continue;
    throw templateError(template.file, uses[0]?.location.row ?? 1, `Expected one of the variables ${variables.join(', ')}, got "${name}"`);
  }
}

async function readTemplate(folder: string, file: string): Promise<string> {
  try {
    return await readFile(join(folder, file), 'utf8');
  } catch (error) {
    throw new InvalidInputError(`Expected a file ${file} in the template folder ${folder}, found none`, { cause: error });
  }
}
