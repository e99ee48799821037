import type { Liquid } from 'liquidjs';
import { checkPlaceholders } from '../templates/check-placeholders.ts';
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { maxSubjectLength } from '../digest.ts';
import { headVariables, headView } from './digest-view.ts';
import type { ViewInput } from './post-view.ts';
import { parseTemplate, renderTemplate } from '../templates/liquid.ts';
import type { ParsedTemplate } from '../templates/liquid.ts';
import { checkVariables } from '../templates/load-templates.ts';
import type { MailTemplate } from '../templates/mail-template.ts';

const maxPreheaderLength = 150;

/** What an inbox shows of a digest. */
export interface DigestHead {
  readonly subject: string;
  readonly preheader: string;
}

/** Subject and preheader: the template's, or what staff wrote for this edition. @throws InvalidInputError naming file and line. */
export function renderHead(
  engine: Liquid,
  template: MailTemplate,
  input: Omit<ViewInput, 'levels'>,
  repair: (what: string) => void,
): DigestHead {
  const view = headView(input);
  const one = (part: ParsedTemplate, override: string | undefined, name: string) => {
    const parsed = override === undefined ? part : parseOverride(engine, name, override);
    return cleanLine(renderTemplate(engine, parsed, input.language, view));
  };
  const subject = one(template.subject, input.model.subject, 'subject');
  if (subject.length > maxSubjectLength) repair(`The subject was cut to ${maxSubjectLength} characters`);
  return {
    subject: cutAtWord(subject, maxSubjectLength),
    preheader: cutAtWord(one(template.preheader, input.model.preheader, 'preheader'), maxPreheaderLength),
  };
}

function parseOverride(engine: Liquid, name: string, source: string): ParsedTemplate {
  const parsed = parseTemplate(engine, name, source);
  checkPlaceholders(parsed, { areAllowed: false });
  checkVariables(parsed, headVariables);
  return parsed;
}
