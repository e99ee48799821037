import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Result } from 'axe-core';
import { openBrowser, openView, type View } from './screenshot.ts';

/** Looks at mails and pages for what bars people from them. */
export interface Examiner {
  /** What axe-core finds, a line a fault: the rule, and where it is broken. What is dark differs in its colours alone, so that only these are looked at. */
  examine(html: string, view: View & { readonly isPage?: true }): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts a Chromium that examines: the landmarks of whole sites are asked of pages, and not of mails. */
export async function createExaminer(): Promise<Examiner> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const browser = await openBrowser();
  const show = await openView(browser);
  return {
    async examine(html, view) {
      const page = await show(html, view);
      if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe);
      const options = {
        resultTypes: ['violations', 'incomplete'],
        ...(view.isDark && { runOnly: ['color-contrast'] }),
        rules: view.isPage
          ? // What a frame of ours shows is examined by itself.
            { 'frame-tested': { enabled: false } }
          : { region: { enabled: false }, 'landmark-one-main': { enabled: false } },
      };
      // Of text as dark as what it stands on axe-core says that it does not know, so that what it does not know is a fault here.
      const run = `axe.run(document, ${JSON.stringify(options)}).then(({ violations, incomplete }) => [...violations, ...incomplete])`;
      const results = (await page.evaluate(run)) as Result[];
      return results.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 150)} (${node.any.map(({ message }) => message).join('; ')})`),
      );
    },
    close: () => browser.close(),
  };
}
