/* The thread that compiles MJML. Loading the library takes half a second, and deadlines begin behind it. */
import mjml2html from 'mjml';
import { answerTasks } from '../../kernel/threads/thread-program.ts';
import type { MjmlAnswer, MjmlFault } from './mjml-task.ts';

answerTasks(async (mjml: string): Promise<MjmlAnswer> => {
  try {
    // No fonts: MJML would link Google's for every family that it knows by name, and each opened digest would tell a third party.
    const { html } = await mjml2html(mjml, { validationLevel: 'strict', keepComments: false, filePath: '.', fonts: {} });
    return { kind: 'compiled', html: squeeze(html) };
  } catch (error) {
    const [fault] = (error as { errors?: MjmlFault[] }).errors ?? [];
    if (fault === undefined) return { kind: 'failed', reason: String(error) };
    const { line, message, tagName } = fault;
    return {
      kind: 'faulty',
      fault: { ...(line !== undefined && { line }), ...(message !== undefined && { message }), ...(tagName !== undefined && { tagName }) },
    };
  }
});

/** Html without the indentation that MJML leaves; nothing in the frame of a digest is preformatted, post html is spliced in later. */
function squeeze(html: string): string {
  return html
    .replaceAll(/(?<![ \t])[ \t]*\n\s*/g, '\n')
    .replaceAll(/\n(?=[a-z-]+="|>)/g, ' ')
    .replaceAll(/(?<! ) +>/g, '>')
    .replaceAll(/>\n(?=<(?:\/?(?:table|tbody|tr|td|div|p|h[1-6])\b))/g, '>');
}
