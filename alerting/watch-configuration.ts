// Counts, over all teams, what has to be mended in how they can be reached (domain/alerts/lint-alerting.ts), for /metrics: a few teams a
// round, the gauge once all have been looked at. Promise: a team that can't be looked at counts as such, keeps what was found of it last,
// and costs no other team anything.
import type { Gauge } from 'prom-client';
import { ALERTING_FINDING_KINDS, lintAlerting } from '../domain/alerts/lint-alerting.ts';
import { readReach } from '../storage/alerts/dead-contacts.ts';
import { readTeamIds } from '../storage/alerts/read-team-ids.ts';
import type { AlertingContext } from './alerting-context.ts';
import { isPassing } from './is-passing.ts';

const TEAMS_A_ROUND = 10;
/** What is wrong with it the log says. */
const NOT_CHECKED = 'not_checked';

export interface ConfigurationWatch {
  /** Answers whether there are teams left to look at. Throws what failed once all of them were, an outage at once. */
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
  let failures: unknown[] = [];
  let before = new Map<string, readonly string[]>();
  let found = new Map<string, readonly string[]>();

  async function lint(teamId: string): Promise<string[]> {
    const { settings, ...routing } = await readReach(pool, { teamId });
    const hasChannel = (channel: string) => channels.has(channel);
    return lintAlerting({ routing, settings, at: now(), hasChannel }).map(({ kind }) => kind);
  }

  async function look(teamId: string): Promise<void> {
    try {
      found.set(teamId, await lint(teamId));
    } catch (failure) {
      // Of an outage no team says anything; the next round begins with the same ones.
      if (isPassing(failure)) throw failure;
      failures.push(failure);
      const known = before.get(teamId)?.filter((kind) => kind !== NOT_CHECKED) ?? [];
      found.set(teamId, [...known, NOT_CHECKED]);
    }
  }

  function conclude(): readonly unknown[] {
    const kinds = [...found.values()].flat();
    for (const kind of [...ALERTING_FINDING_KINDS, NOT_CHECKED])
      gauge.set({ kind }, kinds.filter((each) => each === kind).length);
    const failed = failures;
    before = found;
    found = new Map();
    failures = [];
    after = undefined;
    return failed;
  }

  return {
    async round() {
      const teamIds = await readTeamIds(pool, after, TEAMS_A_ROUND);
      for (const teamId of teamIds) await look(teamId);
      after = teamIds.at(-1);
      if (teamIds.length === TEAMS_A_ROUND) return true;
      const failed = conclude();
      if (failed.length === 1) throw failed[0];
      if (failed.length > 1) throw new AggregateError(failed, `${failed.length} teams could not be looked at`);
      return false;
    },
  };
}
