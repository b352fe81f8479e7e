// Upkeep of many patients at once, which one of them can't spoil for the others.
// Promise: whoever fails by themselves is found by halving, logged once, and left alone for a while; what passes by itself, or fails for
// everybody, is thrown.
import type { Log } from '../../runtime/log.ts';
import type { IngestCounters } from '../ingest-counters.ts';
import { isPassing } from '../is-passing.ts';

/** Then they are tried again, each alone. */
const PAUSE_MS = 60_000;
/** So many that fail, and nobody who doesn't: it is not about the patients. */
const MOST_WITHOUT_SUCCESS = 3;

export interface ConcernsPatient {
  readonly patientKey: number;
}

export interface PatientsApart {
  /** Those to be passed over at `now`, epoch ms. */
  setAside(now: number): ReadonlySet<number>;
  /**
   * Runs `work` for all items, or, where it fails, for fewer at a time; it must leave everything so that it can be run again. Answers
   * for how many of the items it went well.
   */
  run<T extends ConcernsPatient>(
    task: string,
    items: readonly T[],
    work: (some: readonly T[]) => Promise<void>,
    now: number,
  ): Promise<number>;
}

export interface PatientsApartDeps {
  readonly log: Log;
  readonly counters: Pick<IngestCounters, 'patientsSetAside'>;
}

export function createPatientsApart({ log, counters }: PatientsApartDeps): PatientsApart {
  /** Whoever has failed, and until when they are left alone. */
  const troubled = new Map<number, number>();
  const reported = new Set<string>();

  function setAside(task: string, { patientKey }: ConcernsPatient, err: unknown, now: number): void {
    troubled.set(patientKey, now + PAUSE_MS);
    counters.patientsSetAside.inc({ task });
    const key = `${task} ${patientKey}`;
    if (reported.has(key)) return;
    reported.add(key);
    log.error(
      { err, task, patientKey },
      'upkeep of one patient fails for a reason that does not pass; the others go on',
    );
  }

  return {
    setAside(now) {
      return new Set([...troubled].filter(([, until]) => until > now).map(([patientKey]) => patientKey));
    },
    async run(task, items, work, now) {
      const { well = [], ill = [] } = Object.groupBy(items, (item) => (troubled.has(item.patientKey) ? 'ill' : 'well'));
      let done = 0;
      const failed: { readonly item: ConcernsPatient; readonly error: unknown }[] = [];

      async function attempt(some: typeof items, isForAll: () => boolean): Promise<void> {
        try {
          await work(some);
          done += some.length;
          return;
        } catch (error) {
          if (isPassing(error)) throw error;
          if (some.length === 1) failed.push({ item: some[0]!, error });
          if (isForAll()) throw error;
        }
        if (some.length === 1) return;
        // Every other one: neighbours that fail don't hide those who would go well.
        await attempt(
          some.filter((_, index) => index % 2 === 0),
          isForAll,
        );
        await attempt(
          some.filter((_, index) => index % 2 === 1),
          isForAll,
        );
      }

      if (well.length > 0) await attempt(well, () => done === 0 && failed.length >= MOST_WITHOUT_SUCCESS);
      for (const item of ill) {
        const before = done;
        await attempt([item], () => false);
        if (done > before) troubled.delete(item.patientKey);
      }
      for (const { item, error } of failed) setAside(task, item, error, now);
      return done;
    },
  };
}
