import type { ParsedTemplate } from './liquid.ts';
import { lineAt, templateError } from './template-error.ts';

/** Compiles MJML and counts the runs. The library takes half a second to load, so it is loaded with the first digest. */
export interface MjmlCompiler {
  /** @throws InvalidInputError naming file and line of the template; `instrumented` renders it again with line marks for that. */
  compile(mjml: string, template: ParsedTemplate, instrumented: (source: string) => string): Promise<string>;
}

interface MjmlFault {
  readonly line?: number;
  readonly message?: string;
  readonly tagName?: string;
}

/** A compiler; nothing is loaded yet. */
export function createMjmlCompiler(): MjmlCompiler {
  return {
    async compile(mjml, template, instrumented) {
      const { default: mjml2html } = await import('mjml');
      try {
        // No fonts: MJML would link Google's for every family that it knows by name, and each opened digest would tell a third party.
        const { html } = await mjml2html(mjml, { validationLevel: 'strict', keepComments: false, filePath: '.', fonts: {} });
        return squeeze(html);
      } catch (error) {
        const [fault] = (error as { errors?: MjmlFault[] }).errors ?? [];
        const message = fault ? `${fault.message ?? 'Invalid MJML'} (${fault.tagName ?? 'mjml'})` : `Expected MJML: ${String(error)}`;
        const line = fault?.line === undefined ? 1 : templateLine(mjml, fault, instrumented(markLines(template.source)));
        throw templateError(template.file, line, message, error);
      }
    },
  };
}

/** Html without the indentation that MJML leaves; nothing in the frame of a digest is preformatted, post html is spliced in later. */
function squeeze(html: string): string {
  return html
    .replaceAll(/(?<![ \t])[ \t]*\n\s*/g, '\n')
    .replaceAll(/\n(?=[a-z-]+="|>)/g, ' ')
    .replaceAll(/(?<! ) +>/g, '>')
    .replaceAll(/>\n(?=<(?:\/?(?:table|tbody|tr|td|div|p|h[1-6])\b))/g, '>');
}

/** The template's own line numbers, as marks before each MJML tag. */
function markLines(source: string): string {
  return source.replaceAll(/<\/?mj/g, (tag, offset: number) => `\uFDD4${lineAt(source, offset)}\uFDD5${tag}`);
}

/** Where in the template the fault's line of the MJML came from: the last marked tag of that name up to the end of that line. */
function templateLine(mjml: string, fault: MjmlFault, marked: string): number {
  const lines = marked.split('\n').slice(0, fault.line);
  const upToFault = lines.join('\n');
  const marks = [...upToFault.matchAll(/\uFDD4(\d+)\uFDD5<\/?([a-z-]+)/g)];
  const found = marks.findLast((mark) => mark[2] === fault.tagName) ?? marks.at(-1);
  return found ? Number(found[1]) : Math.min(fault.line ?? 1, mjml.split('\n').length);
}
