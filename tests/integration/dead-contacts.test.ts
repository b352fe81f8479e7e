// When a contact counts as one that nothing arrives at any more: by what alerting wrote into its log, and what ends it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isDeadContactSql, readReach } from '../../storage/alerts/dead-contacts.ts';
import { openTestAlert } from '../../storage/alerts/open-test-alert.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
let byHand: ByHand;
beforeEach(async () => {
  scene = await createScene();
  byHand = await alertingByHand(scene);
});
afterEach(() => scene.destroy());

async function isDead(): Promise<boolean> {
  const { team } = await readReach(scene.database.pool, { teamId: scene.teamId });
  return team?.members[0]?.contacts[0]?.isDead === true;
}
const page = async (ruleId: string, fate: 'delivered' | 'refused' | 'dead' | 'lost') => {
  byHand.receiverAnswers(fate);
  await scene.fire(ruleId, {}, { nudge: false });
  await byHand.settle();
};
const write = (sql: string) => scene.database.pool.query(`update notifications set ${sql}`);

describe('a contact', () => {
  test('that was never tried, or takes what is sent there, is none', async () => {
    expect(await isDead()).toBe(false);
    await page('CGM-01', 'delivered');
    expect(await isDead()).toBe(false);
  });

  test('whose last message failed for good is one, until something arrives there: a test of alerting will do', async () => {
    await page('CGM-01', 'dead');
    expect(await isDead()).toBe(true);
    byHand.receiverAnswers('delivered');
    scene.pass(MINUTE_MS);
    const { teamId, userId } = scene;
    const about = { severity: 'critical', condition: 'glucose', direction: 'high' } as const;
    await openTestAlert(scene.database.pool, { teamId, userId, includePatient: false, ...about }, scene.now());
    await byHand.settle();
    expect(byHand.received).toMatchObject([{ isTest: true }]);
    expect(await isDead()).toBe(false);
    scene.pass(MINUTE_MS);
    await page('CGM-06', 'dead');
    expect(await isDead()).toBe(true);
  });

  test('that is still tried, or from which no answer came, is none; one that was given up after a day is', async () => {
    await page('CGM-01', 'refused');
    expect(await isDead()).toBe(false);
    await page('CGM-06', 'lost');
    expect(await isDead()).toBe(false);
    for (let hour = 0; hour < 25; hour += 1) {
      scene.pass(60 * MINUTE_MS);
      await byHand.deliver();
    }
    const { rows } = await scene.database.pool.query(`select 1 from notifications where status = 'failed'`);
    expect(rows.length).toBeGreaterThan(0);
    expect(await isDead()).toBe(true);
  });

  test('is judged by when a message was given up, not by when it was written, and by nothing that wasn’t sent', async () => {
    await page('CGM-01', 'dead');
    await page('CGM-06', 'delivered');
    const { pool } = scene.database;
    await write(`created_at = 1, settled_at = 500 where status = 'delivered'`);
    await write(`created_at = 2, settled_at = 400 where status = 'failed'`);
    expect(await isDead()).toBe(false);
    await write(`settled_at = 600 where status = 'failed'`);
    expect(await isDead()).toBe(true);
    await write(`status = 'skipped', last_failure = 'debug_mode' where status = 'failed'`);
    expect(await isDead()).toBe(false);
    const { rows } = await pool.query<{ status: string }>('select distinct status from notifications order by 1');
    expect(rows.map(({ status }) => status)).toEqual(['delivered', 'skipped']);
  });

  test('is looked up by the index of its notifications, however many there are', async () => {
    await page('CGM-01', 'dead');
    const { pool } = scene.database;
    await pool.query(
      `insert into notifications (notification_id, alert_id, occurrence, contact_id, channel, kind, severity, reason, sent_key, status, created_at, settled_at)
       select gen_random_uuid(), alert_id, 1, contact_id, channel, 'reminder', severity, reason, 'many ' || i, 'delivered', i, i
       from notifications, generate_series(1, 20000) i`,
    );
    await pool.query('analyze notifications');
    expect(await isDead()).toBe(true);
    const { rows } = await pool.query<{ contact_id: string }>(
      `select contact_id from notifications where status = 'failed'`,
    );
    const plan = await pool.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers) select ${isDeadContactSql(`'${rows[0]!.contact_id}'::uuid`)}`,
    );
    const said = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(said).toContain('notifications_of_contact');
    expect(said).not.toContain('Seq Scan');
    expect(said).toMatch(/Limit .*rows=100/);
  });
});
