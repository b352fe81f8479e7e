// Somebody takes an alert over, somebody closes it, it clears by itself, its page is on the way: in every order, and all at once.
// Nothing that was closed opens again, nothing that was owned is anybody's again, and nobody is told anything twice or too late.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Refusal } from '../../storage/registry/refusal.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
let hand: ByHand;
beforeAll(async () => {
  scene = await createScene();
  hand = await alertingByHand(scene);
});
afterAll(() => scene.destroy());

/** `review` is what alerting makes of a person's command, or of time. */
const DEEDS = ['acknowledge', 'clear', 'resolve', 'deliver', 'review'] as const;
type Deed = (typeof DEEDS)[number];
const ORDERS = permutationsOf(DEEDS);
/** With `review` after each of the others. */
const SHORT_ORDERS = permutationsOf(DEEDS.filter((deed) => deed !== 'review')).map((order) =>
  order.flatMap((deed): Deed[] => [deed, 'review']),
);

function permutationsOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    permutationsOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}

/** An alert whose page is planned and not sent. */
async function firingAlert(ruleId: string, severity: 'critical' | 'warning') {
  const patientKey = await scene.addPatient();
  await scene.fire(ruleId, { severity }, { patientKey, nudge: false });
  await hand.apply(patientKey);
  if (severity === 'warning') {
    // It has waited for company.
    scene.pass(31_000);
    await hand.review();
  }
  const { rows } = await scene.database.pool.query<{ alert_id: string }>(
    'select alert_id from alerts where patient_key = $1',
    [patientKey],
  );
  const alertId = rows[0]!.alert_id;
  const take: Readonly<Record<Deed, () => Promise<unknown>>> = {
    acknowledge: () => orConflict(scene.commands.acknowledge(alertId, scene.userId)),
    resolve: () => orConflict(scene.commands.resolve(alertId, scene.userId, 'called')),
    clear: async () => {
      await scene.recover(ruleId, { patientKey, nudge: false });
      await hand.apply(patientKey);
    },
    deliver: () => hand.deliver(),
    review: () => hand.review(),
  };
  return { patientKey, alertId, take };
}

/** What is closed may be refused; nothing else may fail. */
async function orConflict(command: Promise<unknown>): Promise<'done' | 'conflict'> {
  try {
    await command;
    return 'done';
  } catch (error) {
    if (error instanceof Refusal && error.code === 'conflict') return 'conflict';
    throw error;
  }
}

const pagesSince = (place: number) =>
  hand.received.slice(place).filter(({ kind }) => kind === 'opened' || kind === 'changed' || kind === 'reminder');

async function stateOf(alertId: string) {
  const { state, outcome } = await scene.detail(alertId);
  return { state, outcome };
}

/** Everything that is left to do, also what is tried again. */
async function comeToRest(patientKey: number): Promise<void> {
  await hand.settle(patientKey);
  scene.pass(2 * MINUTE_MS);
  await hand.settle(patientKey);
}

async function check(alertId: string, patientKey: number, about: string): Promise<void> {
  const { rows } = await scene.database.pool.query('select alert_id, state from alerts where patient_key = $1', [
    patientKey,
  ]);
  expect(rows, `${about}: one alert, closed for good`).toEqual([{ alert_id: alertId, state: 'resolved' }]);
  const sent = hand.received.filter((each) => each.alertId === alertId);
  const kinds = sent.map(({ kind }) => kind).join(' ');
  expect(new Set(sent.map(({ notificationId }) => notificationId)).size, `${about}: nothing arrives twice`).toBe(
    sent.length,
  );
  expect(['', 'opened closed', 'opened cleared closed'], `${about}: what was told, in this order`).toContain(kinds);
  const { timeline } = await scene.detail(alertId);
  const told = timeline.map(({ event }) => event).filter((event) => event === 'resolved' || event === 'acknowledged');
  expect(new Set(told).size, `${about}: each is on the timeline once`).toBe(told.length);
}

test.each([
  ['CGM-01', 'critical', ORDERS],
  ['CGM-05', 'warning', SHORT_ORDERS],
] as const)('%s (%s), in each of the orders there are', { timeout: 120_000 }, async (ruleId, severity, orders) => {
  for (const order of orders) {
    const about = order.join(', ');
    const { patientKey, alertId, take } = await firingAlert(ruleId, severity);
    let isOwned = false;
    let isClosed = false;
    let isOver = false;
    for (const deed of order) {
      const from = hand.received.length;
      const answer = await take[deed]();
      const { state } = await stateOf(alertId);
      if (isClosed) expect(state, `${about}: closed, then ${deed}`).toBe('resolved');
      else if (isOwned) expect(['acknowledged', 'resolved'], `${about}: owned, then ${deed}`).toContain(state);
      if (isOver) expect(pagesSince(from), `${about}: over, then ${deed}`).toEqual([]);
      isOver ||= isClosed || deed === 'clear' || deed === 'resolve';
      isOwned ||= deed === 'acknowledge' && answer === 'done';
      isClosed ||= state === 'resolved';
    }
    const from = hand.received.length;
    await comeToRest(patientKey);
    expect(pagesSince(from), `${about}: a page at the end`).toEqual([]);
    await check(alertId, patientKey, about);
    // An urgent one needs a person: whatever came before, theirs is the outcome.
    if (severity === 'critical') expect((await stateOf(alertId)).outcome, about).toBe('called');
  }
});

test('CGM-01 (critical), all at once on connections of their own', { timeout: 120_000 }, async () => {
  for (const order of ORDERS.filter((_, index) => index % 5 === 0)) {
    const { patientKey, alertId, take } = await firingAlert('CGM-01', 'critical');
    await Promise.all([...order.map((deed) => take[deed]()), take.deliver(), take.review()]);
    await comeToRest(patientKey);
    await check(alertId, patientKey, order.join(' with '));
    expect((await stateOf(alertId)).outcome).toBe('called');
  }
});
