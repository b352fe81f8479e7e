// The auditor: what no timer would bring up again is found and repaired, and somebody outside is told each time that nothing is overdue.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { audit } from '../../alerting/audit.ts';
import { createDeadMan, type DeadMan } from '../../alerting/dead-man.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { hang, hangUp, startHttpReceiver } from '../contract/http-receiver.ts';
import { until } from '../system/until.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

const log = createLog({ part: 'test', level: 'silent' });
let scene: Scene;
let byHand: ByHand;
let counters: ReturnType<typeof createCounters>;

beforeEach(async () => {
  scene = await createScene();
  byHand = await alertingByHand(scene);
  counters = createCounters({ part: 'test' });
});
afterEach(() => scene.destroy());

const run = (deadMan: Pick<DeadMan, 'ping'> = { ping() {} }) =>
  audit({ pool: scene.database.pool, now: scene.now, log, counters: createAlertingCounters(counters), deadMan });
const change = (sql: string) => scene.database.pool.query(`update alerts set ${sql}`);
async function countOf(name: string, labels: object = {}): Promise<number> {
  const metric = (await counters.snapshot()).find((each) => each.name === name);
  return (
    metric?.values.find((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value))?.value ??
    0
  );
}
async function lastEntry() {
  const [alert] = await scene.alerts();
  return (await scene.detail(alert!.alertId)).timeline.at(-1);
}
const open = async (ruleId = 'CGM-01') => {
  await scene.fire(ruleId, {}, { nudge: false });
  await byHand.settle();
};

describe('the auditor', () => {
  test('finds nothing to mend in an alert that has just been told, nor in one that somebody owns', async () => {
    await open();
    await run();
    const [alert] = await scene.alerts();
    await scene.commands.acknowledge(alert!.alertId, scene.userId);
    await byHand.settle();
    await run();
    expect(await countOf('pulseward_audit_repairs_total')).toBe(0);
    expect(await countOf('pulseward_urgent_alerts_overdue')).toBe(0);
  });

  test('repairs an escalation whose next step no timer brings, and the step is taken', async () => {
    await open();
    // The lead's step is due after 15 minutes; a timer that comes hours later would leave it behind.
    await change(`due_at = ${scene.now() + 600 * MINUTE_MS}, due_reason = 'repeat_interval'`);
    scene.pass(17 * MINUTE_MS);
    await run();
    expect(await lastEntry()).toMatchObject({ event: 'repaired', reason: 'escalation_without_timer' });
    await byHand.settle();
    const { rows } = await scene.database.pool.query<{ due_at: number }>('select due_at from alerts');
    expect(rows[0]!.due_at).toBeLessThan(scene.now() + 60 * MINUTE_MS);
    await run();
    expect(await countOf('pulseward_audit_repairs_total')).toBe(1);
  });

  test('repairs an owner whom nobody would ask for an outcome', async () => {
    await open();
    const [alert] = await scene.alerts();
    await scene.commands.acknowledge(alert!.alertId, scene.userId);
    await byHand.settle();
    await change('due_at = null, due_reason = null');
    await run();
    expect(await lastEntry()).toMatchObject({ event: 'repaired', reason: 'owner_without_timer' });
    await byHand.settle();
    const { rows } = await scene.database.pool.query('select due_reason from alerts');
    expect(rows).toEqual([{ due_reason: 'no_outcome_yet' }]);
  });

  test('tells somebody outside each time that nothing is overdue, and is silent as long as something is', async () => {
    const receiver = await startHttpReceiver();
    const url = `${receiver.url}/ping/1234`;
    const deadMan = createDeadMan({
      url,
      allow: ['127.0.0.1'],
      counters: createAlertingCounters(counters),
      now: scene.now,
    });
    try {
      await open();
      await run(deadMan);
      await until('the ping has come', 5_000, () => receiver.requests.length === 1);
      expect(receiver.requests[0]).toMatchObject({ method: 'GET', path: '/ping/1234', body: Buffer.alloc(0) });
      await until(
        'it is counted',
        5_000,
        async () => (await countOf('pulseward_deadman_pings_total', { fate: 'delivered' })) === 1,
      );
      scene.pass(30 * MINUTE_MS);
      await run(deadMan);
      expect(await countOf('pulseward_urgent_alerts_overdue')).toBe(1);
      await byHand.settle();
      await run(deadMan);
      await until('it comes again', 5_000, () => receiver.requests.length > 1);
      // The overdue round in between said nothing.
      expect(receiver.requests).toHaveLength(2);
    } finally {
      await deadMan.stop();
      await receiver.stop();
    }
  });

  test('is silent, too, while an urgent page waits that nobody sends, although its alert has a timer', async () => {
    const pings: number[] = [];
    const deadMan = { ping: () => void pings.push(scene.now()) };
    const waiting = 'pulseward_urgent_notifications_overdue';
    await scene.fire('CGM-01', {}, { nudge: false });
    // It is planned, and then whoever delivers is gone.
    await byHand.apply();
    scene.pass(MINUTE_MS);
    await run(deadMan);
    expect([await countOf(waiting), pings.length]).toEqual([0, 1]);
    scene.pass(MINUTE_MS + 1_000);
    await run(deadMan);
    expect([await countOf(waiting), pings.length]).toEqual([1, 1]);
    expect(await countOf('pulseward_urgent_alerts_overdue')).toBe(0);
    await byHand.settle();
    await run(deadMan);
    expect([await countOf(waiting), pings.length]).toEqual([0, 2]);
  });

  test('is silent, too, while something urgent fires that nobody can apply, however many readings come meanwhile', async () => {
    const { pool } = scene.database;
    const pings: number[] = [];
    const deadMan = { ping: () => void pings.push(scene.now()) };
    const waiting = () => countOf('pulseward_urgent_signals_overdue');
    await pool.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$`,
    );
    await pool.query('create trigger refuse before insert on alerts for each row execute function refuse()');
    const episodeId = await scene.fire('CGM-01', {}, { nudge: false });
    await expect(byHand.apply()).rejects.toThrow('refused');
    scene.pass(MINUTE_MS / 2);
    await run(deadMan);
    expect([await waiting(), pings.length]).toEqual([0, 1]);
    // A fast sensor: each reading is news of the same episode.
    await scene.fire('CGM-01', { episodeId, freshAt: scene.now() }, { nudge: false });
    await expect(byHand.apply()).rejects.toThrow('refused');
    scene.pass(MINUTE_MS / 2);
    await run(deadMan);
    expect([await waiting(), pings.length]).toEqual([1, 1]);
    // Neither alert nor notification says so.
    expect(await countOf('pulseward_urgent_alerts_overdue')).toBe(0);
    await pool.query('drop trigger refuse on alerts');
    await byHand.settle();
    await run(deadMan);
    expect([await waiting(), pings.length]).toEqual([0, 2]);
    expect(byHand.received).toHaveLength(1);
    // What comes next begins its own minute.
    scene.pass(5 * MINUTE_MS);
    await scene.fire('CGM-01', { episodeId, freshAt: scene.now() }, { nudge: false });
    await run(deadMan);
    expect([await waiting(), pings.length]).toEqual([0, 3]);
  });

  test('misses no signal that is not urgent, is over, or asks for a repeat', async () => {
    await scene.fire('CGM-02', { severity: 'warning' }, { nudge: false });
    await scene.fire('CGM-01', {}, { nudge: false });
    await scene.recover('CGM-01', { nudge: false });
    scene.pass(10 * MINUTE_MS);
    await run();
    expect(await countOf('pulseward_urgent_signals_overdue')).toBe(0);
    await scene.fire('CGM-04', { severity: 'emergency' }, { nudge: false });
    scene.pass(MINUTE_MS + 1);
    await run();
    expect(await countOf('pulseward_urgent_signals_overdue')).toBe(1);
  });

  test('says nothing of a page that is not urgent, belongs to a test, or waits for its next attempt', async () => {
    const { pool } = scene.database;
    const unsent = async () => {
      await run();
      return countOf('pulseward_urgent_notifications_overdue');
    };
    byHand.receiverAnswers('refused');
    await open();
    await pool.query('update notifications set due_at = $1', [scene.now() - MINUTE_MS]);
    expect(await unsent()).toBe(0);
    await pool.query('update notifications set due_at = 1');
    expect(await unsent()).toBe(1);
    await change('test = true');
    expect(await unsent()).toBe(0);
    await change('test = false');
    await pool.query(`update notifications set severity = 'warning'`);
    expect(await unsent()).toBe(0);
  });

  test('is not kept by whoever is told: one that hangs, hangs up or refuses costs a count', async () => {
    const receiver = await startHttpReceiver();
    const deps = { allow: ['127.0.0.1'], counters: createAlertingCounters(counters), now: scene.now, timeOutMs: 2_000 };
    const deadMan = createDeadMan({ ...deps, url: receiver.url });
    const forbidden = createDeadMan({ ...deps, url: receiver.url, allow: [] });
    const fated = (fate: string) => async () => (await countOf('pulseward_deadman_pings_total', { fate })) === 1;
    try {
      receiver.answerWith(hang);
      await run(deadMan);
      // Another audit while the first ping hangs starts no second one.
      await run(deadMan);
      expect(await fated('time_out')(), 'the audits have ended before the ping').toBe(false);
      await until('the hanging one is given up', 5_000, fated('time_out'));
      expect(receiver.requests).toHaveLength(1);
      receiver.answerWith(hangUp);
      await run(deadMan);
      await until('the broken one is counted', 5_000, fated('econnreset'));
      receiver.answerWith((response) => response.writeHead(500).end());
      await run(deadMan);
      await until('the refused one is counted', 5_000, fated('http_500'));
      await run(forbidden);
      await until('a private address is not asked', 5_000, fated('forbidden_address'));
      expect(receiver.requests).toHaveLength(3);
      receiver.answerWith(hang);
      await run(deadMan);
      await until('it hangs', 5_000, () => receiver.requests.length === 4);
    } finally {
      await deadMan.stop();
      await forbidden.stop();
      await receiver.stop();
    }
  });
});
