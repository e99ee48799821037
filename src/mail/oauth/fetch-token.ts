import type { Clock } from '../../kernel/clock.ts';
import { tlsFaultOf } from '../../kernel/tls-fault.ts';
import { type OAuthClient, tokenForm } from './oauth-client.ts';
import { type AccessToken, readTokenReply, type TokenFailure } from './token-answer.ts';

/** How tokens are asked for. */
export interface TokenPorts {
  /** For an answer as a whole. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Many times the longest answer. */
const longestReplyBytes = 64 * 1024;

/** Asks the token server once. What the network or the server does is a failure and no exception. */
export async function fetchToken(
  client: OAuthClient,
  refreshToken: string | undefined,
  { timeoutMs, clock }: TokenPorts,
): Promise<AccessToken | TokenFailure> {
  const askedAt = clock();
  try {
    const response = await fetch(client.tokenUrl, {
      method: 'POST',
      body: tokenForm(client, refreshToken),
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      // Secrets go to the address that was configured and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await textOf(response);
    if (text === undefined) return { trouble: 'unreachable', reason: 'token server answered at too great length' };
    return readTokenReply({ status: response.status, text }, askedAt, [client.clientSecret ?? '', refreshToken ?? '']);
  } catch (error) {
    return { trouble: 'unreachable', reason: reasonOfNetwork(error) };
  }
}

/** Undefined where it is longer than any answer. */
async function textOf({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of body ?? []) {
    byteCount += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (byteCount > longestReplyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** By node's codes, never by texts: those may repeat what was sent. */
function reasonOfNetwork(error: unknown): string {
  const { name, cause } = error as { readonly name?: unknown; readonly cause?: { readonly code?: unknown } };
  if (name === 'TimeoutError') return 'token server did not answer in time';
  const code = typeof cause?.code === 'string' && /^[A-Z][A-Z0-9_/]{1,60}$/.test(cause.code) ? cause.code : 'ECONNECTION';
  const tlsFault = tlsFaultOf(code);
  return tlsFault === undefined
    ? `token server cannot be reached (${code})`
    : `encryption to the token server failed: ${tlsFault} (${code})`;
}
