import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const defaultBrowser = '/usr/bin/chromium';

const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];

/** How a mail is looked at. */
export interface View {
  readonly width: number;
  readonly isDark?: boolean;
  /** Pictures are not loaded, as mail programs do until they are asked. */
  readonly isBlocked?: boolean;
}

/** Takes pictures of html in Chromium; pictures of this machine are loaded, others are drawn: nothing leaves the machine. */
export interface Photographer {
  photograph(html: string, options: View & { readonly path: string; readonly maxHeight?: number }): Promise<void>;
  /** How far content reaches beyond the window: 0 where nothing must be scrolled sideways. */
  overflow(html: string, width: number): Promise<number>;
  close(): Promise<void>;
}

/** The Chromium to look with: the one that CHROMIUM names, or the machine's; undefined where there is none. */
export function findChromium(): string | undefined {
  const path = process.env['CHROMIUM'] ?? defaultBrowser;
  return existsSync(path) ? path : undefined;
}

/** Starts Chromium. */
export function openBrowser(executablePath = findChromium() ?? defaultBrowser): Promise<Browser> {
  return chromium.launch({ executablePath, args: browserArguments });
}

/** Starts a Chromium that takes pictures. */
export async function createPhotographer(): Promise<Photographer> {
  const browser = await openBrowser();
  const show = await openView(browser);
  return {
    async photograph(html, { path, maxHeight, ...view }) {
      const page = await show(html, view);
      const height = await page.evaluate('document.documentElement.scrollHeight');
      const clip = { x: 0, y: 0, width: view.width, height: Math.min(Number(height), maxHeight ?? Infinity) };
      await page.screenshot({ path, fullPage: true, clip });
    },
    async overflow(html, width) {
      const page = await show(html, { width });
      const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      return Math.max(0, Number(overflow));
    },
    close: () => browser.close(),
  };
}

/** Opens one page that shows one html after the other, each once all of it is loaded: a page for each takes seconds on a loaded machine. */
export async function openView(browser: Browser): Promise<(html: string, view: View) => Promise<Page>> {
  const context = await browser.newContext({ deviceScaleFactor: 1 });
  const page = await context.newPage();
  let isBlocking = false;
  await page.route('**/*', (route) => {
    const url = route.request().url();
    if (isBlocking) return route.abort();
    return isOfThisMachine(url) ? route.continue() : route.fulfill({ contentType: 'image/svg+xml', body: drawing(url) });
  });
  return async (html, { width, isDark = false, isBlocked = false }) => {
    isBlocking = isBlocked;
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' });
    await page.setContent(html, { waitUntil: 'load' });
    return page;
  };
}

function isOfThisMachine(url: string): boolean {
  return ['localhost', '127.0.0.1'].includes(new URL(url).hostname);
}

/** A calm landscape that differs by address, in place of photographs. */
function drawing(url: string): string {
  const hue = [...url].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 360, 7);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="900" viewBox="0 0 1600 900">
    <rect width="1600" height="900" fill="hsl(${hue} 38% 82%)"/><circle cx="1180" cy="250" r="110" fill="hsl(${(hue + 30) % 360} 70% 90%)"/>
    <path d="M0 620 Q400 430 800 600 T1600 540 V900 H0Z" fill="hsl(${hue} 32% 58%)"/>
    <path d="M0 740 Q500 600 900 720 T1600 690 V900 H0Z" fill="hsl(${hue} 36% 36%)"/></svg>`;
}
