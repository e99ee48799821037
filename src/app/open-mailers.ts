import { join } from 'node:path';
import type { Log } from '../kernel/log.ts';
import type { Mailer } from '../mail/message.ts';
import { startOutbox } from '../mail/outbox.ts';
import { createSmtpMailer } from '../mail/smtp/smtp-mailer.ts';
import type { Config } from './config.ts';
import { localSigner, openSigner } from './domains/open-signer.ts';

/** Where mail goes: the configured server, and the local outbox, which is the only place for mail of the sample newsletter. */
export interface Mailers {
  readonly smtp: Mailer;
  readonly outbox: Mailer;
  /** The Maildir behind the outbox. */
  readonly outboxFolder: string;
  /** Destroys every socket, for a process that must end at once. */
  abort(): void;
  close(): Promise<void>;
}

/** The Maildir of an installation. */
export function outboxFolder(config: Pick<Config, 'DATA_FOLDER'>): string {
  return join(config.DATA_FOLDER, 'outbox');
}

/** Starts the local outbox on a free port of the loopback interface and opens the mailers; without SMTP_URL both are the outbox. @throws ConfigError where we are to sign and cannot */
export async function openMailers(config: Config, log: Log): Promise<Mailers> {
  // Whatever sends opens its mailers first: where we are to sign and cannot, nothing starts.
  const signer = openSigner(config);
  const folder = outboxFolder(config);
  const outboxServer = await startOutbox({ folder, log });
  const options = { maxConnections: config.SMTP_CONNECTIONS, log };
  const outbox = createSmtpMailer(outboxServer.url, { ...options, account: 'outbox', signer: localSigner(signer) });
  const smtp = config.SMTP_URL ? createSmtpMailer(config.SMTP_URL, { ...options, signer }) : outbox;
  const mailers = smtp === outbox ? [outbox] : [smtp, outbox];
  return {
    smtp,
    outbox,
    outboxFolder: folder,
    abort: () => mailers.forEach((mailer) => mailer.abort()),
    async close() {
      for (const mailer of mailers) await mailer.close();
      await outboxServer.close();
    },
  };
}
