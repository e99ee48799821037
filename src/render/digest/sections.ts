/*
 * Which posts stand together under which heading.
 */
import { cleanLine } from '../../kernel/text/clean-text.ts';
import type { DigestModel } from '../digest.ts';
import type { PreparedTitle } from '../parts/prepared-post.ts';
import { phrase } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import { titleView } from './title-view.ts';

/** Posts by topic, each group under its heading; those without one under a heading of their own, or under none where it would be the only one. */
export function sectionsOf<P extends { readonly topic: string | null }>(
  posts: readonly P[],
  order: DigestModel['sectionOrder'],
  language: Language,
): { name: string | null; heading: string; posts: readonly P[] }[] {
  const groups = groupByTopic(posts, order);
  const isLeading = (index: number) => index === 0 && groups.some(({ topic }) => topic !== null);
  return groups.map(({ topic, posts: inGroup }, index) => {
    const name = topic ?? (groups.length > 1 && !isLeading(index) ? phrase(language, 'digest.otherPosts') : null);
    return { name, heading: `h${headingLevel(name)}`, posts: inGroup };
  });
}

/** A view of a title, and the heading that it is listed under. */
type ListedTitle = ReturnType<typeof titleView>;

// Fewer titles are taken in at a glance, whatever their months.
const groupedFrom = 8;

/** Titles under their topics; where none has one, long lists under their months. */
export function titleGroups(
  prepared: readonly PreparedTitle[],
  { model, language }: { readonly model: DigestModel; readonly language: Language },
) {
  const titles = prepared.map((each) => titleView(each, model, language));
  const months = new Set(titles.map(({ month }) => month));
  if (titles.some(({ topic }) => topic !== null))
    return sectionsOf(titles, model.sectionOrder, language).map(({ name, posts }) => ({ name, posts }));
  if (titles.length < groupedFrom || months.size < 2 || months.size > titles.length / 2) return [{ name: null, posts: titles }];
  return [...months].map((name): { name: string | null; posts: readonly ListedTitle[] } => ({
    name,
    posts: titles.filter(({ month }) => month === name),
  }));
}

/**
 * Posts by topic, in the order that the model wants, else as topics first appear; those without one last. First posts without one stand first all
 * the same, under no heading: the subject names them, and staff may have pinned them.
 */
function groupByTopic<P extends { readonly topic: string | null }>(
  posts: readonly P[],
  order: readonly string[] = [],
): { topic: string | null; posts: readonly P[] }[] {
  const firstTopical = posts.findIndex((post) => post.topic !== null);
  const leading = firstTopical > 0 ? posts.slice(0, firstTopical) : [];
  const following = posts.slice(leading.length);
  const wanted = order.map((name) => cleanLine(name));
  const place = (topic: string | null) =>
    topic === null ? wanted.length + 1 : wanted.includes(topic) ? wanted.indexOf(topic) : wanted.length;
  const topics = [...new Set(following.map((post) => post.topic))].sort((a, b) => place(a) - place(b));
  const groups = topics.map((topic) => ({ topic, posts: following.filter((post) => post.topic === topic) }));
  return leading.length > 0 ? [{ topic: null, posts: leading }, ...groups] : groups;
}

/** The level of a post's heading: below its section's, if that has one. */
export function headingLevel(sectionName: string | null): number {
  return sectionName === null ? 2 : 3;
}
