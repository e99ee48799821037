import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { openBrowser, openPage, type View } from './screenshot.ts';

/** Looks at mails for what bars people from them. */
export interface Examiner {
  /** What axe-core finds, a line a fault: the rule, and where it is broken. */
  examine(html: string, view: View): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts a Chromium that examines mails: the landmarks of whole sites are not asked of them. */
export async function createExaminer(): Promise<Examiner> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const browser = await openBrowser();
  return {
    async examine(html, view) {
      const page = await openPage(browser, html, view);
      await page.evaluate(axe);
      const options = { resultTypes: ['violations'], rules: { region: { enabled: false }, 'landmark-one-main': { enabled: false } } };
      const { violations } = (await page.evaluate(
        `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => ({ violations }))`,
      )) as AxeResults;
      await page.context().close();
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 150)} (${node.any.map(({ message }) => message).join('; ')})`),
      );
    },
    close: () => browser.close(),
  };
}
