import { InvalidInputError } from '../kernel/errors.ts';
import { withFullStop } from '../kernel/full-stop.ts';
import { pauseEdition } from '../ledger/drafts/decide-edition.ts';
import { freezeEdition, type FreezeResult } from '../ledger/freeze/freeze-edition.ts';
import type { EditionPorts } from './edition-ports.ts';
import { createCheckedGroupRenderer } from './digests/render-releases.ts';

/** What came of it. `unrenderable`: it is paused, and staff know why. */
export type Frozen = FreezeResult | { readonly kind: 'unrenderable'; readonly reason: string };

/**
 * Freezes an approved edition. Most digests were rendered before its approval; one that is needed only now, because a reader changed their
 * topics since, may meet a template that was changed as well, or fail a gate. Then the edition is paused, so that it does not stand in the way of the next ones.
 */
export async function freezeApproved(ports: EditionPorts, editionId: string): Promise<Frozen> {
  const { database, clock, log } = ports;
  try {
    const result = await freezeEdition(database, editionId, {
      renderRendition: createCheckedGroupRenderer(ports),
      enqueue: ports.enqueue,
      now: clock,
    });
    log.info('edition.frozen', { editionId, ...result });
    return result;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const reason = `It cannot go on: ${withFullStop(error.message)} Mend the template or the newsletter's settings, then resume it.`;
    const paused = await pauseEdition(database, editionId, { reason, now: clock() });
    if (paused.kind === 'conflict') return { kind: 'stopped', state: paused.state };
    log.error('edition.unrenderable', { editionId, error });
    await ports.notifyStaff(editionId, { kind: 'paused', reason });
    return { kind: 'unrenderable', reason };
  }
}
