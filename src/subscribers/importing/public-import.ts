import { countChanges, type ImportCounts, type ImportPlan } from './import-request.ts';

/** An import as programs see it: planned or done. */
export interface PublicImport {
  /** `planned`: a dry run. `refused`: nobody said how these people agreed. `unchanged`: there was nothing to do. */
  readonly outcome: 'planned' | 'imported' | 'unchanged' | 'refused';
  /** Null for suppressions, which hold for all. */
  readonly newsletter: string | null;
  readonly form: string;
  readonly encoding: string;
  readonly separator: string;
  readonly columns: readonly { readonly column: string; readonly field: string | null }[];
  readonly mappingRemembered: boolean;
  readonly cannotTellWhoLeft: boolean;
  readonly rows: number;
  readonly doubled: number;
  /** People of whom no row is taken, because one that was refused says less of them. */
  readonly held: number;
  readonly refused: number;
  /** Taken as they are, although their addresses are near a large mail host. */
  readonly hinted: number;
  /** Taken for the state alone, which lowers. */
  readonly flawed: number;
  /** The file of refused rows and hints; null where there was none. */
  readonly errors: string | null;
  readonly otherNewsletters: Readonly<Record<string, number>>;
  readonly unknownLabels: readonly { readonly label: string; readonly count: number }[];
  readonly counts: ImportCounts;
  readonly firstPosts: number;
  readonly resumedAfterLine: number | null;
}

/** What programs are told of an import. `done`: what became of people, where it was carried out. */
export function publicImport(plan: ImportPlan, errors: string | undefined, done?: ImportCounts): PublicImport {
  const { file, contents } = plan;
  const isIdle = countChanges(plan.counts) === 0;
  return {
    outcome: plan.lacksConsent ? 'refused' : done ? 'imported' : isIdle ? 'unchanged' : 'planned',
    newsletter: file.form === 'gazette-suppressions' ? null : plan.newsletter.slug,
    form: file.form,
    encoding: file.encoding,
    separator: file.separator,
    columns: file.mapping.map(({ column, field }) => ({ column, field: field ?? null })),
    mappingRemembered: plan.isMappingRemembered,
    cannotTellWhoLeft: file.cannotTellWhoLeft,
    rows: contents.rows,
    doubled: contents.doubled,
    held: contents.held,
    refused: contents.refused,
    hinted: contents.hinted,
    flawed: contents.flawed,
    errors: errors ?? null,
    otherNewsletters: contents.otherNewsletters,
    unknownLabels: contents.unknownLabels,
    counts: done ?? plan.counts,
    firstPosts: plan.firstPosts,
    resumedAfterLine: plan.doneUptoLine ?? null,
  };
}
