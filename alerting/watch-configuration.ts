// Counts, over all teams, what has to be mended in how they can be reached (domain/alerts/lint-alerting.ts), for /metrics. Promise: a few
// teams a round, so that nothing else waits for it; the gauge changes once all have been looked at.
import type { Gauge } from 'prom-client';
import { ALERTING_FINDING_KINDS, lintAlerting } from '../domain/alerts/lint-alerting.ts';
import { readRouting } from '../storage/alerts/read-routing.ts';
import { readTeamIds } from '../storage/alerts/read-team-ids.ts';
import type { AlertingContext } from './alerting-context.ts';

const TEAMS_A_ROUND = 10;

export interface ConfigurationWatch {
  /** Answers whether there are teams left to look at. */
  round(): Promise<boolean>;
}

export function createConfigurationWatch({
  pool,
  channels,
  counters,
  now,
}: Pick<AlertingContext, 'pool' | 'channels' | 'counters' | 'now'>): ConfigurationWatch {
  const gauge: Gauge = counters.configurationProblems;
  let after: string | undefined;
  let found = new Map<string, number>();

  return {
    async round() {
      const teamIds = await readTeamIds(pool, after, TEAMS_A_ROUND);
      // Whatever is wrong with one of them, the next round goes on behind them.
      after = teamIds.at(-1);
      const at = now();
      for (const teamId of teamIds) {
        const { settings, ...routing } = await readRouting(pool, { teamId });
        const hasChannel = (channel: string) => channels.has(channel);
        for (const { kind } of lintAlerting({ routing, settings, at, hasChannel }))
          found.set(kind, (found.get(kind) ?? 0) + 1);
      }
      if (teamIds.length === TEAMS_A_ROUND) return true;
      for (const kind of ALERTING_FINDING_KINDS) gauge.set({ kind }, found.get(kind) ?? 0);
      after = undefined;
      found = new Map();
      return false;
    },
  };
}
