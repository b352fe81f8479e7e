// How much of a schedule may hold at once: whoever asks goes through every duty with every swap and leave at each change of a range.
import type { ScheduleProblem } from './check-schedule.ts';
import type { LocalSpan, OnCallSchedule } from './on-call-schedule.ts';

/** Named by all shifts together, each time that they are. */
const MAX_NAMED = 300;
/** Of swaps, and of leave. */
const MAX_AT_ONCE = 20;
const MAX_SWAP_WINDOWS = 500;

/** The first of each kind that is too much. */
export function checkCrowding({ shifts, swaps = [], leave = [] }: OnCallSchedule): ScheduleProblem[] {
  const windows = swaps.flatMap((swap, i) => swap.windows.map((span) => ({ ...span, field: `swaps/${i}` })));
  const away = leave.map(({ from, to }, i) => ({ from, to, field: `leave/${i}` }));
  let named = 0;
  const tooMany = shifts.findIndex(({ memberIds }) => {
    named += memberIds.length;
    return named > MAX_NAMED;
  });
  const problems: ScheduleProblem[] = [];
  if (tooMany >= 0) {
    const detail = `All shifts together name more than ${MAX_NAMED} members: name in each only whom it calls, and drop shifts that have ended.`;
    problems.push({ field: `shifts/${tooMany}/memberIds`, detail });
  }
  const beyond = windows[MAX_SWAP_WINDOWS];
  const swapping = firstBeyond(windows);
  if (beyond) {
    const detail = `All swaps together have more than ${MAX_SWAP_WINDOWS} windows: drop those that have ended.`;
    problems.push({ field: `${beyond.field}/windows`, detail });
  } else if (swapping !== undefined) {
    const detail = `More than ${MAX_AT_ONCE} swaps hold at once: write the shifts as they are to be, or an override.`;
    problems.push({ field: swapping, detail });
  }
  const leaving = firstBeyond(away);
  if (leaving !== undefined) {
    const detail = `More than ${MAX_AT_ONCE} are on leave at once: leave out who has no duty then, or write an override.`;
    problems.push({ field: leaving, detail });
  }
  return problems;
}

/** The one that begins while MAX_AT_ONCE others hold. Local times order as their text does; spans are half-open. */
function firstBeyond(spans: readonly (LocalSpan & { readonly field: string })[]): string | undefined {
  const ends = spans.map(({ to }) => to).sort();
  let ended = 0;
  for (const [begun, { from, field }] of [...spans].sort((a, b) => compare(a.from, b.from)).entries()) {
    for (let end = ends[ended]; end !== undefined && end <= from; end = ends[ended]) ended++;
    if (begun + 1 - ended > MAX_AT_ONCE) return field;
  }
  return undefined;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
