/*
 * Writes the mails outside the ledger. A short mail stands in a page of its own; one that carries a digest sets a note above it,
 * so that staff and new readers see the digest exactly as it is.
 */
import { join } from 'node:path';
import type { Liquid } from 'liquidjs';
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { accentFrom, defaultColour } from '../templates/colour.ts';
import { directionOf, languageFor, formatInstant, formatPlainDay, nameWithSender, phrase, servedTag } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import { createLiquid, parseTemplate, renderTemplate } from '../templates/liquid.ts';
import type { ParsedTemplate } from '../templates/liquid.ts';
import { loadLanguages } from '../templates/load-languages.ts';
import { readTemplateFile } from '../templates/read-template.ts';
import type {
  CarriedDigest,
  EditionWaitingMail,
  NoticeMail,
  NoticeRenderer,
  RenderedNotice,
  StaffStep,
  StaffWords,
} from './notice-mail.ts';
import { noticeSpecimens } from './notice-specimens.ts';
import { fillPlaceholders, withoutPersonalParts } from '../../content/text/placeholder.ts';

type Kind = NoticeMail['kind'];

const kinds: readonly Kind[] = ['confirmation', 'welcome', 'edition_waiting', 'test', 'staff', 'link'];

interface NoticeTemplates {
  readonly html: ParsedTemplate;
  readonly text: ParsedTemplate;
}

/** Loads templates/notices and tries each mail. @throws InvalidInputError naming file and line of what is broken. */
export async function createNoticeRenderer(options: { readonly templatesFolder: string }): Promise<NoticeRenderer> {
  const folder = join(options.templatesFolder, 'notices');
  const engines = { html: createLiquid('html'), text: createLiquid('text') };
  const languages = await loadLanguages(options.templatesFolder);
  const load = async (engine: Liquid, file: string) =>
    parseTemplate(engine, join(folder, file), await readTemplateFile(join(folder, file)));
  const page = await load(engines.html, 'page.html.liquid');
  const note = await load(engines.html, 'note.html.liquid');
  const templates = new Map<Kind, NoticeTemplates>();
  for (const kind of kinds) {
    const name = kind.replaceAll('_', '-');
    templates.set(kind, { html: await load(engines.html, `${name}.html.liquid`), text: await load(engines.text, `${name}.txt.liquid`) });
  }

  const write = (mail: NoticeMail): RenderedNotice => {
    const language = languageFor(languages, mail.language);
    const { html, text } = templates.get(mail.kind)!;
    const subject = cutAtWord(cleanLine(subjectOf(mail, language)), 150);
    const view = viewOf(mail, language, subject);
    const digest = digestOf(mail);
    const body = renderTemplate(engines.html, html, language, view).trim();
    const frame = renderTemplate(engines.html, digest ? note : page, language, { ...view, content: contentMark }).replace(
      contentMark,
      () => body,
    );
    const words = `${renderTemplate(engines.text, text, language, view)
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()}\n`;
    return {
      subject,
      html: digest ? insertIntoBody(digest.html, frame) : frame,
      text: digest ? `${words}\n${'='.repeat(74)}\n\n${digest.text}` : words,
    };
  };
  for (const specimen of noticeSpecimens) write(specimen);
  return { render: async (mail) => write(mail) };
}

const contentMark = '\uFDD20\uFDD3';

function subjectOf(mail: NoticeMail, language: Language): string {
  switch (mail.kind) {
    case 'confirmation':
      return phrase(language, 'notice.confirmation.subject', { newsletter: mail.newsletter.name });
    case 'welcome':
      return phrase(language, 'notice.welcome.subject', { newsletter: mail.newsletter.name });
    case 'edition_waiting': {
      const key = mail.matter === 'held' ? 'notice.waiting.heldSubject' : 'notice.waiting.approvalSubject';
      return phrase(language, key, { subject: mail.digest?.subject ?? mail.newsletter.name });
    }
    case 'test':
      return phrase(language, 'notice.test.subject', { subject: mail.digest.subject });
    case 'staff':
      return wordsOf(mail.subject, language).text;
    case 'link':
      return phrase(language, `notice.link.${mail.matter}Title`, { newsletter: mail.newsletter.name });
  }
}

/** The digest that a mail carries, without marks: a new reader's own links in the welcome, none in what staff get to see. */
function digestOf(mail: NoticeMail): { html: string; text: string } | undefined {
  if (mail.kind === 'welcome') {
    const { digest, values } = mail;
    return digest && { html: fillPlaceholders(digest.html, values, 'html'), text: fillPlaceholders(digest.text, values, 'text') };
  }
  if (mail.kind !== 'edition_waiting' && mail.kind !== 'test') return undefined;
  return mail.digest && impersonal(mail.digest);
}

function impersonal(digest: CarriedDigest): { html: string; text: string } {
  return { html: withoutPersonalParts(digest.html, 'html'), text: withoutPersonalParts(digest.text, 'text') };
}

function viewOf(mail: NoticeMail, language: Language, subject: string): Record<string, unknown> {
  const { newsletter } = mail;
  const direction = directionOf(language);
  return {
    language: servedTag(language, mail.language),
    direction,
    start: direction === 'rtl' ? 'right' : 'left',
    hang: direction === 'rtl' ? '0 20px 0 0' : '0 0 0 20px',
    subject,
    newsletter: newsletter
      ? {
          name: newsletter.name,
          full: nameWithSender(newsletter, language),
          sender: newsletter.senderName,
          address: newsletter.postalAddress,
        }
      : null,
    accent: accentFrom(newsletter?.colour ?? defaultColour, '#ffffff', '#1b1c1f'),
    ...ownFields(mail, language),
  };
}

function ownFields(mail: NoticeMail, language: Language): Record<string, unknown> {
  switch (mail.kind) {
    case 'confirmation':
      return {
        confirmUrl: mail.confirmUrl,
        expires: mail.expiresAt ? formatPlainDay(mail.expiresAt, language, mail.timeZone ?? 'UTC') : null,
      };
    case 'welcome':
      return { hasDigest: mail.digest !== undefined, words: mail.words ?? [], unsubscribeUrl: mail.values['links.unsubscribe'] };
    case 'edition_waiting':
      return waitingFields(mail, language);
    case 'test':
      return {};
    case 'link':
      return { matter: mail.matter, url: mail.url ?? null, newAddress: mail.address ?? null };
    case 'staff':
      return {
        paragraphs: mail.paragraphs.map((words) => wordsOf(words, language)),
        steps: (mail.steps ?? []).map((step) => wordStep(step, language)),
        links: mail.links ?? [],
      };
  }
}

/** What staff are told, and whether it is English within a mail that need not be. */
function wordsOf(words: StaffWords, language: Language): { readonly text: string; readonly isEnglish: boolean } {
  if (typeof words === 'string') return { text: words, isEnglish: true };
  const values = Object.entries(words.values).map(([name, value]) => [
    name,
    typeof value === 'number' || typeof value === 'string' ? value : wordsOf(value, language).text,
  ]);
  return { text: phrase(language, words.phrase, Object.fromEntries(values)), isEnglish: false };
}

function wordStep({ kind, ...values }: StaffStep, language: Language): string {
  return phrase(language, `notice.step.${kind}`, values);
}

function waitingFields(mail: EditionWaitingMail, language: Language): Record<string, unknown> {
  const deadlines = { send: 'notice.waiting.deadlineSend', skip: 'notice.waiting.deadlineSkip' } as const;
  const deadlineKey = mail.atDeadline ? deadlines[mail.atDeadline] : 'notice.waiting.deadline';
  return {
    isHeld: mail.matter === 'held',
    reason: mail.reason ?? null,
    faults: mail.faults,
    repairs: mail.repairs,
    recipientCount: mail.recipientCount,
    nothing: mail.nothing,
    deadline: mail.decideBy
      ? phrase(language, deadlineKey, {
          at: `${formatInstant(mail.decideBy, language, mail.timeZone ?? 'UTC')} (${mail.timeZone ?? 'UTC'})`,
        })
      : null,
    approveUrl: mail.approveUrl,
    skipUrl: mail.skipUrl,
    editionId: mail.editionId,
    hasDigest: mail.digest !== undefined,
  };
}

/** Html with a note as the first thing in its body. */
function insertIntoBody(html: string, note: string): string {
  const body = /<body\b[^<>]*>/i.exec(html);
  const at = body ? body.index + body[0].length : 0;
  return `${html.slice(0, at)}${note}${html.slice(at)}`;
}
