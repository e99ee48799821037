import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { recheckEdition } from '../../src/editions/decide/decide-by-staff.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { settleDraft } from '../../src/editions/decide/settle-draft.ts';
import { skipEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createMjmlCompiler } from '../../src/render/templates/compile-mjml.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { hostileMjml } from '../support/hostile-template.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { updateNewsletter } from '../../src/newsletters/newsletter-store.ts';
import {
  addReader,
  countRows,
  foundPaper,
  freeze,
  friday,
  later,
  linkIn,
  noticesOf,
  openNewsroom,
  releasePost,
  stateOf,
  type Newsroom,
  type TestPaper,
} from './newsroom.ts';

let room: Newsroom;

beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(() => room.close());
beforeEach(() => {
  room.setNow(friday);
  room.jobs.length = 0;
  room.warnings.length = 0;
});

async function compose(rules: Parameters<typeof foundPaper>[1], settings: Parameters<typeof foundPaper>[2] = {}) {
  const paper = await foundPaper(room, rules, settings);
  await addReader(room, paper);
  await releasePost(room, paper);
  const result = await runSlot(room.ports, paper.schedule.id, friday);
  if (result.kind !== 'settled') throw new Error(`Expected a settled edition, got ${result.kind}`);
  return { paper, editionId: result.editionId, settled: result.settled };
}

const remedy = /Set the postal address of the newsletter/;
const setAddress = (paper: TestPaper, postalAddress: string) => updateNewsletter(room.database, paper.newsletter.slug, { postalAddress });

describe('a draft that waits for a person', () => {
  test('settled again and again is rendered once, and staff are told once', async () => {
    const { paper, editionId } = await compose({ approval: 'required' });
    const renderedBefore = room.renderer.mjmlRunCount;
    const linksBefore = await countRows(room, 'from staff_link');
    room.jobs.length = 0;
    for (let minute = 0; minute < 5; minute += 1) {
      expect(await settleDraft(room.ports, editionId)).toEqual({ kind: 'waiting', decideBy: null });
    }
    expect(room.renderer.mjmlRunCount).toBe(renderedBefore);
    expect(await noticesOf(room, paper)).toHaveLength(1);
    expect(await countRows(room, 'from staff_link')).toBe(linksBefore);
    expect(room.jobs).toEqual([]);
  });

  test('is told of when its first telling was lost with its process', async () => {
    const { paper, editionId } = await compose({ approval: 'required' });
    await room.database.query(`delete from notice where newsletter_id = $1`, [paper.newsletter.id]);
    await settleDraft(room.ports, editionId);
    expect(await noticesOf(room, paper)).toHaveLength(1);
  });

  test('costs no query of the audience when it is settled again', async () => {
    const { editionId } = await compose({ approval: 'required' });
    const statements: string[] = [];
    const { database } = room;
    const watched = {
      ...database,
      query: (text: string, values?: readonly unknown[]) => (statements.push(text), database.query(text, values)),
      transaction: <T>(work: Parameters<typeof database.transaction<T>>[0]) => (statements.push('transaction'), database.transaction(work)),
    };
    await settleDraft({ ...room.ports, database: watched as typeof database }, editionId);
    expect(statements.filter((text) => /transaction|subscription_cursor/.test(text))).toEqual([]);
  });

  test('is skipped where its newsletter was closed meanwhile, and its posts wait', async () => {
    const { paper, editionId } = await compose({ approval: 'required' });
    await room.database.query(`update newsletter set closed_at = now() where id = $1`, [paper.newsletter.id]);
    expect(await settleDraft(room.ports, editionId)).toEqual({ kind: 'skipped', reason: 'the newsletter was closed' });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'skipped', isStoppedByStaff: true });
  });

  test('that somebody decided meanwhile is left alone', async () => {
    const { editionId } = await compose({ approval: 'required' });
    await skipEdition(room.database, editionId, { reason: 'by staff', now: friday });
    expect(await settleDraft(room.ports, editionId)).toEqual({ kind: 'decided', state: 'skipped' });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'skipped', reason: 'by staff' });
  });
});

describe('a draft whose gates fail', () => {
  test('is held, and the edition, the log and a mail say so; the reason says what to do', async () => {
    const { paper, editionId, settled } = await compose({}, { postalAddress: '' });
    expect(settled).toEqual({ kind: 'held', reason: expect.stringMatching(remedy) });
    const edition = await getEdition(room.database, editionId);
    expect(edition).toMatchObject({ state: 'held', reason: expect.stringMatching(remedy), approvedAt: null, endedAt: null });
    expect(edition.gates).toEqual([expect.objectContaining({ name: 'footer', ok: false, remedy: expect.stringMatching(remedy) })]);
    expect(room.warnings).toContain('edition.held');
    const [notice] = await noticesOf(room, paper);
    expect(notice?.text.replaceAll(/\s+/g, ' ')).toMatch(remedy);
    expect(room.jobs).toEqual([{ name: 'notice', noticeId: notice?.id }]);
  });

  test('is held even where nobody is asked before it goes, and cannot be frozen', async () => {
    const { editionId } = await compose({ approval: 'auto' }, { postalAddress: '' });
    expect(await freeze(room, editionId)).toEqual({ kind: 'stopped', state: 'held' });
    expect(await countRows(room, 'from delivery where edition_id = $1', [editionId])).toBe(0);
  });

  test('stays held when it is checked again and nothing was mended', async () => {
    const { paper, editionId } = await compose({}, { postalAddress: '' });
    expect(await recheckEdition(room.ports, editionId)).toEqual({ kind: 'held', reason: expect.stringMatching(remedy) });
    expect(await stateOf(room, editionId)).toBe('held');
    expect(await noticesOf(room, paper)).toHaveLength(1);
  });

  test('is a draft again when it is checked after the fault was mended, and goes', async () => {
    const { paper, editionId } = await compose({}, { postalAddress: '' });
    await setAddress(paper, 'Calle Mayor 1, Madrid');
    const checked = await recheckEdition(room.ports, editionId);
    expect(checked).toEqual({ kind: 'passed', subject: expect.any(String), recipients: 1, repairs: [] });
    expect(await getEdition(room.database, editionId)).toMatchObject({ state: 'draft', reason: null, gates: [] });
    expect(await settleDraft(room.ports, editionId)).toEqual({ kind: 'approved' });
    await freeze(room, editionId);
    // What was rendered before the change is not what goes.
    expect(await countRows(room, `from rendition where edition_id = $1 and html not like '%Calle Mayor 1%'`, [editionId])).toBe(0);
  });

  test('is held again when a change breaks it between composing and its deadline', async () => {
    const { paper, editionId } = await compose({ approval: 'required', deadlineHours: 24, deadlinePolicy: 'send' });
    await setAddress(paper, '');
    expect(await recheckEdition(room.ports, editionId)).toMatchObject({ kind: 'held' });
    room.setNow(later(friday, 25));
    expect(await settleDraft(room.ports, editionId)).toEqual({ kind: 'decided', state: 'held' });
  });
});

describe('a draft that cannot be rendered', () => {
  test('is held and told of, not tried again for ever', async () => {
    const { paper, editionId, settled } = await compose({}, { template: 'no-such-template' });
    expect(settled).toEqual({ kind: 'held', reason: expect.stringMatching(/template.*no-such-template/) });
    expect(await stateOf(room, editionId)).toBe('held');
    const [notice] = await noticesOf(room, paper);
    expect(notice?.text.replaceAll(/\s+/g, ' ')).toMatch(/no-such-template/);
    expect(linkIn(notice!, 'skip')).toBeDefined();

    await updateNewsletter(room.database, paper.newsletter.slug, { template: 'letter' });
    expect(await recheckEdition(room.ports, editionId)).toMatchObject({ kind: 'passed' });
    expect(await settleDraft(room.ports, editionId)).toEqual({ kind: 'approved' });
  });
});

describe('a draft whose template would compute for minutes', () => {
  test('is held with the file and the reason, and passes once the template is mended', async () => {
    const { folder, remove } = await makeTempFolder();
    const compiler = createMjmlCompiler({ taskCpuMs: 1_500 });
    const file = join(folder, 'mail', 'digest', 'digest.mjml.liquid');
    try {
      await cp(join(packageRoot, 'templates'), folder, { recursive: true });
      const good = await readFile(file, 'utf8');
      await writeFile(file, hostileMjml);
      const ports = { ...room.ports, renderer: await createDigestRenderer({ templatesFolder: folder, compiler }) };
      const paper = await foundPaper(room);
      await addReader(room, paper);
      await releasePost(room, paper);
      const result = await runSlot(ports, paper.schedule.id, friday);
      const reason = expect.stringMatching(/cannot be rendered: .*digest\.mjml\.liquid:1: Expected MJML that compiles in 1,500 ms/);
      expect(result).toMatchObject({ kind: 'settled', settled: { kind: 'held', reason } });
      await writeFile(file, good);
      expect(await recheckEdition(ports, result.kind === 'settled' ? result.editionId : '')).toMatchObject({ kind: 'passed' });
    } finally {
      await compiler.close();
      await remove();
    }
  });
});

describe('a recheck of what was decided', () => {
  test.each(['approved', 'sending', 'skipped'] as const)('changes nothing of an edition that is %s', async (state) => {
    const { paper, editionId } = await compose({ approval: state === 'skipped' ? 'required' : 'auto' });
    if (state === 'sending') await freeze(room, editionId);
    if (state === 'skipped') await skipEdition(room.database, editionId, { reason: 'by staff', now: friday });
    const before = await getEdition(room.database, editionId);
    await setAddress(paper, 'Elsewhere 2');
    await releasePost(room, paper);
    expect(await recheckEdition(room.ports, editionId)).toEqual({ kind: 'decided', state });
    expect(await getEdition(room.database, editionId)).toEqual(before);
    expect(await countRows(room, `from rendition where edition_id = $1 and html like '%Elsewhere 2%'`, [editionId])).toBe(0);
  });

  test('renders nothing for an edition whose post was retracted after it went out', async () => {
    const { editionId } = await compose({});
    await freeze(room, editionId);
    await room.database.query(`update post set state = 'retracted' where id in (select post_id from edition_post where edition_id = $1)`, [
      editionId,
    ]);
    expect(await recheckEdition(room.ports, editionId)).toEqual({ kind: 'decided', state: 'sending' });
  });
});

describe('where nobody is named to be told', () => {
  test('the edition waits all the same, and the log says that nobody knows', async () => {
    const { paper, settled } = await compose({ approval: 'required' }, { staffAddress: null });
    expect(settled.kind).toBe('waiting');
    expect(await noticesOf(room, paper)).toEqual([]);
    expect(room.warnings).toEqual(['edition.waits_unnoticed']);
  });
});
