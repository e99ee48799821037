import { systemClock } from '../kernel/clock.ts';
import { createSourceReader } from '../reading/read-source.ts';
import type { SourceReader } from '../reading/source-reader.ts';
import { sourceThread } from '../sources/collecting/source-task.ts';
import type { Config } from './config.ts';
import { localUrlOf, publicUrlOf } from './config.ts';

/** How this process reads sources. Our own origin may be private: the sample site lies there. */
export function createAppReader(
  config: Config,
  options: { readonly version: string; readonly allowFiles?: boolean; readonly publicUrl?: string },
): SourceReader {
  const publicUrl = options.publicUrl ?? publicUrlOf(config);
  const contact = config.USER_AGENT_CONTACT ?? (publicUrl.startsWith('https:') ? publicUrl : undefined);
  return createSourceReader({
    userAgent: `Gazette/${options.version}${contact === undefined ? '' : ` (+${contact})`}`,
    allowPrivateAddresses: config.ALLOW_PRIVATE_SOURCES,
    allowedOrigins: [new URL(publicUrl).origin, new URL(localUrlOf(config)).origin],
    allowFiles: options.allowFiles ?? false,
    clock: systemClock,
    threadProgram: sourceThread,
  });
}
