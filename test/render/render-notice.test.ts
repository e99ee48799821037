import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { RenderedDigest } from '../../src/render/digest.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { elementsOf } from '../../src/content/html/html-tree.ts';
import type { EditionWaitingMail, NoticeRenderer } from '../../src/render/mails/notice-mail.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { exampleDigest } from '../support/example-digest.ts';

const templatesFolder = join(packageRoot, 'templates');
const newsletter = { ...exampleDigest.newsletter, logoUrl: null };

let notices: NoticeRenderer;
let digest: RenderedDigest;

beforeAll(async () => {
  notices = await createNoticeRenderer({ templatesFolder });
  digest = await (await createDigestRenderer({ templatesFolder })).render(exampleDigest);
});

const links = (html: string) => elementsOf(parseOwnHtml(html)).flatMap((element) => element.attributes['href'] ?? []);

test.each([
  ['en', 'Please confirm: The Lantern', 'Confirm my subscription'],
  ['es', 'Confirme, por favor: The Lantern', 'Confirmar mi suscripción'],
  ['fr', 'Merci de confirmer : The Lantern', 'Confirmer mon abonnement'],
])('a confirmation in %s asks for one click, in html and text', async (language, subject, button) => {
  const confirmUrl = 'https://example.org/confirm/token';
  const mail = await notices.render({
    kind: 'confirmation',
    language,
    newsletter,
    confirmUrl,
    expiresAt: new Date('2026-01-15T10:00:00Z'),
  });
  expect(mail.subject).toBe(subject);
  expect(links(mail.html)).toEqual([confirmUrl]);
  expect(mail.html).toContain(button);
  expect(mail.text).toContain(`\n${confirmUrl}\n`);
  for (const part of [mail.html, mail.text]) {
    expect(part).toContain('14 Calle del Agua');
    expect(part).toContain('2026');
  }
});

test('a confirmation names whose newsletter it is, and nobody twice', async () => {
  const textWith = async (senderName: string): Promise<string> =>
    (
      await notices.render({
        kind: 'confirmation',
        language: 'en',
        newsletter: { ...newsletter, senderName },
        confirmUrl: 'https://example.org/c',
      })
    ).text;
  expect((await textWith('Lantern House')).replaceAll(/\s+/g, ' ')).toContain(`asked for ${newsletter.name} from Lantern House to be sent`);
  expect((await textWith(newsletter.name)).replaceAll(/\s+/g, ' ')).toContain(`asked for ${newsletter.name} to be sent`);
});

describe('the welcome', () => {
  const values = {
    'reader.name': '',
    'reader.address': 'ann@example.org',
    'links.unsubscribe': 'https://example.org/u/1',
    'links.preferences': '',
    'links.browser': 'https://example.org/b',
  };

  test('carries the latest edition with the links of its reader', async () => {
    const mail = await notices.render({ kind: 'welcome', language: 'en', newsletter, digest, values });
    expect(visibleLine(parseOwnHtml(mail.html))).toContain('Welcome to The Lantern Good to have you.');
    expect(links(mail.html)).toContain('https://example.org/u/1');
    expect(mail.text).toContain('Unsubscribe: https://example.org/u/1');
    expect(mail.html + mail.text).not.toMatch(/[\uFDD0-\uFDEF]/);
  });

  test('is short when nothing was sent yet, and can be left as well', async () => {
    const mail = await notices.render({ kind: 'welcome', language: 'en', newsletter, values });
    expect(mail.text).toContain('You will receive the first edition');
    expect(links(mail.html)).toEqual(['https://example.org/u/1']);
  });
});

describe('an edition that waits', () => {
  const waiting: EditionWaitingMail = {
    kind: 'edition_waiting',
    language: 'en',
    newsletter,
    editionId: '12',
    matter: 'approval',
    faults: [],
    repairs: [],
    recipientCount: 1234,
    nothing: [
      { reason: 'paused', count: 12 },
      { reason: 'topics', count: 1 },
    ],
    approveUrl: 'https://example.org/decide/a',
    skipUrl: 'https://example.org/decide/s',
  };

  test('shows the digest as readers will see it, without their links, below the two decisions', async () => {
    const mail = await notices.render({
      ...waiting,
      digest,
      decideBy: new Date('2026-01-02T17:00:00Z'),
      atDeadline: 'send',
      timeZone: 'Europe/Madrid',
    });
    expect(mail.subject).toBe('To approve: What a quiet library taught us about tutoring – and 8 more');
    expect(links(mail.html).slice(0, 2)).toEqual(['https://example.org/decide/a', 'https://example.org/decide/s']);
    expect(visibleLine(parseOwnHtml(mail.html))).toContain(
      'It goes to 1,234 recipients. If nobody decides, it is sent on 2 January 2026 at 18:00 (Europe/Madrid).',
    );
    for (const said of [visibleLine(parseOwnHtml(mail.html)), mail.text])
      expect(said).toContain('Nobody else gets it: 12 paused, 1 follows no topic of it.');
    expect(mail.html).toContain('What a quiet library taught us');
    expect(mail.text).toContain('RESEARCH');
    expect(mail.html + mail.text).not.toMatch(/[\uFDD0-\uFDEF]|You receive The Lantern/);
  });

  test('says why it is held and what to do', async () => {
    const faults = [{ what: 'A picture has no alt text.', remedy: 'Give it one.' }];
    const mail = await notices.render({
      ...waiting,
      matter: 'held',
      reason: 'A gate failed.',
      faults,
      repairs: ['A picture was left out'],
      digest,
    });
    expect(mail.subject).toMatch(/^Held: /);
    for (const words of [
      'A picture has no alt text. Give it one.',
      'A picture was left out',
      'gazette editions show 12',
      'gazette editions recheck 12',
    ]) {
      expect(mail.text).toContain(words);
      expect(visibleLine(parseOwnHtml(mail.html))).toContain(words);
    }
    expect(mail.text).toContain('Check it again and approve');
    // The faults say it better.
    expect(mail.text).not.toContain('A gate failed.');
  });
});

test('a test send says that it is one', async () => {
  const mail = await notices.render({ kind: 'test', language: 'en', newsletter, digest });
  expect(mail.subject).toBe(`[Test] ${digest.subject}`);
  expect(mail.html + mail.text).not.toMatch(/[\uFDD0-\uFDEF]/);
});

test('a note to staff is text, whatever it holds', async () => {
  const mail = await notices.render({
    kind: 'staff',
    language: 'en',
    subject: 'Line\nbreak <b>',
    paragraphs: ['<script>x</script>'],
    steps: [{ kind: 'resume_edition', edition: '12' }, { kind: 'retry_accounts' }],
    links: [{ url: 'https://example.org/', text: 'Look' }],
  });
  expect(mail.subject).toBe('Line break <b>');
  expect(elementsOf(parseOwnHtml(mail.html)).some((element) => element.tag === 'script')).toBe(false);
  expect(mail.text).toContain('<script>x</script>');
  for (const words of ['gazette editions resume 12', 'gazette accounts retry']) {
    expect(mail.text).toContain(words);
    expect(visibleLine(parseOwnHtml(mail.html))).toContain(words);
  }
});

test('a mail in Arabic is set from right to left, the English that checks speak within it from left to right', async () => {
  const faults = [{ what: 'A picture has no alt text.', remedy: 'Give it one.' }];
  const mail = await notices.render({
    kind: 'edition_waiting',
    language: 'ar',
    newsletter,
    editionId: '12',
    matter: 'held',
    faults,
    repairs: [],
    recipientCount: 2,
    nothing: [
      { reason: 'paused', count: 1 },
      { reason: 'topics', count: 2 },
    ],
    approveUrl: 'https://example.org/decide/a',
    skipUrl: 'https://example.org/decide/s',
  });
  expect(mail.html).toContain('<html lang="ar" dir="rtl">');
  expect(mail.html).toMatch(/<ul lang="en" dir="ltr"[^>]*>\s*<li[^>]*><b>A picture has no alt text/);
  expect(mail.html).toMatch(/<td class="paper" align="right" style="text-align:right/);
  expect(mail.text).toContain('، ');
  expect(mail.text).toContain('\u2066gazette editions show 12\u2069');
});

test('a note to staff is in the language of the newsletter; what logs say as well stays English, and states so', async () => {
  const mail = await notices.render({
    kind: 'staff',
    language: 'es',
    newsletter,
    subject: { phrase: 'notice.gone.subject', values: { title: { phrase: 'notice.gone.untitled', values: { post: '7' } } } },
    paragraphs: [{ phrase: 'notice.fault.stuckNext', values: {} }, 'The server refuses.'],
  });
  expect(mail.subject).toBe('Desapareció de su fuente antes de enviarse: Publicación 7');
  expect(mail.html).toMatch(/<p style="[^"]*">Una vez corregido, continúa por sí solo/);
  expect(mail.html).toMatch(/<p lang="en" dir="ltr" style="[^"]*">The server refuses\./);
  expect(mail.text).toContain('The server refuses.');
});
