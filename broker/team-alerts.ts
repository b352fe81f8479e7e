// Keeps `v1/teams/{teamId}/alerts/{alertId}` true: the present state of every alert that is not closed, retained; no names in it.
// Promise: read again in full at start and whenever listening to the database had been interrupted.
import type { Pool } from 'pg';
import type { Log } from '../runtime/log.ts';
import { createNotificationListener } from '../storage/notification-listener.ts';
import type { BrokerCounters } from './broker-counters.ts';
import { alertTopic } from './topic-rights.ts';

const PUBLISH_AFTER_MS = 50;
const TRY_AGAIN_MS = 1_000;
const LOOK_AT_ALL_EVERY_MS = 60_000;

interface Row {
  readonly alert_id: string;
  readonly team_id: string | null;
  /** null of a test that is for nobody in particular. */
  readonly patient_id: string | null;
  readonly test: boolean;
  readonly closed: boolean;
  readonly condition: string;
  readonly direction: string;
  readonly severity: string;
  readonly state: string;
  readonly signal: string;
  readonly opened_at: number;
  readonly cleared_at: number | null;
}

export interface TeamAlerts {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TeamAlertsDeps {
  readonly pool: Pool;
  readonly databaseUrl: string;
  /** Where links start. */
  readonly publicUrl: string;
  readonly publish: (message: { readonly topic: string; readonly payload: string; readonly retain: boolean }) => void;
  readonly counters: BrokerCounters;
  readonly log: Log;
}

const SELECT = `
  select a.alert_id, a.team_id, p.patient_id, a.state in ('resolved', 'expired', 'retrospective') as closed,
         a.condition, a.direction, a.severity, a.state, a.signal, a.opened_at, a.cleared_at, a.test
  from alerts a left join patients p using (patient_key)`;

export function createTeamAlerts({ pool, databaseUrl, publicUrl, publish, counters, log }: TeamAlertsDeps): TeamAlerts {
  /** What is retained now, by alert. */
  const retained = new Map<string, { readonly topic: string; readonly payload: string }>();
  const changed = new Set<string>();
  let lookAtAll = true;
  let lookedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let publishing: Promise<void> | undefined;
  let stopped = false;

  const listener = createNotificationListener({
    databaseUrl,
    channels: ['live'],
    log,
    onNotification(_channel, payload) {
      const [entity, alertId] = payload.split(' ');
      if (entity !== 'alert' || alertId === undefined) return;
      changed.add(alertId);
      hurry();
    },
    onConnected() {
      lookAtAll = true;
      hurry();
    },
  });

  function withdraw(alertId: string, topic: string): void {
    publish({ topic, payload: '', retain: true });
    retained.delete(alertId);
  }

  function show(row: Row): void {
    const { alert_id: alertId, team_id: teamId } = row;
    const before = retained.get(alertId);
    const topic = teamId === null ? undefined : alertTopic(teamId, alertId);
    if (before && before.topic !== topic) withdraw(alertId, before.topic);
    if (topic === undefined) return;
    const payload = JSON.stringify(toMessage(row, publicUrl));
    if (row.closed) {
      if (!retained.has(alertId)) return;
      // Whoever listens learns how it ended before nothing is left of it.
      publish({ topic, payload, retain: false });
      withdraw(alertId, topic);
    } else if (before?.payload !== payload) {
      retained.set(alertId, { topic, payload });
      publish({ topic, payload, retain: true });
      counters.downlinks.inc({ kind: 'alert' });
    }
  }

  async function publishAll(): Promise<void> {
    lookedAt = performance.now();
    const { rows } = await pool.query<Row>(`${SELECT} where a.state in ('open', 'acknowledged', 'snoozed')`);
    for (const row of rows) show(row);
    const open = new Set(rows.map((row) => row.alert_id));
    for (const alertId of retained.keys()) if (!open.has(alertId)) changed.add(alertId);
  }

  async function publishChanged(): Promise<void> {
    const alertIds = [...changed];
    changed.clear();
    try {
      const { rows } = await pool.query<Row>(`${SELECT} where a.alert_id = any($1::uuid[])`, [alertIds]);
      for (const row of rows) show(row);
      const found = new Set(rows.map((row) => row.alert_id));
      for (const alertId of alertIds) {
        const gone = found.has(alertId) ? undefined : retained.get(alertId);
        if (gone) withdraw(alertId, gone.topic);
      }
    } catch (error) {
      for (const alertId of alertIds) changed.add(alertId);
      throw error;
    }
  }

  async function work(): Promise<void> {
    let nextMs = LOOK_AT_ALL_EVERY_MS;
    try {
      while (lookAtAll || performance.now() - lookedAt >= LOOK_AT_ALL_EVERY_MS) {
        lookAtAll = false;
        await publishAll();
      }
      if (changed.size > 0) await publishChanged();
    } catch (error) {
      counters.downlinkFailures.inc({ kind: 'alert' });
      log.debug({ err: error }, 'alerts could not be read for their topics, trying again');
      lookAtAll = true;
      nextMs = TRY_AGAIN_MS;
    }
    publishing = undefined;
    schedule(changed.size > 0 && nextMs !== TRY_AGAIN_MS ? PUBLISH_AFTER_MS : nextMs);
  }

  function schedule(afterMs: number): void {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => {
      publishing = work();
    }, afterMs);
  }

  function hurry(): void {
    if (!publishing) schedule(PUBLISH_AFTER_MS);
  }

  return {
    async start() {
      await listener.start();
      // Who subscribes from now on finds what is open.
      clearTimeout(timer);
      publishing = work();
      await publishing;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await publishing;
      await listener.stop();
    },
  };
}

function toMessage(row: Row, publicUrl: string): object {
  return {
    alertId: row.alert_id,
    patientId: row.patient_id ?? undefined,
    ...(row.test && { test: true }),
    teamId: row.team_id,
    condition: row.condition,
    direction: row.direction,
    severity: row.severity,
    state: row.state,
    signal: row.signal,
    openedAt: new Date(Number(row.opened_at)).toISOString(),
    ...(row.cleared_at === null ? {} : { clearedAt: new Date(Number(row.cleared_at)).toISOString() }),
    link: `${publicUrl}/#/alerts/${row.alert_id}`,
  };
}
