// What all metrics of a window cost without a database: `node tests/bench/metrics-cost.ts [ROUNDS]`. 14 days of one-minute readings
// (20,160) and of five-minute ones (4,032); medians of the CPU time of one thread. Budget: all metrics of 20,160 readings below 50 ms.
import { performance } from 'node:perf_hooks';
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import { ambulatoryProfile } from '../../domain/metrics/ambulatory-profile.ts';
import { compressionLows } from '../../domain/metrics/compression-low.ts';
import { summariseDays } from '../../domain/metrics/day-summary.ts';
import { glucoseEvents } from '../../domain/metrics/glucose-events.ts';
import { glucoseMetrics } from '../../domain/metrics/glucose-metrics.ts';
import { gridMetrics } from '../../domain/metrics/grid-metrics.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import { singleTrace } from '../../domain/metrics/single-trace.ts';

const BUDGET_MS = 50;
const DAYS = 14;
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const timeZone = 'Asia/Shanghai';
const from = Date.parse('2026-11-01T00:00:00+08:00');
const window = { from, to: from + DAYS * DAY_MS };
const request = { ...window, timeZone, askedBy: 'days' as const };

/** Three meals a day, a slow drift, no randomness: the same readings in every run. */
function sensor(cadenceMin: number): GlucoseSeries {
  const length = (DAYS * 1440) / cadenceMin;
  const minutes = Float64Array.from({ length }, (_, row) => row * cadenceMin);
  const mgPerDl = (minute: number) =>
    Math.round(140 + 60 * Math.sin(minute / 76) + 45 * Math.sin(minute / 17) + 15 * Math.sin(minute / 5000));
  return {
    deviceKey: 1,
    cadenceMin,
    length,
    measuredAt: minutes.map((minute) => from + minute * MINUTE_MS),
    value: minutes.map(mgPerDl),
    meta: new Uint16Array(length),
  };
}

const PARTS: Readonly<Record<string, (cgm: readonly GlucoseSeries[]) => unknown>> = {
  'day summaries, merged': (cgm) => mergeDaySummaries(summariseDays(cgm, window, timeZone)),
  'grid metrics (MAGE, MODD, CONGA, AUC, MAG, GVP)': (cgm) => gridMetrics(cgm, window, timeZone),
  'events of six kinds': (cgm) => glucoseEvents(cgm, window, timeZone),
  'profile (AGP)': (cgm) => ambulatoryProfile(mergeDaySummaries(summariseDays(cgm, window, timeZone)), request, cgm),
  'compression lows': (cgm) => compressionLows(singleTrace(cgm, window), timeZone),
  'all of it': (cgm) => {
    const summary = mergeDaySummaries(summariseDays(cgm, window, timeZone));
    return [
      glucoseMetrics(summary, request, gridMetrics(cgm, window, timeZone)),
      glucoseEvents(cgm, window, timeZone),
      ambulatoryProfile(summary, request, cgm),
      compressionLows(singleTrace(cgm, window), timeZone),
    ];
  },
};

function medianMs(run: () => unknown, rounds: number): { cpu: number; elapsed: number } {
  const taken = Array.from({ length: rounds }, () => {
    const cpu = process.threadCpuUsage();
    const before = performance.now();
    run();
    const { user, system } = process.threadCpuUsage(cpu);
    return { cpu: (user + system) / 1000, elapsed: performance.now() - before };
  });
  const middle = (of: 'cpu' | 'elapsed') => taken.map((one) => one[of]).sort((a, b) => a - b)[rounds >> 1]!;
  return { cpu: middle('cpu'), elapsed: middle('elapsed') };
}

const rounds = Math.max(1, Math.floor(Number(process.argv[2] ?? 15)));
for (const cadenceMin of [1, 5]) {
  const cgm = [sensor(cadenceMin)];
  process.stdout.write(`\n14 days, a reading every ${cadenceMin} min (${cgm[0]!.length}), ${rounds} rounds\n`);
  for (const [name, run] of Object.entries(PARTS)) {
    run(cgm);
    const first = medianMs(() => run(cgm), rounds);
    process.stdout.write(`  ${name.padEnd(50)} ${first.cpu.toFixed(1)} ms CPU, ${first.elapsed.toFixed(1)} ms\n`);
  }
}
process.stdout.write(`\nbudget: all of it, one-minute readings, below ${BUDGET_MS} ms\n`);
