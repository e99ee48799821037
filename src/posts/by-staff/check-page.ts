import type { SourceReader } from '../../reading/source-reader.ts';

/** What the page of a post says. */
export type PageCheck =
  /** 410: the site withdrew it on purpose. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'present' }
  /** Any other answer is no proof: a 404 may be a fault of an hour. Staff decide. */
  | { readonly kind: 'unclear'; readonly reason: string }
  | { readonly kind: 'no_page' };

/** Asks the page of a post whether it is still there. Never throws for what a site may answer. */
export async function checkPage(reader: Pick<SourceReader, 'readPage'>, url: string | null): Promise<PageCheck> {
  if (url === null) return { kind: 'no_page' };
  const page = await reader.readPage(url);
  if (page.kind === 'failed') return { kind: 'unclear', reason: page.reason };
  const { status } = page.exchange;
  if (status >= 200 && status < 300) return { kind: 'present' };
  return status === 410 ? { kind: 'gone' } : { kind: 'unclear', reason: `its page answers with status ${status}` };
}
