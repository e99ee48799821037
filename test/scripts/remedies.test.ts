import { expect, test } from '@jest/globals';
import { ConfigError, NotFoundError, type Remedy } from '../../src/kernel/errors.ts';
import { wordError } from '../../scripts/remedies.ts';

const said = (remedy?: Remedy): string => wordError(new NotFoundError('Expected a thing, found none', remedy ? { remedy } : {}));

test('an error without a remedy is what it says', () => {
  expect(said()).toBe('Expected a thing, found none');
});

test.each<[Remedy, string]>([
  [{ kind: 'list', of: 'posts' }, '"gazette posts list" shows them'],
  [{ kind: 'list', of: 'offers' }, '"gazette offers list" shows those that wait'],
  [{ kind: 'add', what: 'schedule' }, 'add one with "gazette schedules add"'],
  [{ kind: 'say', what: 'address_column' }, 'say which column holds them, such as --column email="Contact"'],
  [{ kind: 'set_newsletter', slug: 'weekly' }, 'change it with "gazette newsletters set weekly"'],
  [{ kind: 'map_category' }, 'topics are made of the categories that your sources state, with "gazette topics map <category> <topic>"'],
  [{ kind: 'make_dkim_key' }, '"gazette dkim new" makes one'],
  [{ kind: 'show_edition', editionId: '5' }, '"gazette editions show 5" lists them'],
  [{ kind: 'resend_in_doubt', editionId: '5' }, '"gazette deliveries resend 5 --in-doubt" sends it again'],
])('on a terminal %j names the command', (remedy, words) => {
  expect(said(remedy)).toBe(`Expected a thing, found none; ${words}`);
});

test('a remedy that needs a sentence of its own gets one', () => {
  const error = (message: string) => wordError(new ConfigError(message, { remedy: { kind: 'accept_token_keys' } }));
  expect(error('TOKEN_KEYS: expected a')).toMatch(/^TOKEN_KEYS: expected a\. Where it is lost for good, "gazette secrets accept" goes on/);
  expect(error('TOKEN_KEYS: expected a.')).toMatch(/expected a\. Where/);
});
