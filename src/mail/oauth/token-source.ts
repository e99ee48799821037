import { fetchToken, type TokenPorts } from './fetch-token.ts';
import type { OAuthClient } from './oauth-client.ts';
import type { AccessToken, TokenFailure } from './token-answer.ts';

/** Where the connections of an account have their tokens from: one for all of them, asked for once at a time. Never rejects. */
export interface TokenSource {
  get(): Promise<AccessToken | TokenFailure>;
  /** Another one than that which was refused: the present one, where somebody else has renewed it already. */
  renew(refused: AccessToken): Promise<AccessToken | TokenFailure>;
}

/** Creates a source that has no token yet. A refresh token that a server gives in the place of ours is used from then on, and is lost with the process. */
export function createTokenSource(client: OAuthClient, ports: TokenPorts): TokenSource {
  let refreshToken = client.refreshToken;
  let current: AccessToken | undefined;
  let asking: Promise<AccessToken | TokenFailure> | undefined;
  const ask = async (): Promise<AccessToken | TokenFailure> => {
    const answer = await fetchToken(client, refreshToken, ports);
    asking = undefined;
    if ('trouble' in answer) return answer;
    current = answer;
    refreshToken = answer.refreshToken ?? refreshToken;
    return answer;
  };
  const get = async (): Promise<AccessToken | TokenFailure> => {
    if (current && ports.clock() < current.freshUntil) return current;
    asking ??= ask();
    return asking;
  };
  return {
    get,
    renew(refused) {
      if (current === refused) current = undefined;
      return get();
    },
  };
}
