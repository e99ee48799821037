import type { Queryable } from '../db/db.ts';
import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/text/near-name.ts';
import { isUniqueViolation } from '../db/sqlstate.ts';
import type { Newsletter, NewsletterSettings } from './newsletter.ts';

const columns = `id, slug, name, sender_name as "senderName", sender_address as "senderAddress", reply_to as "replyTo",
  postal_address as "postalAddress", language, colour, logo_url as "logoUrl", intro, template, sections,
  staff_address as "staffAddress", is_sample as "isSample", privacy_url as "privacyUrl", welcome, thanks_hosts as "thanksHosts", account, closed_at as "closedAt"`;

/** Stores a newsletter; what was released before it is nobody's who joins it. @throws ConflictError when the slug is taken. */
export async function insertNewsletter(db: Queryable, newsletter: Omit<Newsletter, 'id' | 'closedAt'>): Promise<Newsletter> {
  try {
    const { rows } = await db.query<Newsletter>(
      `insert into newsletter (slug, name, sender_name, sender_address, reply_to, postal_address, language, colour, logo_url, intro,
         template, staff_address, is_sample, sections, privacy_url, welcome, thanks_hosts, account, made_at_position)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, (select last_position from release_counter))
       returning ${columns}`,
      [
        newsletter.slug,
        newsletter.name,
        newsletter.senderName,
        newsletter.senderAddress,
        newsletter.replyTo,
        newsletter.postalAddress,
        newsletter.language,
        newsletter.colour,
        newsletter.logoUrl,
        newsletter.intro,
        newsletter.template,
        newsletter.staffAddress,
        newsletter.isSample,
        JSON.stringify(newsletter.sections),
        newsletter.privacyUrl,
        newsletter.welcome,
        newsletter.thanksHosts,
        newsletter.account,
      ],
    );
    return rows[0]!;
  } catch (error) {
    if (isUniqueViolation(error, 'newsletter_slug_key')) {
      throw new ConflictError(`A newsletter "${newsletter.slug}" exists already`, {
        cause: error,
        remedy: { kind: 'set_newsletter', slug: newsletter.slug },
      });
    }
    throw error;
  }
}

/** Under this name and a newsletter's id stands when its name, sender or language last changed, which each page and feed of it says. */
export const newsletterHeadSetting = 'newsletter_head:';

const updateSql = `with before as materialized (
       select id as newsletter_id, sender_address as address, (name, sender_name, language) is distinct from ($2, $3, $7) as is_renamed
       from newsletter where id = $1 for no key update),
     renamed as (
       insert into setting (name, value) select $14 || newsletter_id, to_jsonb($2::text) from before where is_renamed
       on conflict on constraint setting_pkey do update set value = excluded.value, updated_at = now()),
     former as (
       insert into former_sender (newsletter_id, address, used_until) select newsletter_id, address, now() from before where address <> $4
       on conflict on constraint former_sender_pkey do update set used_until = excluded.used_until)
     update newsletter
     set name = $2, sender_name = $3, sender_address = $4, reply_to = $5, postal_address = $6, language = $7, colour = $8,
         logo_url = $9, intro = $10, template = $11, staff_address = $12, sections = $13,
         privacy_url = $15, welcome = $16, thanks_hosts = $17, account = $18
     from before
     where id = before.newsletter_id
     returning ${columns}`;

/** Changes what `settings` names and leaves the rest. Until when it sent under another address is kept. @throws NotFoundError */
export async function updateNewsletter(db: Queryable, slug: string, settings: NewsletterSettings): Promise<Newsletter> {
  const current = await getNewsletter(db, slug);
  const next = { ...current, ...settings };
  const { rows } = await db.query<Newsletter>(updateSql, [
    current.id,
    next.name,
    next.senderName,
    next.senderAddress,
    next.replyTo,
    next.postalAddress,
    next.language,
    next.colour,
    next.logoUrl,
    next.intro,
    next.template,
    next.staffAddress,
    JSON.stringify(next.sections),
    newsletterHeadSetting,
    next.privacyUrl,
    next.welcome,
    next.thanksHosts,
    next.account,
  ]);
  return rows[0]!;
}

/** All newsletters, oldest first. */
export async function listNewsletters(db: Queryable): Promise<Newsletter[]> {
  const { rows } = await db.query<Newsletter>(`select ${columns} from newsletter order by id`);
  return rows;
}

/** So many of the newsletters that readers may mean, oldest first: those that are open, or where all were closed, those. */
export async function listCurrentNewsletters(db: Queryable, limit: number): Promise<Newsletter[]> {
  const { rows } = await db.query<Newsletter>(
    `select ${columns} from newsletter
     where closed_at is null or not exists (select from newsletter o where o.closed_at is null)
     order by id limit $1`,
    [limit],
  );
  return rows;
}

/** The newsletter with this slug, undefined when there is none. */
export async function findNewsletter(db: Queryable, slug: string): Promise<Newsletter | undefined> {
  const { rows } = await db.query<Newsletter>(`select ${columns} from newsletter where slug = $1`, [slug]);
  return rows[0];
}

/** The newsletter with this slug. @throws NotFoundError that lists the ones that exist. */
export async function getNewsletter(db: Queryable, slug: string): Promise<Newsletter> {
  const newsletter = await findNewsletter(db, slug);
  if (newsletter) return newsletter;
  const known = (await listNewsletters(db)).map((each) => each.slug);
  throw new NotFoundError(
    `Expected a newsletter (${known.length > 0 ? known.join(', ') : 'there is none yet'}), got "${slug}"${didYouMean(slug, known)}`,
  );
}

/** The newsletter with this id. @throws NotFoundError */
export async function getNewsletterById(db: Queryable, id: string): Promise<Newsletter> {
  const { rows } = await db.query<Newsletter>(`select ${columns} from newsletter where id = $1`, [id]);
  if (!rows[0]) throw new NotFoundError(`Expected a newsletter, found none with id ${id}`);
  return rows[0];
}
