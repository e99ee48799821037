import { systemClock, type Clock } from '../../kernel/clock.ts';
import { ConfigError, InvalidInputError } from '../../kernel/errors.ts';
import { parseDkimKey, type DkimKey } from '../../mail/dkim/dkim-key.ts';
import { createSigner, type Signer } from '../../mail/dkim/signer.ts';
import type { Config } from '../config.ts';

/** The settings of signing. */
export type SigningConfig = Pick<Config, 'DKIM' | 'DKIM_DOMAIN' | 'DKIM_SELECTOR' | 'DKIM_KEY'>;

/**
 * The signer that is configured; undefined where the relay signs.
 * @throws ConfigError where we are to sign and the key cannot: nothing may start then, for it would send unsigned.
 */
export function openSigner(
  config: SigningConfig,
  { exceptHeaders = [], clock = systemClock }: { readonly exceptHeaders?: readonly string[]; readonly clock?: Clock } = {},
): Signer | undefined {
  const key = ownDkimKey(config);
  if (key === undefined) return undefined;
  return createSigner({
    key,
    selector: config.DKIM_SELECTOR,
    ...(config.DKIM_DOMAIN === undefined ? {} : { domain: config.DKIM_DOMAIN }),
    exceptHeaders,
    clock,
  });
}

/** A signer for mail that stays on this machine: what the key is not for, such as the sample's, stays unsigned there. */
export function localSigner(signer: Signer | undefined): Signer | undefined {
  return (
    signer && {
      async sign(message) {
        try {
          return await signer.sign(message);
        } catch (error) {
          if (error instanceof ConfigError) return Buffer.alloc(0);
          throw error;
        }
      },
    }
  );
}

/** The key that is configured; undefined where the relay signs. @throws ConfigError that says what is wrong with it. */
export function ownDkimKey({ DKIM, DKIM_KEY }: Pick<Config, 'DKIM' | 'DKIM_KEY'>): DkimKey | undefined {
  if (DKIM === 'relay') return undefined;
  try {
    return parseDkimKey(DKIM_KEY ?? '');
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    const wrong = cause.message.replace('Expected', 'expected');
    throw new ConfigError(`DKIM_KEY: ${wrong}; DKIM=own signs with it`, { cause, remedy: { kind: 'make_dkim_key' } });
  }
}
