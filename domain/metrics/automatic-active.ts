// iglu's "automatic" active percent (clinical.md §3.1): from the first reading to the last, blind to a missing head or tail.
// Promise: shown beside the real one, never used for sufficiency.

/** Percent; undefined without a reading. @param measuredAt ascending, epoch ms */
export function automaticActivePercent(measuredAt: readonly number[], cadenceMin: number): number | undefined {
  const first = measuredAt[0];
  const last = measuredAt.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const slots = (ms: number) => Math.round(ms / (cadenceMin * 60_000));
  const expected = slots(last - first) + 1;
  let missing = 0;
  for (let row = 1; row < measuredAt.length; row++) {
    missing += Math.max(0, slots(measuredAt[row]! - measuredAt[row - 1]!) - 1);
  }
  return (100 * (expected - missing)) / expected;
}
