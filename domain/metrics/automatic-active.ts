// iglu's "automatic" active percent (clinical.md §3.1): from the first reading to the last, blind to a missing head or tail.
// Promise: shown beside the real one, never used for sufficiency.

const MS_PER_MIN = 60_000;

/** Percent; undefined without a reading. @param measuredAt ascending, epoch ms */
export function automaticActivePercent(measuredAt: readonly number[], cadenceMin: number): number | undefined {
  const first = measuredAt[0];
  const last = measuredAt.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const steps = measuredAt.slice(1).map((at, index) => (at - measuredAt[index]!) / MS_PER_MIN);
  const gaps = steps.filter((minutes) => roundAsR(minutes) > cadenceMin);
  const expected = roundAsR(roundAsR((last - first) / MS_PER_MIN) / cadenceMin) + 1;
  // All gaps together, as iglu rounds them: two of seven minutes miss one reading of a five-minute sensor.
  const missing = roundAsR(gaps.reduce((sum, minutes) => sum + minutes - cadenceMin, 0) / cadenceMin);
  return (100 * (expected - missing)) / expected;
}

/** Halves go to the even neighbour (IEC 60559). */
function roundAsR(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
