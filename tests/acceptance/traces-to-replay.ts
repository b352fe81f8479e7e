// CGM traces as CSV for the replay test, invented, in mmol/L, at UTC−5.
import { createRandom, type Random } from '../../simulators/traces/random.ts';

const DAY_MS = 24 * 60 * 60_000;
const CADENCE_MS = 5 * 60_000;
const OFFSET_MS = 5 * 60 * 60_000;
const SLOTS_OF_DAY = 288;

/** Its mean and shares are those of its own numbers: no codes, no gaps. */
export const PLAIN_PERSON = 'Person, one';
export const PLAIN_VALUES = Array.from(
  { length: 15 * SLOTS_OF_DAY },
  (_, slot) => Math.round(72 + 39 * Math.sin(slot / 20)) / 10,
);

/** Columns id,time,gl. The last reading is 12 hours and whole days ago, so that a replay that begins later moves it by as many days. */
export function inventTraces(): string {
  const traces: readonly [id: string, values: readonly (number | string)[]][] = [
    [PLAIN_PERSON, PLAIN_VALUES],
    ['Person two', wander(createRandom(20_261_122), 9 * SLOTS_OF_DAY)],
  ];
  const startAt = Date.now() - 4_000 * DAY_MS - DAY_MS / 2 - (PLAIN_VALUES.length - 1) * CADENCE_MS;
  const rows = traces.flatMap(([id, values]) =>
    values.map((value, slot) => {
      const local = new Date(startAt + slot * CADENCE_MS - OFFSET_MS).toISOString().slice(0, 19);
      return `"${id}",${local}-05:00,${value}`;
    }),
  );
  return `id,time,gl\n${rows.join('\n')}\n`;
}

/** Lows, highs, at times off the scale, and some hours without a reading in every third day. */
function wander(random: Random, slots: number): (number | string)[] {
  let level = 8;
  return Array.from({ length: slots }, (_, slot) => {
    level = Math.min(24, Math.max(1.8, level + (random() - 0.5) * 1.6));
    if (slot % (3 * SLOTS_OF_DAY) > 3 * SLOTS_OF_DAY - 40) return 'NA';
    return level < 2.2 ? 'LOW' : level > 22.2 ? 'HIGH' : Math.round(level * 10) / 10;
  });
}
