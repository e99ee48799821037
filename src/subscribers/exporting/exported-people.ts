/*
 * People as they are exported: one row for each subscription, one for each suppression, in the columns that an import of ours knows. Pure.
 * Invariant: what is written here is read there as the same person with the same state, consent and choices; whatever a name holds, no spreadsheet
 * takes a cell of it for a formula.
 */
import {
  subscriptionColumns,
  suppressionColumns,
  topicsText,
  type SubscriptionRecord,
  type SuppressionRecord,
} from '../importing/reading/own-export.ts';
import type { SubscriptionToExport, SuppressionToExport } from './people-export-store.ts';

/** A value of an export in JSON. */
export type ExportedValue = string | number | null | readonly string[];

/** A subscription as JSON says it, in the order of the columns. */
export function exportedSubscription(row: SubscriptionToExport): Readonly<Record<keyof SubscriptionRecord, ExportedValue>> {
  return {
    address: row.address,
    name: row.name,
    newsletter: row.newsletter,
    state: row.state,
    suppression: row.suppression,
    schedule: row.schedule,
    topics: row.topics,
    language: row.language,
    format: row.format,
    hour: row.localHour,
    zone: row.timeZone,
    paused_until: row.isPausedIndefinitely ? 'indefinitely' : (row.pausedUntil?.toISOString() ?? null),
    created_at: row.createdAt.toISOString(),
    consent_at: row.consentAt?.toISOString() ?? null,
    consent_source: row.consentSource,
    left_at: row.leftAt?.toISOString() ?? null,
    suppressed_at: row.suppressedAt?.toISOString() ?? null,
  };
}

/** A suppression as JSON says it; the key only where there is no address. */
export function exportedSuppression(row: SuppressionToExport): Readonly<Record<keyof SuppressionRecord, ExportedValue>> {
  return {
    address: row.address,
    address_key: row.address === null ? row.addressKey : null,
    reason: row.reason,
    at: row.at.toISOString(),
    source: row.source,
  };
}

/** What is exported: its columns, and what its array is called in JSON. */
export type ExportKind = 'subscriptions' | 'suppressions';

/** The columns of an export, in their order. */
export function columnsOfExport(kind: ExportKind): readonly string[] {
  return kind === 'subscriptions' ? subscriptionColumns : suppressionColumns;
}

/** The cells of a row, in the order of the columns. U+FFFD stands for what was lost before it came here, and means nothing to anybody. */
export function cellsOf(record: Readonly<Record<string, ExportedValue>>, columns: readonly string[]): string[] {
  return columns.map((name) => {
    const value = record[name];
    if (name === 'topics') return topicsText(value as readonly string[] | null);
    return value === null || value === undefined ? '' : String(value).replaceAll('\uFFFD', '');
  });
}
