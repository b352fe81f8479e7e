// Trailing mean over a fixed number of slots (clinical.md §3.5, step 2 of MAGE).

/**
 * Mean of the last `width` slots, this one included, absent ones (NaN) skipped; NaN where all are absent. The first `width` − 1
 * positions take the first full value. `slots` must hold at least `width`.
 */
export function movingMean(slots: readonly number[], width: number): number[] {
  const means: number[] = new Array<number>(width - 1).fill(0);
  for (let slot = width - 1; slot < slots.length; slot++) {
    let sum = 0;
    let count = 0;
    for (let back = slot - width + 1; back <= slot; back++) {
      const value = slots[back]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    means.push(sum / count);
  }
  return means.fill(means[width - 1]!, 0, width - 1);
}
