/* What `gazette posts correct` says before and after, and how a correction is sent by hand and taken back. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  acceptAll,
  addReader,
  foundPaper,
  freeze,
  openNewsroom,
  releasePost,
  type Newsroom,
  type TestPaper,
} from '../editions/newsroom.ts';
import { composeByHand } from '../../src/editions/by-hand/send-by-hand.ts';
import { approveEdition } from '../../src/ledger/approve-edition.ts';
import { recordCorrection } from '../../src/ledger/record-correction.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { installationAt } from './run-main.ts';

let room: Newsroom;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let gazette: ReturnType<typeof installationAt>;

beforeAll(async () => {
  [room, temp] = await Promise.all([openNewsroom(), makeTempFolder()]);
  room.setNow(new Date());
  gazette = installationAt(room.url, temp.folder);
});
afterAll(async () => {
  await room.close();
  await temp.remove();
});

/** A post that two of three readers have, and whose text has changed since. */
async function publishAndChange(): Promise<{ paper: TestPaper; postId: string; editionId: string }> {
  const paper = await foundPaper(room);
  for (let n = 0; n < 2; n += 1) await addReader(room, paper);
  const { postId } = await releasePost(room, paper, { title: 'The spring exams' });
  const sent = await composeByHand(room.ports, paper.schedule);
  if (sent.kind !== 'ready') throw new Error(`Expected a draft, got ${sent.kind}`);
  await approveEdition(room.database, sent.editionId, { by: 'test', now: room.ports.clock() });
  await freeze(room, sent.editionId);
  await acceptAll(room, sent.editionId);
  await addReader(room, paper);
  await room.database.query(
    `insert into post_revision (post_id, revision, content_hash, title, url, html, summary)
     select post_id, 2, 'new', title, url, html, summary from post_revision where post_id = $1`,
    [postId],
  );
  await room.database.query(`update post set revision = 2 where id = $1`, [postId]);
  return { paper, postId, editionId: sent.editionId };
}

const countCorrections = async (postId: string): Promise<number> => {
  const { rows } = await room.database.query(`select from release where post_id = $1 and kind = 'correction'`, [postId]);
  return rows.length;
};

test('it says how many hold the post and what they will read, and asks: nothing is done without an answer', async () => {
  const { paper, postId } = await publishAndChange();
  expect(await gazette.run(`posts correct ${postId}`)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/Expected --note/) });
  const note = '"The exam is on 18 June."';
  const asked = await gazette.run(`posts correct ${postId} --note ${note}`);
  expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/Expected --yes where there is no terminal/) });
  expect(asked.stdout).toContain(`2 readers hold "The spring exams" in an older text (2 of ${paper.newsletter.slug}).`);
  expect(asked.stdout).toContain('They will read, below "Corrections" in their next edition: The spring exams: The exam is on 18 June.');
  expect(await gazette.done(`posts correct ${postId} --note ${note} --dry-run`)).toContain('2 readers hold');
  expect(await countCorrections(postId)).toBe(0);
  expect(await gazette.done(`posts correct ${postId} --note ${note} --yes`)).toMatch(
    /Released at position \d+\. It goes with their next edition/,
  );
  expect(await countCorrections(postId)).toBe(1);
});

test('a send by hand sends it at once where nothing else is due, and only to them', async () => {
  const { paper, postId } = await publishAndChange();
  await gazette.done(`posts correct ${postId} --note "The exam is on 18 June." --yes`);
  // Seen by what stores nothing, too.
  expect(await gazette.done(`send --newsletter ${paper.newsletter.slug} --dry-run`)).toContain('2 recipients');
  const sent = await composeByHand(room.ports, paper.schedule);
  // The reader who came later gets the post, if it waits for them, and no correction.
  expect(sent).toMatchObject({
    kind: 'ready',
    draft: { plan: { recipientCount: 2, waitingCount: 0 }, subject: 'Corrections: The Letter' },
  });
});

test('a send by hand sends also what a freeze had kept from being applied', async () => {
  const { paper, postId } = await publishAndChange();
  const correction = { postId, revision: 2, note: 'The exam is on 18 June.', now: room.ports.clock() };
  await room.database.transaction(async (tx) => recordCorrection(tx, correction));
  expect(await composeByHand(room.ports, paper.schedule)).toMatchObject({ kind: 'ready', draft: { plan: { recipientCount: 2 } } });
});

test('it is taken back while somebody is still to be sent it', async () => {
  const { postId } = await publishAndChange();
  await gazette.done(`posts correct ${postId} --note "Wrong." --yes`);
  expect(await gazette.done(`posts correct ${postId} --undo`)).toMatch(/Taken back: nobody was sent it\./);
  expect(await gazette.run(`posts correct ${postId} --undo`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/no correction to take back/),
  });
});

test('where nobody has an older text there is nothing to tell; where deliveries were pruned it names the editions', async () => {
  const { paper, postId, editionId } = await publishAndChange();
  await room.database.query(`update edition set pruned_at = now() where id = $1`, [editionId]);
  const { exitCode, stdout, stderr } = await gazette.run(`posts correct ${postId} --note "Wrong." --yes`);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/Nobody has it in an older text/)]);
  expect(stdout).toMatch(new RegExp(`Nobody of ${paper.newsletter.slug} is told, .* edition ${editionId} were deleted`));
});
