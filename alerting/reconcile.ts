// Finds whatever is due and unsettled in the tables and does it here, most urgent first: what makes the loss of a nudge, or of the whole
// queue for however long, cost seconds and nothing else (promise 9). Promise: whoever else does the same work meanwhile, it is done once.
import type { Turn } from '../domain/alerts/severity-order.ts';
import {
  readDueAlerts,
  readDueNotifications,
  readMovedAlerts,
  readUnappliedPatients,
} from '../storage/alerts/due-work.ts';
import type { AlertingContext } from './alerting-context.ts';
import type { LoopName } from './alerting-counters.ts';
import { applySignals } from './apply-signals.ts';
import { isPassing } from './is-passing.ts';
import { reviewAlert } from './review-alert.ts';

/** Rounds are short, so that what becomes urgent meanwhile soon comes first. */
const BATCH = 200;
/** As many deliveries as may wait for their turn. */
const DELIVERIES = 1_000;
/** Patients or alerts at once, a transaction each; jobs and deliveries use the same pool. */
const AT_ONCE = 2;
/** A signal this fresh has a nudge of its own on the way. */
const NUDGE_MS = 1_000;
/** Whatever fails by itself is left alone so long, so that it keeps nobody from their turn. */
const REST_MS = 30_000;

export interface DueWork {
  readonly name: LoopName;
  /** Answers whether there may be more. Throws what failed, once everything else was done. */
  round(): Promise<boolean>;
}

export function createDueWork(context: AlertingContext): readonly DueWork[] {
  const { pool, now, counters, deliveries } = context;
  let isStart = true;
  return [
    createRounds<number>(context, {
      name: 'signals',
      async find(resting) {
        // Nothing is on its way when a process starts.
        const before = isStart ? Number.MAX_SAFE_INTEGER : now() - NUDGE_MS;
        const found = await readUnappliedPatients(pool, before, BATCH, resting);
        isStart = false;
        return found.map(({ patientKey, turn }) => ({ key: patientKey, turn }));
      },
      handle: (patientKey) => applySignals(patientKey, context),
    }),
    createRounds<string>(context, {
      name: 'timers',
      async find(resting) {
        const due = await readDueAlerts(pool, now(), BATCH, resting);
        const moved = await readMovedAlerts(pool, now(), BATCH, resting);
        return [
          ...due.map(({ alertId, turn }) => ({ key: alertId, turn })),
          ...moved.map((alertId) => ({ key: alertId, turn: 0 as const })),
        ];
      },
      handle: (alertId) => reviewAlert(alertId, context),
    }),
    {
      name: 'notifications',
      async round() {
        const begun = deliveries.begin(await readDueNotifications(pool, now(), DELIVERIES));
        if (begun > 0) counters.reconciled.inc({ what: 'notifications' }, begun);
        return false;
      },
    },
  ];
}

interface Due<Key> {
  readonly key: Key;
  readonly turn: Turn;
}

interface Kind<Key> {
  readonly name: LoopName;
  /** Most urgent first, without those that rest. */
  find(resting: readonly Key[]): Promise<readonly Due<Key>[]>;
  handle(key: Key): Promise<void>;
}

function createRounds<Key>({ counters, now, random }: AlertingContext, { name, find, handle }: Kind<Key>): DueWork {
  const restsUntil = new Map<Key, number>();

  return {
    name,
    async round() {
      for (const [key, until] of restsUntil) if (until <= now()) restsUntil.delete(key);
      const found = await find([...restsUntil.keys()]);
      if (found.length > 0) counters.reconciled.inc({ what: name }, found.length);
      const waiting = inTurn(found, random);
      const failures: unknown[] = [];
      let isOutage = false;
      async function takeTurns(): Promise<void> {
        for (let next = waiting.pop(); next && !isOutage; next = waiting.pop()) {
          try {
            await handle(next.key);
          } catch (failure) {
            failures.push(failure);
            // An outage is nobody's own, and the others would only wait for it, too.
            isOutage ||= isPassing(failure);
            if (!isOutage) restsUntil.set(next.key, now() + REST_MS);
          }
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
      if (failures.length === 1) throw failures[0];
      if (failures.length > 1) throw new AggregateError(failures, `${failures.length} of ${found.length} failed`);
      return found.length >= BATCH;
    },
  };
}

/** Last comes first. Several processes find the same, so each begins elsewhere among what is equally urgent. */
function inTurn<Key>(found: readonly Due<Key>[], random: () => number): Due<Key>[] {
  const drawn = found.map((due) => ({ due, order: random() + due.turn }));
  return drawn.toSorted((a, b) => a.order - b.order).map(({ due }) => due);
}
