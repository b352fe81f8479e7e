// Keeps patient_risks true: at once for whose alerts change, in rounds for everybody, at a pace that doesn't grow with their number.
// Promise: several processes may keep them at the same time; a round is one process's work.
import type { Pool } from 'pg';
import type { Log } from '../../runtime/log.ts';
import { inTransaction } from '../in-transaction.ts';
import { createNotificationListener } from '../notification-listener.ts';
import { patientsOfAlerts, patientsToJudge, patientsWithAlerts, refreshPatientRisks } from './patient-risks.ts';
import type { RiskFactsDeps } from './read-risk-facts.ts';

/** What else moves a risk (fourteen days in range, a week of blood pressures, days of silence) moves slowly. */
const ROUND_EVERY_MS = 10_000;
const PATIENTS_PER_ROUND = 200;
const FRESH_FOR_MS = 5 * 60_000;
/** Alerts come in bursts: one look for all of them. */
const AFTER_ALERT_MS = 100;
/** The same number in every process. */
const ROUND_LOCK_KEY = 1_717_003;

export interface RiskKeeper {
  start(): Promise<void>;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export interface RiskKeeperDeps extends RiskFactsDeps {
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly now: () => number;
  readonly log: Log;
}

export function createRiskKeeper(deps: RiskKeeperDeps): RiskKeeper {
  const { pool, now, log } = deps;
  const alertIds = new Set<string>();
  let gap = true;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let roundAt = 0;
  let running: Promise<void> | undefined;
  let stopped = true;
  let failing = false;

  async function refresh(patientKeys: readonly number[]): Promise<void> {
    for (let from = 0; from < patientKeys.length && !stopped; from += PATIENTS_PER_ROUND)
      await refreshPatientRisks(deps, patientKeys.slice(from, from + PATIENTS_PER_ROUND), now());
  }

  async function refreshAfterNews(): Promise<void> {
    const [ids, hadGap] = [[...alertIds], gap];
    alertIds.clear();
    gap = false;
    try {
      if (hadGap) await refresh(await patientsWithAlerts(pool));
      if (ids.length > 0) await refresh(await patientsOfAlerts(pool, ids));
    } catch (error) {
      gap = true;
      throw error;
    }
  }

  /** Answers whether somebody waits who was never judged. */
  function goRound(): Promise<boolean> {
    return inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
        ROUND_LOCK_KEY,
      ]);
      if (!rows[0]?.mine) return false;
      const waiting = await patientsToJudge(pool, now() - FRESH_FOR_MS, PATIENTS_PER_ROUND);
      await refresh(waiting);
      return waiting.length === PATIENTS_PER_ROUND && (await patientsToJudge(pool, 0, 1)).length > 0;
    });
  }

  async function work(): Promise<void> {
    let more = false;
    try {
      await refreshAfterNews();
      if (performance.now() >= roundAt) {
        more = await goRound();
        roundAt = performance.now() + (more ? 0 : ROUND_EVERY_MS);
      }
      failing = false;
    } catch (err) {
      if (!failing) log.warn({ err }, 'risks could not be judged, trying again');
      failing = true;
      roundAt = performance.now() + ROUND_EVERY_MS;
    }
  }

  /** Never puts off what is due sooner: alerts that keep coming don't keep themselves from being looked at. */
  function schedule(delayMs: number): void {
    const wantedAt = performance.now() + delayMs;
    if (stopped || running !== undefined || wantedAt >= dueAt) return;
    clearTimeout(timer);
    dueAt = wantedAt;
    timer = setTimeout(() => {
      dueAt = Number.POSITIVE_INFINITY;
      running = work().finally(() => {
        running = undefined;
        const hasNews = (alertIds.size > 0 || gap) && !failing;
        schedule(hasNews ? AFTER_ALERT_MS : Math.max(0, roundAt - performance.now()));
      });
    }, delayMs);
  }

  const listener = createNotificationListener({
    databaseUrl: deps.databaseUrl,
    channels: ['live'],
    log,
    onNotification(_channel, payload) {
      const [entity, alertId] = payload.split(' ');
      if (entity !== 'alert' || alertId === undefined) return;
      alertIds.add(alertId);
      schedule(AFTER_ALERT_MS);
    },
    onConnected() {
      gap = true;
      schedule(AFTER_ALERT_MS);
    },
  });

  return {
    async start() {
      stopped = false;
      schedule(0);
      await listener.start();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await listener.stop();
      await running;
    },
  };
}
