import { generateKeyPairSync } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { dkimRecord, parseDkimKey } from '../../../src/mail/dkim/dkim-key.ts';
import { createSigner, type SignerOptions } from '../../../src/mail/dkim/signer.ts';

/** A key of a test, as its file holds it. */
export const testPem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

/** The same, read. */
export const testKey = parseDkimKey(testPem);

/** The moment at which tests sign. */
export const signedAt = new Date('2026-07-01T08:00:00.900Z');

/** The headers of a digest as they go over the wire: folded, with an encoded word, with uneven blanks. */
export const digestHeaders = [
  'From: =?UTF-8?Q?B=C3=BCcherei?= <letters@example.org>',
  'To: "Ann  O\'Neil" <ann@example.net>',
  'Reply-To: desk@example.org',
  'Subject: =?UTF-8?Q?Was_diese_Woche_neu_ist=3A_ein_langer_Betreff?=\r\n =?UTF-8?Q?_in_zwei_Zeilen?=',
  'Message-ID: <d.7.abc@example.org>',
  'Date: Wed, 01 Jul 2026 08:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/alternative;\r\n\tboundary="--_Part_1"',
  'List-Id: "The  Weekly" <weekly.example.org>',
  `List-Unsubscribe: <https://letters.example.org/unsubscribe/${'k1.abcdefghij'.repeat(12)}>,\r\n <mailto:leave@example.org?subject=unsubscribe>`,
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  'List-Archive: <https://letters.example.org/archive/weekly>',
  'List-Owner: <mailto:desk@example.org>',
  'Feedback-ID: 7:weekly:digest:gazette',
  'CFBL-Address: complaints@example.org; report=arf',
  'Auto-Submitted: auto-generated \t ',
  'Precedence: bulk',
];

/** A body that is its own relaxed canonical form. */
export const digestBody = '----_Part_1\r\nContent-Type: text/plain\r\n\r\nHello Ann, a=20\r\n----_Part_1--\r\n';

/** A header block of fields. */
function blockOf(fields: readonly string[]): Buffer {
  return Buffer.from(fields.map((field) => `${field}\r\n`).join(''));
}

/** A message with its signature before it, as a server would get it. */
export async function signedMessage(
  fields: readonly string[],
  { body = digestBody, from = 'letters@example.org', ...options }: Partial<SignerOptions> & { body?: string; from?: string } = {},
): Promise<string> {
  const signer = createSigner({ key: testKey, selector: 'gazette', clock: () => signedAt, ...options });
  const headers = blockOf(fields);
  const signature = await signer.sign({ headers, body: [Buffer.from(body)], from });
  return Buffer.concat([signature, headers, Buffer.from(`\r\n${body}`)]).toString('latin1');
}

/** What an independent verifier says of a message: its results, with the key at hand where a verifier would ask DNS for it. */
export async function verdictOf(
  message: string,
  at = new Date('2026-07-01T09:00:00Z'),
): Promise<{ result: string; domain?: string; selector?: string; aligned: boolean }> {
  const resolver = async (name: string): Promise<string[][]> =>
    name.startsWith('gazette._domainkey.')
      ? [[dkimRecord(testKey)]]
      : Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
  const { results } = await dkimVerify(Buffer.from(message, 'latin1'), {
    resolver,
    curTime: at,
  });
  if (results.length !== 1) throw new Error(`expected one signature, got ${results.length}`);
  const [found] = results as unknown as { status: { result: string; aligned?: string | false }; signingDomain: string; selector: string }[];
  return { result: found!.status.result, domain: found!.signingDomain, selector: found!.selector, aligned: Boolean(found!.status.aligned) };
}
