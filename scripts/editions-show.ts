import type { PublicEditionDetails, PublicEditionPost } from '../src/editions/public-edition.ts';
import { showEdition } from '../src/editions/show-edition.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { faultText } from '../src/ledger/drafts/edition.ts';
import type { Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** What `gazette editions show` does. */
export const editionsShow: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const { edition, titles } = await showEdition(database, parseId(args.positionals[0]!));
    if (args.has('json')) context.print(JSON.stringify(edition, null, 2));
    else describe(edition, titles).forEach(context.print);
    return 0;
  });

function describe(edition: PublicEditionDetails, titles: readonly string[]): string[] {
  const { posts, renditions, gates, repairs } = edition;
  const delivered = Object.entries(edition.deliveries).filter(([, count]) => count > 0);
  return [
    ...describeState(edition),
    '\nPosts in the order of their release, by position (which "editions edit" takes) and id (which "posts" and "explain" take):',
    ...posts.map((post, index) => describePost(post, titles[index] ?? '')),
    '\nDigests:',
    ...renditions.map(
      ({ language, positions, htmlBytes, subject }) =>
        `  ${language}  ${countOf(positions.length, 'post')}  ${(htmlBytes / 1000).toFixed(1)} KB  ${subject}`,
    ),
    gates.length > 0 ? '\nGates that failed:' : renditions.length > 0 ? '\nGates: all hold.' : '',
    ...gates.map((gate) => `  ${faultText(gate)}`),
    ...repairs.map((repair) => `Mended: ${String(repair)}`),
    ...(delivered.length > 0
      ? [
          `\nDeliveries: ${delivered.map(([state, count]) => `${count} ${state.replace('_', ' ')}`).join(', ')}`,
          ...(edition.prunedAt ? [`They were deleted ${utcMoment(edition.prunedAt)}: only these counts are kept.`] : []),
        ]
      : []),
    ...describeBursts(edition),
    ...describeSteps(edition),
  ];
}

function describeBursts({ oneClick: { leftCount, bursts } }: PublicEditionDetails): string[] {
  return bursts.map(({ count, beganAt, lastAt }) => {
    const minutes = Math.max(1, Math.ceil((lastAt.getTime() - beganAt.getTime()) / 60_000));
    const within = `within ${countOf(minutes, 'minute')} from ${utcMoment(beganAt)}`;
    return `${count} of ${leftCount} leavings by one click came from one network ${within}: a scanner may have clicked. They stay left.`;
  });
}

/** What to type about an edition that waits for somebody: what keeps it says what is wrong, and no command. */
function describeSteps({ id, state, gates, deliveries, prunedAt }: PublicEditionDetails): string[] {
  const isHeldUp = gates.length > 0 && (state === 'draft' || state === 'held');
  return [
    ...(isHeldUp
      ? [`Once it is mended: "gazette editions recheck ${id}"; "gazette editions edit ${id}" changes its words or leaves a post.`]
      : []),
    ...(state === 'paused' ? [`"gazette editions resume ${id}" goes on with it; "gazette editions cancel ${id}" gives it up.`] : []),
    ...(deliveries.rejected > 0 && prunedAt === null ? [`"gazette deliveries ${id} --state rejected" shows who was refused.`] : []),
  ];
}

function describeState(edition: PublicEditionDetails): string[] {
  const approved = edition.approvedAt ? `, approved ${utcMoment(edition.approvedAt)} by ${edition.approvedBy ?? 'nobody'}` : '';
  const decideBy = edition.decideBy ? `, to be decided by ${utcMoment(edition.decideBy)}` : '';
  const texts = [
    ['Subject', edition.subject],
    ['Preheader', edition.preheader],
    ['Note', edition.note],
  ] as const;
  return [
    `Edition ${edition.id} is ${edition.state}${edition.reason === null ? '' : `: ${edition.reason}`}`,
    `Composed ${utcMoment(edition.composedAt)}${approved}${decideBy}`,
    ...texts.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`])),
  ];
}

function describePost(post: PublicEditionPost, title: string): string {
  const marks = [
    post.kind === 'correction' ? 'correction' : '',
    post.isPinnedFirst ? 'pinned' : '',
    post.isLeftOut ? 'left for the next edition' : '',
    post.rank === null ? '' : `rank ${post.rank}`,
  ].filter(Boolean);
  const id = `post ${post.postId}`.padEnd(10);
  return `  ${post.position.padStart(5)}  ${id}  ${title}${marks.length > 0 ? `  (${marks.join(', ')})` : ''}`;
}
