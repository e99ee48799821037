/*
 * What a thing starts with where staff say nothing stands in one constant; the help of a command, the columns of the schema and the style sheet
 * cannot import it, and are held to it here.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from '../scripts/command.ts';
import { newslettersAdd } from '../scripts/table/newsletters.ts';
import { schedulesAdd } from '../scripts/table/schedules.ts';
import { sourcesAdd } from '../scripts/table/sources.ts';
import { newsletterDefaults } from '../src/newsletters/newsletter.ts';
import { newScheduleSettings } from '../src/newsletters/schedule-settings.ts';
import { sourceDefaults } from '../src/sources/source.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

let copy: TestDatabase;

beforeAll(async () => {
  copy = await createTestDatabase();
});

afterAll(async () => {
  await copy.drop();
});

const orNone = (value: string | number | null): string => String(value ?? 'none');

describe('what a command says that it does without an option', () => {
  test.each<[Command, string, string | number | null]>([
    [newslettersAdd, 'language', newsletterDefaults.language],
    [newslettersAdd, 'colour', newsletterDefaults.colour],
    [newslettersAdd, 'template', newsletterDefaults.template],
    [schedulesAdd, 'minimum', newScheduleSettings.minimum],
    [schedulesAdd, 'maximum', newScheduleSettings.maximum],
    [schedulesAdd, 'max-wait', newScheduleSettings.maxWaitHours],
    [schedulesAdd, 'approval', newScheduleSettings.approval],
    [schedulesAdd, 'deadline', newScheduleSettings.deadlineHours],
    [sourcesAdd, 'first', sourceDefaults.firstRead],
    [sourcesAdd, 'guard', sourceDefaults.guardLimit],
  ])('is what it does: %#', (command, option, value) => {
    expect([command.name, option, command.options?.[option]?.default]).toEqual([command.name, option, orNone(value)]);
  });
});

describe('what a column holds without a value', () => {
  test.each<[string, string, unknown]>([
    ['newsletter', 'language', newsletterDefaults.language],
    ['newsletter', 'colour', newsletterDefaults.colour],
    ['newsletter', 'template', newsletterDefaults.template],
    ['newsletter', 'sections', newsletterDefaults.sections],
    ['newsletter', 'is_sample', newsletterDefaults.isSample],
    ['newsletter', 'reply_to', newsletterDefaults.replyTo],
    ['newsletter', 'logo_url', newsletterDefaults.logoUrl],
    ['newsletter', 'intro', newsletterDefaults.intro],
    ['newsletter', 'staff_address', newsletterDefaults.staffAddress],
    ['newsletter', 'privacy_url', newsletterDefaults.privacyUrl],
    ['newsletter', 'welcome', newsletterDefaults.welcome],
    ['schedule', 'minimum', newScheduleSettings.minimum],
    ['schedule', 'maximum', newScheduleSettings.maximum],
    ['schedule', 'max_wait', newScheduleSettings.maxWaitHours],
    ['schedule', 'approval', newScheduleSettings.approval],
    ['schedule', 'deadline', newScheduleSettings.deadlineHours],
    ['schedule', 'deadline_policy', newScheduleSettings.deadlinePolicy],
    ['source', 'kind', sourceDefaults.kind],
    ['source', 'first_read', sourceDefaults.firstRead],
    ['source', 'guard_limit', sourceDefaults.guardLimit],
  ])('%s.%s is as in the code', async (table, column, value) => {
    const { rows } = await copy.database.query<{ stated: string | null }>(
      'select column_default as stated from information_schema.columns where table_name = $1 and column_name = $2',
      [table, column],
    );
    expect(rows).toHaveLength(1);
    const { rows: values } = await copy.database.query<{ value: unknown }>(`select ${rows[0]!.stated ?? 'null'} as value`);
    expect(values[0]?.value).toEqual(value);
  });
});

test('pages of no newsletter are painted in the colour of a new one', async () => {
  const styles = await readFile(new URL('../templates/pages/styles.css', import.meta.url), 'utf8');
  expect(/--accent: (#\w+);/.exec(styles)?.[1]).toBe(newsletterDefaults.colour);
});
