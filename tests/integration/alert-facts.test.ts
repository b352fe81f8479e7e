// What alerting and its people leave behind is what the figures read: a story lived through by the real steps, not rows made for it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAlertFacts, readPatientWeeks } from '../../storage/alerts/read-alert-facts.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { openSceneTeam } from './scene-team.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;
let scene: Scene;
let hand: ByHand;
beforeEach(async () => {
  scene = await createScene();
  hand = await alertingByHand(scene);
});
afterEach(() => scene.destroy());

const window = () => ({ teamId: scene.teamId, from: scene.now() - DAY_MS, to: scene.now() + DAY_MS });
const facts = async () => (await readAlertFacts(scene.database.pool, window())) ?? [];
async function pass(minutes: number): Promise<void> {
  scene.pass(minutes * MINUTE_MS);
  await hand.settle();
}

test('an urgent low is told, told again, taken over and resolved', async () => {
  await scene.fire('CGM-01', {}, { nudge: false });
  await hand.settle();
  expect(await facts()).toMatchObject([{ escalated: false, messages: 1, ruleIds: ['CGM-01'], state: 'open' }]);
  await pass(16);
  const openFor16Min = await facts();
  // Everybody had been told at once: there was nobody further.
  expect(openFor16Min).toMatchObject([{ escalated: false, messages: hand.received.length }]);
  expect(openFor16Min[0]).not.toHaveProperty('takenAt');
  const [alert] = await scene.alerts();
  const { acknowledgedAt } = await scene.commands.acknowledge(alert!.alertId, scene.userId);
  await hand.settle();
  await pass(5);
  const { closedAt } = await scene.commands.resolve(alert!.alertId, scene.userId, 'advice_given');
  await hand.settle();
  expect(await facts()).toMatchObject([
    {
      severity: 'critical',
      state: 'resolved',
      outcome: 'advice_given',
      takenAt: acknowledgedAt,
      takenBy: scene.userId,
      resolvedAt: closedAt,
      resolvedBy: scene.userId,
      isTest: false,
      isRetrospective: false,
    },
  ]);
});

test.each(['BP-01', 'CGM-01'])(
  '%s: a further member who is told because nobody took it over is an escalation',
  async (ruleId) => {
    const { pool } = scene.database;
    // The nurse is on call; the lead hears of it a quarter of an hour later.
    const { rows } = await pool.query<{ member_id: string }>('select member_id from members where team_id = $1', [
      scene.teamId,
    ]);
    const team = await openSceneTeam(scene);
    await team.plan({
      shifts: [{ memberIds: [rows[0]!.member_id], from: '2020-01-01T00:00', to: '2040-01-01T00:00' }],
    });
    const ofLead = { channel: 'webhook', address: 'https://lead.example/', secret: 's' };
    await team.join({ name: 'Lead', role: 'lead', contacts: [ofLead] });
    await scene.fire(ruleId, {}, { nudge: false });
    await hand.settle();
    expect(hand.received.map(({ to }) => to)).toEqual([scene.webhook.url]);
    expect(await facts()).toMatchObject([{ escalated: false }]);
    await pass(16);
    expect(hand.received.map(({ to }) => to)).toContain('https://lead.example/');
    expect(await facts()).toMatchObject([{ escalated: true }]);
  },
);

test('what was over before it was known is in hindsight, also once somebody gave it an outcome', async () => {
  await scene.fire('CGM-01', { over: true, fate: 'retrospective' }, { nudge: false });
  await hand.settle();
  const [alert] = await scene.alerts();
  expect(await facts()).toMatchObject([{ isRetrospective: true, messages: 0 }]);
  await scene.commands.resolve(alert!.alertId, scene.userId, 'no_action');
  await hand.settle();
  expect(await facts()).toMatchObject([{ isRetrospective: true, state: 'resolved' }]);
});

test('a patient who changes teams counts for each as long as it was responsible', async () => {
  const other = await scene.addTeam();
  await scene.moveTo(other);
  const { pool } = scene.database;
  const now = scene.now();
  const weeksOf = (teamId: string) => readPatientWeeks(pool, { teamId, from: now - DAY_MS / 2, to: now + DAY_MS / 2 });
  expect(await weeksOf(scene.teamId)).toBeCloseTo(0.5 / 7, 3);
  expect(await weeksOf(other)).toBeCloseTo(0.5 / 7, 3);
});
