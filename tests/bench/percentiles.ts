// Latencies as a histogram of 0.1 ms below 1 s and 10 ms above: constant memory whatever the load.

const FINE_BUCKETS = 10_000;
const COARSE_BUCKETS = 10_000;

export class Latencies {
  private readonly fine = new Uint32Array(FINE_BUCKETS);
  private readonly coarse = new Uint32Array(COARSE_BUCKETS);
  count = 0;

  add(ms: number): void {
    this.count++;
    if (ms < 1000) this.fine[Math.floor(ms * 10)]!++;
    else this.coarse[Math.min(COARSE_BUCKETS - 1, Math.floor(ms / 10))]!++;
  }

  /** Upper edge of the bucket that holds the percentile, in ms; undefined without a value. */
  percentile(p: number): number | undefined {
    if (this.count === 0) return undefined;
    let left = Math.ceil((this.count * p) / 100);
    for (let index = 0; index < FINE_BUCKETS; index++) {
      left -= this.fine[index] as number;
      if (left <= 0) return (index + 1) / 10;
    }
    for (let index = 0; index < COARSE_BUCKETS; index++) {
      left -= this.coarse[index] as number;
      if (left <= 0) return (index + 1) * 10;
    }
    return COARSE_BUCKETS * 10;
  }
}
