import { describe, expect, test } from '@jest/globals';
import { buildDigestModel, type DigestFrame, type ShownRelease } from '../../src/editions/digests/digest-model.ts';

const topics = [
  { id: '7', slug: 'research', name: 'Research' },
  { id: '3', slug: 'leadership', name: 'Leadership' },
];

const frame: DigestFrame = {
  newsletter: {
    id: '1',
    slug: 'weekly',
    name: 'The Weekly',
    senderName: 'The Trust',
    senderAddress: 'letter@example.org',
    replyTo: null,
    postalAddress: '12 Mill Lane',
    language: 'en',
    colour: '#1f5f8b',
    logoUrl: null,
    intro: null,
    privacyUrl: null,
    welcome: null,
    thanksHosts: [],
    account: null,
    template: 'digest',
    sections: {},
    staffAddress: null,
    isSample: false,
    closedAt: null,
  },
  language: 'es',
  editionDate: new Date('2026-03-06T08:00:00Z'),
  timeZone: 'Europe/Madrid',
  maximum: 3,
  subject: null,
  preheader: null,
  note: null,
  topics,
  archiveUrl: 'https://news.example.org/archive/weekly/1',
  restUrl: 'https://news.example.org/archive/weekly/1/posts',
  feedUrl: 'https://news.example.org/feeds/weekly.atom',
  siteUrl: null,
};

interface Sketch extends Partial<Omit<ShownRelease, 'content'>> {
  readonly content?: Partial<ShownRelease['content']>;
}

/** The release at a position: published on that day of March, unless told otherwise. */
function release(position: number, sketch: Sketch = {}): ShownRelease {
  const postId = sketch.postId ?? String(position);
  const at = new Date(Date.UTC(2026, 2, position));
  return {
    position: BigInt(position),
    postId,
    kind: 'post',
    revision: 1,
    releasedAt: at,
    topics: [],
    rank: null,
    isPinnedFirst: false,
    note: null,
    ...sketch,
    content: {
      postId,
      revision: 1,
      tagId: '',
      state: 'released',
      publishedAt: at,
      updatedAt: at,
      title: `Post ${position}`,
      url: `https://example.org/${position}`,
      html: '<p>Words.</p>',
      summary: 'Words.',
      authors: [],
      image: null,
      attachments: [],
      event: null,
      language: null,
      topics: [],
      ...sketch.content,
    },
  };
}

const shown = (releases: readonly ShownRelease[], changes: Partial<DigestFrame> = {}): string[] =>
  buildDigestModel(releases, { ...frame, maximum: 99, ...changes }).posts.map((post) => post.title);

describe('the order of posts', () => {
  test('is the newest first, whatever the order of their release', () => {
    const backdated = release(9, { content: { title: 'Old', publishedAt: new Date('2020-01-01T00:00:00Z') } });
    expect(shown([release(1), backdated, release(2)])).toEqual(['Post 2', 'Post 1', 'Old']);
  });

  test('puts a post without a date where it was released', () => {
    expect(shown([release(1), release(3, { content: { title: 'Undated', publishedAt: null } }), release(4)])).toEqual([
      'Post 4',
      'Undated',
      'Post 1',
    ]);
  });

  test('of posts with the same date is the later release first', () => {
    const publishedAt = new Date('2026-03-01T00:00:00Z');
    expect(shown([1, 2, 3].map((position) => release(position, { content: { publishedAt } })))).toEqual(['Post 3', 'Post 2', 'Post 1']);
  });

  test('is pinned posts first, then the order that staff gave, then the rest', () => {
    const posts = [release(1, { isPinnedFirst: true }), release(2, { rank: 1 }), release(3, { rank: 0 }), release(4), release(5)];
    expect(shown(posts)).toEqual(['Post 1', 'Post 3', 'Post 2', 'Post 5', 'Post 4']);
  });

  test('holds among several pinned posts too', () => {
    const posts = [release(1, { isPinnedFirst: true }), release(2, { isPinnedFirst: true }), release(3, { isPinnedFirst: true, rank: 0 })];
    expect(shown(posts)).toEqual(['Post 3', 'Post 2', 'Post 1']);
  });

  test('does not depend on the order in which posts come in', () => {
    const posts = [release(1, { isPinnedFirst: true }), release(2, { rank: 1 }), release(3, { rank: 0 }), release(4), release(5)];
    expect(shown([...posts].reverse())).toEqual(shown(posts));
  });
});

describe('over the maximum', () => {
  test('the first in the order stand in full, the others under "Also published", none is lost', () => {
    const model = buildDigestModel(
      [1, 2, 3, 4, 5].map((position) => release(position)),
      frame,
    );
    expect(model.posts.map((post) => post.title)).toEqual(['Post 5', 'Post 4', 'Post 3']);
    expect(model.alsoPublished.map((post) => post.title)).toEqual(['Post 2', 'Post 1']);
  });

  test('a pinned post is among those in full, however old', () => {
    const model = buildDigestModel([release(1, { isPinnedFirst: true }), ...[2, 3, 4].map((position) => release(position))], frame);
    expect(model.posts.map((post) => post.title)).toEqual(['Post 1', 'Post 4', 'Post 3']);
  });
});

describe('the heading of a post', () => {
  test("is its first topic in the newsletter's order, not its own", () => {
    const [post] = buildDigestModel([release(1, { topics: ['3', '7'] })], frame).posts;
    expect(post?.topic).toEqual({ slug: 'research', name: 'Research' });
  });

  test('is none where the post has no topic, or only hidden ones', () => {
    const model = buildDigestModel([release(1), release(2, { topics: ['99'] })], frame);
    expect(model.posts.map((post) => post.topic)).toEqual([undefined, undefined]);
  });
});

describe('the order of sections', () => {
  const withTopic = (position: number, topic: string, sketch: Sketch = {}) => release(position, { topics: [topic], ...sketch });

  test("is the newsletter's order of topics, that of the first post before all others", () => {
    expect(buildDigestModel([withTopic(1, '3'), withTopic(2, '7')], frame).sectionOrder).toEqual(['Research', 'Leadership']);
    expect(buildDigestModel([withTopic(1, '7'), withTopic(2, '3')], frame).sectionOrder).toEqual(['Leadership', 'Research']);
    const three = { ...frame, topics: [...topics, { id: '5', slug: 'news', name: 'News' }] };
    const posts = [withTopic(3, '5'), withTopic(2, '3'), withTopic(1, '7')];
    expect(buildDigestModel(posts, three).sectionOrder).toEqual(['News', 'Research', 'Leadership']);
  });

  test('heeds what staff pinned or ordered', () => {
    const three = { ...frame, topics: [...topics, { id: '5', slug: 'news', name: 'News' }] };
    const ordered = [withTopic(3, '5', { rank: 0 }), withTopic(2, '3', { rank: 1 }), withTopic(1, '7')];
    expect(buildDigestModel(ordered, three).sectionOrder).toEqual(['News', 'Leadership', 'Research']);
  });
});

describe('a correction', () => {
  const correction = release(5, { kind: 'correction', postId: '1', note: 'The date was wrong.', content: { title: 'Post 1' } });

  test('is a line of its own, no post, and says what staff say of it', () => {
    const model = buildDigestModel([release(2), correction], frame);
    expect(model.posts.map((post) => post.title)).toEqual(['Post 2']);
    expect(model.corrections).toEqual([{ position: 5n, title: 'Post 1', url: 'https://example.org/5', note: 'The date was wrong.' }]);
  });

  test('has no line where its post is in the same digest', () => {
    expect(buildDigestModel([release(1), correction], frame).corrections).toEqual([]);
    const beyondTheMaximum = [release(1), release(2), release(3), release(4), correction];
    expect(buildDigestModel(beyondTheMaximum, frame).corrections).toEqual([]);
  });

  test('stands in the order of release', () => {
    const earlier = release(4, { kind: 'correction', postId: '2' });
    expect(buildDigestModel([correction, earlier], frame).corrections.map((each) => each.position)).toEqual([4n, 5n]);
  });

  test('of a post that was corrected before shares its line: the newest, with what is said of each, nothing twice', () => {
    const corrected = (position: number, note: string | null) =>
      release(position, { kind: 'correction', postId: '1', note, content: { title: `Post 1, corrected at ${position}` } });
    const other = release(6, { kind: 'correction', postId: '2' });
    const twice = [corrected(8, 'A name was misspelt'), other, corrected(5, 'The date was wrong.')];
    expect(buildDigestModel(twice, frame).corrections).toMatchObject([
      { position: 6n, title: 'Post 6' },
      { position: 8n, title: 'Post 1, corrected at 8', note: 'The date was wrong. A name was misspelt' },
    ]);
    const notesOf = (...notes: (string | null)[]) =>
      buildDigestModel(
        notes.map((note, index) => corrected(index + 1, note)),
        frame,
      ).corrections.map((each) => each.note);
    expect(notesOf('The date', 'the place', null, 'The date')).toEqual(['The date; the place']);
    expect(notesOf(null, null)).toEqual([undefined]);
  });
});

describe('what all digests of an edition share', () => {
  test('is language, template, dates, links and the words of staff', () => {
    const model = buildDigestModel([release(1)], {
      ...frame,
      subject: 'S {{ posts.size }}',
      preheader: 'P',
      note: 'N',
      siteUrl: 'https://example.org',
    });
    expect(model).toMatchObject({
      language: 'es',
      template: 'digest',
      timeZone: 'Europe/Madrid',
      editionDate: frame.editionDate,
      subject: 'S {{ posts.size }}',
      preheader: 'P',
      note: 'N',
      archiveUrl: frame.archiveUrl,
      restUrl: frame.restUrl,
      feedUrl: frame.feedUrl,
      newsletter: { name: 'The Weekly', postalAddress: '12 Mill Lane', siteUrl: 'https://example.org' },
    });
  });

  test('leaves out what nobody said', () => {
    const model = buildDigestModel([release(1)], frame);
    for (const name of ['subject', 'preheader', 'note']) expect(model).not.toHaveProperty(name);
    expect(model.newsletter).not.toHaveProperty('siteUrl');
  });
});

test('a post without a title goes by that of its document', () => {
  const attachments = [{ url: 'https://example.org/files/working-paper-7.pdf', title: 'Working paper 7', mediaType: 'application/pdf' }];
  const [post] = buildDigestModel([release(1, { content: { title: '', attachments } })], frame).posts;
  expect(post?.title).toBe('Working paper 7');
  expect(post?.attachments).toEqual([expect.objectContaining({ title: 'Working paper 7', mediaType: 'application/pdf' })]);
});
