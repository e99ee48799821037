import { afterEach, describe, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { headerOf, startScriptedSmtp, type ScriptedSmtp } from './smtp-server.ts';
import { waitFor } from './wait-for.ts';

describe('the scripted SMTP server', () => {
  let server: ScriptedSmtp;

  afterEach(async () => {
    await server.close();
  });

  async function send(to: string[] = ['ann@example.org'], options: object = {}): Promise<{ rejected?: unknown[] } | Error> {
    const transport = createTransport({ url: server.url, tls: { rejectUnauthorized: false }, ...options });
    const message = {
      envelope: { from: 'news@example.org', to },
      to,
      subject: 'Hello',
      messageId: '<one@example.org>',
      text: '.leading dot\n',
    };
    try {
      return await transport.sendMail(message);
    } catch (error) {
      return error as Error;
    } finally {
      transport.close();
    }
  }

  test('records what arrived, with envelope and Message-ID', async () => {
    server = await startScriptedSmtp();
    await send(['ann@example.org', 'bob@example.org']);
    expect(server.received).toMatchObject([
      {
        envelope: { from: 'news@example.org', to: ['ann@example.org', 'bob@example.org'] },
        messageId: '<one@example.org>',
        connection: 1,
        action: 'accepted',
      },
    ]);
    const raw = server.received[0]?.raw ?? Buffer.alloc(0);
    expect(headerOf(raw, 'subject')).toBe('Hello');
    expect(raw.toString()).toContain('\r\n.leading dot');
    expect(server.connectionCount).toBe(1);
  });

  test('answers each recipient as the script says, byte for byte', async () => {
    server = await startScriptedSmtp({ onRcpt: (address) => (address.startsWith('gone') ? '550 5.1.1 No such person' : undefined) });
    expect(await send(['ann@example.org', 'gone@example.org'])).toMatchObject({ rejected: ['gone@example.org'] });
    expect(await send(['gone@example.org'])).toMatchObject({
      responseCode: 550,
      response: expect.stringContaining('550 5.1.1 No such person'),
    });
  });

  test('refuses a whole message after it arrived', async () => {
    server = await startScriptedSmtp({ onData: () => '451 4.3.2 Later', delayMs: 1 });
    expect(await send()).toMatchObject({ responseCode: 451 });
    expect(server.received).toMatchObject([{ action: 'refused', reply: '451 4.3.2 Later' }]);
    expect(server.accepted()).toEqual([]);
  });

  test('cuts the connection before the data, in its middle and after it', async () => {
    server = await startScriptedSmtp({ onMail: () => 'cut' });
    expect(await send()).toBeInstanceOf(Error);
    server.rescript({ onMail: () => undefined, cutDuringDataAt: () => 20 });
    expect(await send()).toBeInstanceOf(Error);
    expect(server.received).toEqual([]);
    server.rescript({ cutDuringDataAt: () => undefined, onData: () => 'cut' });
    expect(await send()).toBeInstanceOf(Error);
    expect(server.received).toMatchObject([{ action: 'cut', messageId: '<one@example.org>' }]);
    await waitFor(() => server.openConnectionCount === 0);
  });

  test('hangs until the client gives up', async () => {
    server = await startScriptedSmtp({ onRcpt: () => 'hang' });
    expect(await send(['ann@example.org'], { socketTimeout: 50 })).toBeInstanceOf(Error);
  });

  test('speaks TLS and asks for a login when told to', async () => {
    server = await startScriptedSmtp({ tls: 'starttls', login: { user: 'gazette', password: 'secret' } });
    expect(await send(undefined, { auth: { user: 'gazette', pass: 'wrong' } })).toMatchObject({ responseCode: 535 });
    expect(await send(undefined, { auth: { user: 'gazette', pass: 'secret' }, requireTLS: true })).toMatchObject({ rejected: [] });
    await server.close();
    server = await startScriptedSmtp({ tls: 'implicit' });
    expect(await send()).toMatchObject({ rejected: [] });
  });
});
