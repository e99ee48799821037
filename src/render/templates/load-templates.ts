import { join } from 'node:path';
import { analyzeSync } from 'liquidjs';
import type { Liquid } from 'liquidjs';
import { InvalidInputError } from '../../kernel/errors.ts';
import { checkPlaceholders } from './check-placeholders.ts';
import { parseTemplate } from './liquid.ts';
import type { ParsedTemplate } from './liquid.ts';
import { templateFiles, templateSettingsShape } from './mail-template.ts';
import type { MailTemplate } from './mail-template.ts';
import { readTemplateFile } from './read-template.ts';
import { fromLiquidError, parseJsonFile, templateError } from './template-error.ts';

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

/** Reads and parses one folder of templates/mail. @throws InvalidInputError naming file and line of what is broken. */
export async function loadMailTemplate(folder: string, name: string, engines: Engines, variables: DigestVariables): Promise<MailTemplate> {
  const load = async (file: string, engine: Liquid, part: 'body' | 'head') => {
    const template = parseTemplate(engine, join(folder, file), await readTemplate(folder, file));
    try {
      checkPlaceholders(template, { areAllowed: part === 'body' });
      checkVariables(template, variables[part]);
    } catch (error) {
      throw fromLiquidError(error, template.file);
    }
    return template;
  };
  const settings = await readTemplate(folder, templateFiles.settings);
  return {
    name,
    settings: parseJsonFile(join(folder, templateFiles.settings), settings, templateSettingsShape),
    mjml: await load(templateFiles.mjml, engines.html, 'body'),
    text: await load(templateFiles.text, engines.text, 'body'),
    subject: await load(templateFiles.subject, engines.text, 'head'),
    preheader: await load(templateFiles.preheader, engines.text, 'head'),
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
    return await readTemplateFile(join(folder, file));
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(`Expected a file ${file} in the template folder ${folder}, found none`, { cause: error });
  }
}
