import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import type { ImportFileOptions, ImportRow, RowFault } from '../../../src/subscribers/importing/import-row.ts';
import { openImportFile } from '../../../src/subscribers/importing/reading/open-import-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'gazette-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function fileOf(content: string | Buffer, name = 'people.csv'): string {
  const path = join(folder, `${count++}`);
  const named = join(folder, name);
  writeFileSync(name === 'people.csv' ? path : named, content);
  return name === 'people.csv' ? path : named;
}

async function read(content: string | Buffer, options?: ImportFileOptions, name?: string) {
  const file = await openImportFile(fileOf(content, name), options);
  const rows: (ImportRow | RowFault)[] = [];
  for await (const row of file.rows()) rows.push(row);
  return { file, rows };
}

/** Address and status, or the fault. */
async function statuses(content: string | Buffer, options?: ImportFileOptions, name?: string) {
  const { file, rows } = await read(content, options, name);
  return { form: file.form, rows: rows.map((row) => ('fault' in row ? `${row.line}: ${row.fault}` : `${row.address} ${row.status}`)) };
}

const mailchimp =
  'MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS';

describe('a file of Mailchimp', () => {
  test('that is of subscribed contacts: names, confirmation, tags with quotes inside the field', async () => {
    const { file, rows } = await read(
      `Email Address,First Name,Last Name,${mailchimp}\n` +
        `ann@example.org,Ann,Example,2,,,"2024-03-01 10:11:12",192.0.2.7,,,,,,,,"2024-03-01 10:11:12",1,a1,,"""Editors"",""Press, local"""\n` +
        `shop@example.org,,,2,,,,,,,,,,,,"2024-03-01 10:11:12",2,a2,,\n`,
    );
    expect(file).toMatchObject({ form: 'mailchimp-subscribed', separator: ',', encoding: 'utf-8', cannotTellWhoLeft: false });
    expect(rows[0]).toMatchObject({
      line: 2,
      address: 'ann@example.org',
      name: 'Ann Example',
      status: 'active',
      consentAt: new Date('2024-03-01T10:11:12Z'),
      consentIp: '192.0.2.7',
      labels: ['Editors', 'Press, local'],
    });
    expect(rows[1]).toMatchObject({ address: 'shop@example.org', status: 'not_a_subscriber' });
  });

  test('that is called subscribed holds subscribers alone, also such as have no time, who need the word of staff', async () => {
    const text = `Email Address,${mailchimp}\nann@example.org,2,,,,,,,,,,,,,1,a1,,\n`;
    expect(await statuses(text, {}, 'subscribed_email_audience_export_1.csv')).toEqual({
      form: 'mailchimp-subscribed',
      rows: ['ann@example.org active'],
    });
    expect((await read(text, {}, 'subscribed_x.csv')).rows[0]).not.toHaveProperty('consentAt');
    expect((await statuses(text, {}, 'nonsubscribed_x.csv')).rows).toEqual(['ann@example.org not_a_subscriber']);
    expect((await statuses(text, {}, 'contacts.csv')).rows).toEqual(['ann@example.org not_a_subscriber']);
  });

  test.each([
    ['unsubscribed', 'UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON', '2024-05-01 10:00:00,May,Normal', 'left'],
    ['unsubscribed', 'UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON', '2024-05-01 10:00:00,May,Marked as spam', 'complained'],
    ['unsubscribed', 'UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON', ',,', 'left'],
    ['cleaned', 'CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID', '2024-05-01 10:00:00,May,1', 'bounced'],
  ])('that is of %s contacts is told by %s: %s', async (form, columns, cells, status) => {
    const found = await statuses(
      `Adresse E-Mail,Prénom,Nom,OPTIN_TIME,CONFIRM_TIME,${columns}\nann@example.org,Ann,E,,2024-01-01 00:00:00,${cells}\n`,
    );
    expect(found).toEqual({ form: `mailchimp-${form}`, rows: [`ann@example.org ${status}`] });
  });

  test.each([
    ['UNSUB_TIME', '2024-05-01 10:00:00', new Date('2024-05-02T10:00:00Z')],
    ['CLEAN_TIME', '2024-05-01 10:00:00', new Date('2024-05-02T10:00:00Z')],
    ['UNSUB_TIME', 'in May', undefined],
  ])('says by %s (%s) since when somebody is gone, at the latest in any zone', async (column, time, goneAt) => {
    const { rows } = await read(`Email Address,OPTIN_TIME,CONFIRM_TIME,${column}\nann@example.org,,,${time}\n`);
    expect((rows[0] as ImportRow).goneAt).toEqual(goneAt);
  });

  test('that is of non-subscribed contacts makes nobody active', async () => {
    const text = `Email Address,${mailchimp}\nann@example.org,2,,,"2024-03-01 10:11:12"\n`;
    expect(await statuses(text, {}, 'nonsubscribed_members_export_1.csv')).toEqual({
      form: 'mailchimp-nonsubscribed',
      rows: ['ann@example.org not_a_subscriber'],
    });
  });
});

test.each([
  [
    'Substack, list',
    'email,active_subscription,expiry,email_disabled,digest_enabled,created_at\na@example.org,false,,false,true,2024-01-01T00:00:00Z\nb@example.org,true,2027-01-01,true,false,2024-01-01T00:00:00Z\nc@example.org,true,,perhaps,,\n',
    'substack',
    ['a@example.org active', 'b@example.org left', '4: Expected true or false for "email disabled", got "perhaps"'],
  ],
  [
    'Substack, paid',
    'email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\na@example.org,true,2027-01-01,yearly,false,2024-01-01,2024-02-01\n',
    'substack',
    ['a@example.org active'],
  ],
  [
    'Substack, dashboard',
    'Email,Name,Subscription type,Start date\na@example.org,Ann,Free,2024-01-01\nb@example.org,Ben,Founding,2024-01-01\nc@example.org,Cy,Unsubscribed,2024-01-01\n',
    'substack',
    ['a@example.org active', 'b@example.org active', 'c@example.org left'],
  ],
  [
    'Ghost, tiers',
    'id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n1,a@example.org,Ann,,true,false,,2024-01-01T00:00:00.000Z,,"press,vip",\n2,b@example.org,,,false,false,,2024-01-01T00:00:00.000Z,,,\n3,c@example.org,,,true,false,,2024-01-01T00:00:00.000Z,2024-02-01T00:00:00.000Z,,\n',
    'ghost',
    ['a@example.org active', 'b@example.org left', 'c@example.org left'],
  ],
  [
    'Ghost, products',
    'id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,products\n1,a@example.org,Ann,,true,false,,2024-01-01T00:00:00.000Z,,,Gold\n',
    'ghost',
    ['a@example.org active'],
  ],
  [
    'listmonk',
    'uuid,email,name,attributes,status,created_at,updated_at\nu1,a@example.org,Ann,"{""city"": ""Bonn""}",enabled,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z\nu2,b@example.org,,{},blocklisted,,\nu3,c@example.org,,{},disabled,,\n',
    'listmonk',
    ['a@example.org unsure', 'b@example.org left', 'c@example.org left'],
  ],
  [
    'MailPoet',
    'Email,First name,Last name,List,List status,Global status\na@example.org,A,B,News,Subscribed,Subscribed\nb@example.org,,,News,Unsubscribed,Subscribed\nc@example.org,,,News,Subscribed,Bounced\nd@example.org,,,News,Subscribed,Inactive\ne@example.org,,,News,Unconfirmed,Unconfirmed\n',
    'mailpoet',
    ['a@example.org active', 'b@example.org left', 'c@example.org bounced', 'd@example.org not_a_subscriber', 'e@example.org pending'],
  ],
  [
    'MailPoet, German',
    'E-Mail;Vorname;Nachname;Liste;Listenstatus;Globaler Status\na@example.org;A;B;News;Abonniert;Abonniert\nb@example.org;;;News;Abgemeldet;Abonniert\n',
    'mailpoet',
    ['a@example.org active', 'b@example.org left'],
  ],
  [
    'MailPoet, French',
    'E-mail;Prénom;Nom;Liste;Statut de la liste;Statut global\na@example.org;A;B;News;Abonné;Abonné\nb@example.org;;;News;Désabonné;Abonné\nc@example.org;;;News;Non confirmé;Non confirmé\n',
    'mailpoet',
    ['a@example.org active', 'b@example.org left', 'c@example.org pending'],
  ],
])('the form of %s is told, with its statuses', async (_, content, form, rows) => {
  const once = await statuses(content);
  expect(once).toEqual({ form, rows });
  expect(await statuses(content)).toEqual(once);
});

test('an export that cannot tell who left says so', async () => {
  expect((await read('uuid,email,name,attributes,status\nu,a@example.org,,{},enabled\n')).file.cannotTellWhoLeft).toBe(true);
  expect((await read('Email Address,Subscription ID\na@example.org,1\n')).file).toMatchObject({ form: 'jetpack', cannotTellWhoLeft: true });
});

describe('what is no table of people', () => {
  test.each<[string, string | Buffer, RegExp]>([
    [
      'a spreadsheet',
      Buffer.from('504b03041400060008000000', 'hex'),
      /is a spreadsheet \(\.xlsx, \.ods\) or a zip archive.*save it as CSV/,
    ],
    ['an old spreadsheet', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /old spreadsheet/],
    ['a PDF', '%PDF-1.7\n', /is a PDF.*save it as CSV/],
    ['a web page', '<!doctype html><p>', /is a web page/],
    ['an empty file', '', /which is empty/],
    ['a file of blank lines', '\n \n', /without a row|column of mail addresses/],
    ['other JSON', '[1, 2]', /other JSON/],
    ['bytes of a picture', Buffer.from([0x89, 0x50, 0, 0, 13, 10, 0, 1]), /bytes that no text has/],
    ['a table without addresses', 'name,town\nAnn,Bath\n', /a column of mail addresses, got "name", "town"/],
    ['100,000 columns', `${'x,'.repeat(100_000)}\n`, /Expected/],
  ])('as %s is refused, with what to do', async (_what, content, reason) => {
    await expect(read(content)).rejects.toThrow(reason);
  });

  test('as a folder or a pipe is refused at once, and a file that is changed while it is read when that shows', async () => {
    await expect(openImportFile(folder)).rejects.toThrow('which is a folder');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openImportFile(pipe)).rejects.toThrow('a pipe or a device');
    await expect(openImportFile(join(folder, 'nowhere.csv'))).rejects.toThrow('does not exist');
    const path = fileOf('email\na@example.org\n');
    const file = await openImportFile(path);
    appendFileSync(path, 'b@example.org\n');
    const reading = (async () => {
      for await (const row of file.rows()) expect(row).toHaveProperty('address');
    })();
    await expect(reading).rejects.toThrow('changed meanwhile');
  });

  test.each<[string, string, string[]]>([
    ['a field of 10 MB', `email,name\na@example.org,${'x'.repeat(10_000_000)}\nb@example.org,B\n`, ['fault', 'b@example.org']],
    ['a quoted one', `email,name\na@example.org,"${'x'.repeat(10_000_000)}"\nb@example.org,B\n`, ['fault', 'b@example.org']],
    ['3,000 cells', `email,name\na@example.org${',x'.repeat(3_000)}\nb@example.org,B\n`, ['fault', 'b@example.org']],
    ['the header twice', 'email,name\na@example.org,A\nemail,name\nb@example.org,B\n', ['a@example.org', 'email', 'b@example.org']],
    ['a header only', 'email,name', []],
  ])('in part costs that part only: %s', async (_what, content, expected) => {
    const { rows } = await read(content);
    expect(rows.map((row) => ('fault' in row ? 'fault' : row.address))).toEqual(expected);
  });
});

const accents = 'Correo electrónico;Nombre\nana@example.org;Ana Peña\n';

describe('a spreadsheet', () => {
  test.each([
    ['utf-8', Buffer.from(accents)],
    ['utf-8', Buffer.from(`\uFEFF${accents}`)],
    ['windows-1252', iconv.encode(accents, 'windows-1252')],
    ['utf-16le', iconv.encode(accents, 'utf-16le', { addBOM: true })],
    ['utf-16be', iconv.encode(accents, 'utf-16be', { addBOM: true })],
    ['utf-16le', iconv.encode(accents, 'utf-16le', { addBOM: false })],
  ])('in %s is read', async (encoding, bytes) => {
    const { file, rows } = await read(bytes);
    expect(file.encoding).toBe(encoding);
    expect(rows).toMatchObject([{ address: 'ana@example.org', name: 'Ana Peña', status: 'absent' }]);
  });

  test.each([
    [',', 'email,name\na@example.org,"Lee, Ann"\n'],
    [';', 'email;name\na@example.org;Lee, Ann\n'],
    ['\t', 'email\tname\na@example.org\tLee, Ann\n'],
    ['|', 'email|name\na@example.org|Lee, Ann\n'],
    [';', 'sep=;\nemail;name\na@example.org;Lee, Ann\n'],
  ])('with cells parted by %j is read', async (separator, content) => {
    const { file, rows } = await read(content);
    expect(file.separator).toBe(separator);
    expect(rows).toMatchObject([{ address: 'a@example.org', name: 'Lee, Ann' }]);
  });

  test.each([
    ['lines end in CR', 'email,name\ra@example.org,A\rb@example.org,B', ['2 a@example.org', '3 b@example.org']],
    ['lines end in each way', 'email,name\r\na@example.org,A\rb@example.org,B\n', ['2 a@example.org', '3 b@example.org']],
    ['a field has line breaks', 'email,name\na@example.org,"A\nB"\nb@example.org,B\n', ['2 a@example.org', '4 b@example.org']],
    ['rows are blank', 'email,name\n\n,\na@example.org,A\n  \nb@example.org,B\n', ['4 a@example.org', '6 b@example.org']],
    ['rows are short', 'email,name,city\na@example.org\nb@example.org,B\n', ['2 a@example.org', '3 b@example.org']],
    [
      'a row is long',
      'email,name\na@example.org,A,,\nb@example.org,B,C\nc@example.org,C\n',
      ['2 a@example.org', '3 fault', '4 c@example.org'],
    ],
    [
      'a quote is never closed',
      'email,name\na@example.org,"A\nb@example.org,B\nc@example.org,"C"\n',
      ['2 fault', '3 b@example.org', '4 c@example.org'],
    ],
    [
      'quotes stand within a field',
      'email,name\na@example.org,Ann "Nan" Lee\nb@example.org,"Ann "Nan" Lee"\n',
      ['2 a@example.org', '3 b@example.org'],
    ],
    ['a NUL stands within', 'email,name\na@example.org,A\0B\n'.padEnd(40), ['2 a@example.org']],
    ['there is no header', 'a@example.org\nb@example.org\n', ['1 a@example.org', '2 b@example.org']],
    ['addresses have names', 'Ann <a@example.org>\nBen Lee <b@example.org>\n', ['1 a@example.org', '2 b@example.org']],
    ['there is nobody', 'email,name\n', []],
  ])('is read where %s', async (why, content, expected) => {
    const options = why.startsWith('a NUL') ? { encoding: 'utf-16le' } : {};
    const bytes = why.startsWith('a NUL') ? iconv.encode(content.trimEnd(), 'utf-16le') : content;
    const { rows } = await read(bytes, options);
    expect(rows.map((row) => `${row.line} ${'fault' in row ? 'fault' : row.address}`)).toEqual(expected);
  });

  test.each([
    ['email', 'name'],
    ['E-Mail-Adresse', 'Name'],
    ['Adresse e-mail', 'Nom'],
    ['Correo electrónico', 'Nombre'],
    ['Indirizzo e-mail', 'Nome'],
    ['Endereço de e-mail', 'Nome'],
    ['E-mailadres', 'Naam'],
    ['البريد الإلكتروني', 'الاسم'],
  ])('has its columns guessed: %s, %s', async (address, name) => {
    expect((await read(`${name},${address}\nAnn,a@example.org\n`)).rows).toMatchObject([{ address: 'a@example.org', name: 'Ann' }]);
  });

  test.each(['Group', 'Gruppe', 'Groupe', 'Grupo', 'Gruppo', 'Groep', 'Thema', 'Lista', 'المجموعة'])(
    'has labels in a column called %s, also where it is the only other one',
    async (column) => {
      expect((await read(`Email,${column}\na@example.org,Editors\n`)).rows).toMatchObject([{ labels: ['Editors'] }]);
    },
  );

  test('may hold addresses in a column called otherwise, beside one called address that is a street', async () => {
    expect((await read('Address,Kontakt\nMain Street 1,a@example.org\n')).rows).toMatchObject([{ address: 'a@example.org' }]);
  });

  test.each([
    ['E-mail;Prénom;Nom\nz@example.org;Zoé;Blanc', 'Zoé Blanc'],
    ['Name;Vorname;E-Mail\nMüller;Jörg;j@example.org', 'Jörg Müller'],
    ['Nombre;Apellidos;Correo\nAna;García Gil;a@example.org', 'Ana García Gil'],
    ['Nome;Cognome;Email\nAda;Rossi;a@example.org', 'Ada Rossi'],
    ['البريد الإلكتروني;الاسم الأول;الاسم\na@example.org;أمل;حداد', 'أمل حداد'],
    ['Email;Name;First name\na@example.org;Ann Lee;Ann', 'Ann Lee'],
    ['Email;Name;Surname\na@example.org;Ann Lee;Lee', 'Ann Lee'],
    ['Email;Full name;First name\na@example.org;Robert Lee;Bob', 'Robert Lee'],
    ['Email;Name;First name\na@example.org;Ann;Ann', 'Ann'],
    ['Email;Name;First name\na@example.org;Lee;', 'Lee'],
    ['Email;First name;Last name\na@example.org;Thomas;Thomas', 'Thomas Thomas'],
  ])('loses no half of a name that stands in two columns: %j', async (text, name) => {
    const { rows } = await read(text);
    expect(rows[0]).toMatchObject({ name });
  });

  test('is mapped as somebody says, or said before', async () => {
    const content = 'Wer,Wo,Was\nAnn,a@example.org,"Presse, Rat"\n';
    const columns = { address: 'Wo', name: 'wer', labels: '3' };
    const expected = [{ address: 'a@example.org', name: 'Ann', labels: ['Presse', 'Rat'] }];
    expect((await read(content, { columns })).rows).toMatchObject(expected);
    expect((await read(content, { remembered: columns })).rows).toMatchObject(expected);
    await expect(read(content, { columns: { address: 'Who' } })).rejects.toThrow('it has "Wer", "Wo", "Was"');
  });

  test.each([
    ['Subscribed', 'active'],
    ['unsubscribed', 'left'],
    ['hard bounced', 'bounced'],
    ['cleaned', 'bounced'],
    ['marked as spam', 'complained'],
    ['junk', 'complained'],
    ['undeliverable', 'bounced'],
    ['unconfirmed', 'pending'],
    ['Désabonné', 'left'],
    ['مشترك', 'active'],
    ['non-subscribed', 'not_a_subscriber'],
  ])('has the status %s: %s', async (words, status) => {
    expect(await statuses(`email,status\na@example.org,${words}\n`)).toEqual({ form: 'other', rows: [`a@example.org ${status}`] });
  });

  test.each([
    ['frobnicated', '2: Expected a status such as subscribed or unsubscribed, got "frobnicated"'],
    ['', '2: Expected a status, got an empty cell'],
  ])('with the status %j activates nobody', async (words, fault) => {
    expect((await statuses(`email,status\na@example.org,${words}\n`)).rows).toEqual([fault]);
  });

  test('is told by a column of those who are gone, by a mark or a date', async () => {
    const { rows } = await statuses(
      'email,unsubscribed,bounced\na@example.org,,no\nb@example.org,2024-05-01,no\nc@example.org,false,yes\n',
    );
    expect(rows).toEqual(['a@example.org active', 'b@example.org left', 'c@example.org bounced']);
  });

  test.each([
    ['HasOptedOutOfEmail', 'left'],
    ['Email Opt Out', 'left'],
    ['EmailOptOut', 'left'],
    ['Unsubscribed from all email', 'left'],
    ['Opted out of all email', 'left'],
    ['Opted out of email: Marketing Information', 'left'],
    ['No Bulk Emails (User Opt Out)', 'left'],
    ['Do Not Email', 'left'],
    ['do_not_email', 'left'],
    ['is_opt_out', 'left'],
    ['EMAIL_BLACKLISTED', 'left'],
    ['Blocklisted', 'left'],
    ['dnc', 'left'],
    ['Unsubscribed', 'left'],
    ['Unsubscribe date', 'left'],
    ['Opt-out date', 'left'],
    ['Unsubscribed At', 'left'],
    ['DoNotBulkEMail', 'left'],
    ['Keine E-Mails', 'left'],
    ['Abmeldedatum', 'left'],
    ['Désinscrit le', 'left'],
    ['Date de désabonnement', 'left'],
    ['Fecha de baja', 'left'],
    ['Data disiscrizione', 'left'],
    ['Descadastrado', 'left'],
    ['Uitgeschreven op', 'left'],
    ['إلغاء الاشتراك', 'left'],
    ['Hard bounced', 'bounced'],
    ['EmailBouncedDate', 'bounced'],
    ['Spam complaint', 'complained'],
  ])('says by a mark or a date in a column called %s: %s', async (column, status) => {
    const marks = [
      'yes',
      'TRUE',
      '1',
      'x',
      'on',
      'ja',
      'oui',
      'sí',
      'sim',
      'نعم',
      '✓',
      '2024-05-01',
      '5/6/2024',
      '2024-05-01T10:00:00Z',
      '5. Mai 2024',
    ];
    for (const cell of marks)
      expect([cell, (await statuses(`email,"${column}"\na@example.org,${cell}\n`)).rows]).toEqual([cell, [`a@example.org ${status}`]]);
    for (const cell of ['', '[]', 'no', 'FALSE', '0', 'off', 'nein', 'non', 'não', 'لا', '-', '0000-00-00 00:00:00'])
      expect([cell, (await statuses(`email,"${column}"\na@example.org,${cell}\n`)).rows]).toEqual([cell, ['a@example.org active']]);
    const file = await read(`email,"${column}"\na@example.org,1\n`, { columns: { status: column } });
    expect(file.rows).toMatchObject([{ status }]);
    expect(file.file.mapping[1]).toEqual({ column, field: 'status' });
    for (const cell of ['perhaps', '✗', 'no longer since 2024'])
      expect((await statuses(`email,"${column}"\na@example.org,${cell}\n`)).rows[0]).toContain('Expected yes, no or a date');
    expect((await statuses(`email,"${column}"\na@example.org,unsubscribed\n`)).rows).toEqual(['a@example.org left']);
  });

  test.each([
    'Email Opt In',
    'HasOptedInToEmail',
    'Not opted out',
    'Unsubscribe link',
    'Unsubscribe URL',
    'Bounce count',
    'Marketing emails bounced',
    'Fax Opt Out',
    'SMS_BLACKLISTED',
    'Do Not Call',
    'Spam score',
  ])('does not take a column called %s for an opt-out', async (column) => {
    expect((await statuses(`email,${column}\na@example.org,1\n`)).rows).toEqual(['a@example.org absent']);
  });

  test.each([
    'Email Opt In',
    'Email Opt-In',
    'HasOptedInToEmail',
    'Marketing opt-in',
    'Accepts Email Marketing',
    'Accepts Marketing',
    'Email Marketing Consent',
    'Newsletter permission',
    'Consent to marketing',
    'Subscribed to newsletter',
    'Receives newsletter',
    'Newsletter',
    'E-Mail-Einwilligung',
    'Acepta publicidad',
    'Accepte la newsletter',
    'Consenso marketing',
    'Aceita newsletter',
    'Toestemming nieuwsbrief',
  ])('that denies an opt-in in a column called %s makes nobody active; one that agrees says nothing by itself', async (column) => {
    const said = async (cell: string, other = ''): Promise<string> =>
      (await statuses(`email,"${column}"${other && ',status'}\na@example.org,${cell}${other && `,${other}`}\n`)).rows[0]!;
    for (const cell of ['no', 'No', 'FALSE', '0', 'off', 'nein', 'non', 'não', 'لا'])
      expect([cell, await said(cell)]).toEqual([cell, 'a@example.org not_a_subscriber']);
    for (const cell of ['unsubscribed', 'opted out']) expect([cell, await said(cell)]).toEqual([cell, 'a@example.org left']);
    for (const cell of ['', 'yes', 'TRUE', '1', 'ja', '✓', '✗', '-', 'subscribed', '2024-05-01', 'n/a', 'NULL', 'no answer', 'web form'])
      expect([cell, await said(cell)]).toEqual([cell, 'a@example.org absent']);
    expect(await said('NOT_SUBSCRIBED')).toBe('a@example.org not_a_subscriber');
    expect(await said('pending')).toBe('a@example.org pending');
    for (const status of ['unsubscribed', 'pending', 'non-subscribed', 'bounced']) {
      const [lower] = (await statuses(`email,status\na@example.org,${status}\n`)).rows;
      expect([status, await said('yes', status)]).toEqual([status, lower]);
    }
    expect(await said('no', 'subscribed')).toBe('a@example.org not_a_subscriber');
    expect(await said('yes', 'subscribed')).toBe('a@example.org active');
    expect(await said('yes', 'frobnicated')).toContain('Expected a status');
    expect((await read(`email,"${column}"\na@example.org,no\n`)).file.mapping[1]).toEqual({ column, field: 'status' });
  });

  test.each([
    'Accepts SMS Marketing',
    'SMS opt-in',
    'Phone opt in',
    'Double opt-in',
    'Not opted in',
    'Opt-in source',
    'Opt-in IP',
    'Opt-in text',
    'Opt-in method',
    'Opt-in level',
    'Newsletter count',
    'Marketing contact status',
  ])('does not take a column called %s for an opt-in to mail', async (column) => {
    expect((await statuses(`email,${column}\na@example.org,no\n`)).rows).toEqual(['a@example.org absent']);
  });

  test('is believed by a second column of the state of mail, where that allows less', async () => {
    for (const column of [
      'Email subscriber status',
      'Email marketing status',
      'Newsletter subscription status',
      'Email Marketing: Status',
    ]) {
      const rows =
        'a@example.org,subscribed,Unsubscribed\nb@example.org,subscribed,Never subscribed\nc@example.org,subscribed,Subscribed\n';
      expect([column, (await statuses(`email,status,${column}\n${rows}`)).rows]).toEqual([
        column,
        ['a@example.org left', 'b@example.org not_a_subscriber', 'c@example.org active'],
      ]);
      expect((await statuses(`email,${column}\na@example.org,Unsubscribed\nb@example.org,Subscribed\n`)).rows).toEqual([
        'a@example.org left',
        'b@example.org active',
      ]);
    }
  });

  test('makes nobody active whom an export of another tool denies an opt-in', async () => {
    const shopify =
      'First Name,Last Name,Email,Accepts Email Marketing,Phone,Accepts SMS Marketing,Total Spent,Tags\n' +
      'Ann,Example,a@example.org,yes,,no,0.00,vip\nBen,Example,b@example.org,no,,yes,0.00,\n';
    expect(await statuses(shopify)).toEqual({ form: 'other', rows: ['a@example.org absent', 'b@example.org not_a_subscriber'] });
    const ghost =
      'id,email,name,subscribed_to_emails,labels,Email Opt In\n1,a@example.org,Ann,true,,false\n2,b@example.org,Ben,false,,true\n';
    expect(await statuses(ghost)).toEqual({ form: 'ghost', rows: ['a@example.org not_a_subscriber', 'b@example.org left'] });
    const { file } = await read(
      `Email Address,First Name,${mailchimp}\nann@example.org,Ann,2,"2024-03-01 10:11:12",192.0.2.7,,,,,,,,,,,1,a1,,\n`,
    );
    expect(file.mapping.filter(({ field }) => field === 'status')).toEqual([]);
  });

  test('reads "Subscribed" as what it says, and "Opt-in/Opt-out" by words alone', async () => {
    expect((await statuses('email,Subscribed\na@example.org,1\nb@example.org,0\n')).rows).toEqual([
      'a@example.org active',
      'b@example.org left',
    ]);
    expect((await statuses('email,Opt-in/Opt-out\na@example.org,opt in\nb@example.org,opt out\nc@example.org,1\n')).rows).toEqual([
      'a@example.org active',
      'b@example.org left',
      expect.stringContaining('4: Expected yes, no or a date'),
    ]);
    expect((await statuses('email,Unsubscribe reason\na@example.org,no longer there\nb@example.org,\n')).rows).toEqual([
      'a@example.org left',
      'b@example.org active',
    ]);
  });

  test('lowers by an opt-out beside whatever else says a status, in files of other tools too', async () => {
    expect((await statuses('email,status,Email Opt Out\na@example.org,frobnicated,1\nb@example.org,subscribed,1\n')).rows).toEqual([
      'a@example.org left',
      'b@example.org left',
    ]);
    const ghost = 'id,email,name,subscribed_to_emails,labels,Opted Out\n1,a@example.org,Ann,true,,true\n2,b@example.org,Ben,true,,\n';
    expect(await statuses(ghost)).toEqual({ form: 'ghost', rows: ['a@example.org left', 'b@example.org active'] });
  });

  test('says whom a row is about that cannot be read, and what it says of them where that is sure', async () => {
    const { rows } = await read(
      'email,name,status\n' +
        'a@example.org,Example, Ann,unsubscribed\n' +
        'b@example.org,unsubscribed,unsubscribed,more\n' +
        'c@example.org,Cy,1,more\n' +
        'd@example.org,"Di,unsubscribed\n' +
        'e@example.org,Ed,frobnicated\n' +
        'f@example.org,Flo,\n',
    );
    const subjects = rows.map((row) => ('fault' in row ? row.subject : 'no fault'));
    expect(subjects).toEqual([
      { address: 'a@example.org' },
      { address: 'b@example.org', status: 'left' },
      { address: 'c@example.org' },
      { address: 'd@example.org', status: 'left' },
      { address: 'e@example.org' },
      undefined,
    ]);
    const broken = Buffer.concat([
      Buffer.from('email,name,status\na@example.org,'),
      Buffer.from([0xff]),
      Buffer.from(`,left\n${'é'.repeat(30)},,left\n`),
    ]);
    expect((await read(broken)).rows[0]).toMatchObject({
      fault: expect.any(String),
      subject: { address: 'a@example.org', status: 'left' },
    });
  });
});
