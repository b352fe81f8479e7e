// Whatever the rules, people, teams and receivers do, in any order: nobody is left alone with what is urgent, and nobody is told for
// nothing.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readUnattendedAlerts } from '../../storage/alerts/unattended-alerts.ts';
import { alertingByHand, type ByHand, type Fate, type Sent } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { createAlertingWorld, type Step, stepsWith, WAYS, type Way, type World } from './alerting-world.ts';

/** The longest wait between two attempts at an urgent page (retry-delay.ts). */
const BOUND_MS = 2 * MINUTE_MS;
/** The longest repeat interval of an urgent rule: SMBG-03. */
const REPEAT_MS = 2 * 60 * MINUTE_MS;
const OTHER = 'https://other.example/';
const TABLES = ['notifications', 'alert_timeline', 'alert_reasons', 'alerts', 'alert_keys', 'episodes', 'signals'];

let scene: Scene;
let hand: ByHand;
let otherTeam: string;
let world: World;
let outOfTime: Sent[] = [];
beforeAll(async () => {
  scene = await createScene();
  hand = await alertingByHand(scene, {
    onReceived: (sent) => {
      if (isPage(sent) && !world.isFiring(sent.direction as Way)) outOfTime.push(sent);
    },
  });
  otherTeam = await scene.addTeam([{ channel: 'webhook', address: OTHER, secret: 's' }]);
});
afterAll(() => scene.destroy());

const isPage = ({ kind }: Sent) => kind === 'opened' || kind === 'changed' || kind === 'reminder';

/** Alerting has worked on everything, and receivers have answered. */
async function comeToRest(): Promise<void> {
  await world.take({ do: 'apply' });
  hand.receiverAnswers('delivered');
  await hand.settle(world.patientKey);
  scene.pass(BOUND_MS);
  await hand.settle(world.patientKey);
}

async function check(received: readonly Sent[]): Promise<void> {
  const { pool } = scene.database;
  const now = scene.now();
  expect(await readUnattendedAlerts(pool, now), 'an urgent alert without owner and timer').toEqual([]);
  const { rows: due } = await pool.query<{ alert_id: string; due_at: number }>('select alert_id, due_at from alerts');
  for (const way of WAYS) {
    const alerts = (await scene.alerts()).filter((alert) => alert.direction === way);
    const alert = alerts.find(({ state }) => state === 'open' || state === 'acknowledged' || state === 'snoozed');
    const owedSince = world.owedSince(way);
    const pages = received.filter((sent) => sent.direction === way && isPage(sent));
    if (owedSince !== undefined && alert?.state !== 'snoozed') {
      const isTold = pages.some(({ at, severity }) => at >= owedSince && severity === 'critical');
      expect(isTold || world.handledAt(way) >= owedSince, `somebody knows of the urgent ${way}`).toBe(true);
    }
    if (alert?.state === 'open' && alert.signal === 'firing' && alert.severity === 'critical') {
      const here = pages.filter(({ alertId, to }) => alertId === alert.alertId && to === world.team);
      expect(here.length, `the team responsible now knows of the urgent ${way}`).toBeGreaterThan(0);
      const last = received.findLast(({ alertId, to }) => alertId === alert.alertId && to === world.team)?.kind;
      expect(['opened', 'changed', 'reminder'], 'nobody thinks that it is over').toContain(last);
      const dueAt = due.find(({ alert_id: id }) => id === alert.alertId)?.due_at;
      expect(dueAt, 'it is told again').toBeLessThanOrEqual(now + REPEAT_MS);
    }
    for (const { alertId } of alerts.filter(({ state }) => state === 'resolved' || state === 'expired')) {
      const of = received.filter((sent) => sent.alertId === alertId);
      for (const to of new Set(of.filter(isPage).map((sent) => sent.to))) {
        const last = of.findLast((sent) => sent.to === to)?.kind;
        expect(last, 'whoever was told of an alert that is closed has heard that it is').toBe('closed');
      }
    }
  }
  expect(outOfTime, 'pages of what was over').toEqual([]);
}

/** Holds as long as every receiver says whether it has got a notification. */
function checkOnce(received: readonly Sent[]): void {
  const ids = received.map(({ notificationId }) => notificationId);
  expect(new Set(ids).size, 'nothing arrives twice').toBe(ids.length);
  const openings = received.filter(({ kind }) => kind === 'opened').map(({ alertId, to }) => `${alertId} ${to}`);
  expect(new Set(openings).size, 'nobody is told twice that an alert opens').toBe(openings.length);
  for (const [index, { alertId, to, kind }] of received.entries()) {
    const before = received.slice(0, index).filter((sent) => sent.alertId === alertId && sent.to === to);
    if (before.length === 0) expect(kind, 'an alert begins with its opening').toBe('opened');
  }
}

async function live(steps: readonly Step[], isEveryAnswerKnown: boolean): Promise<void> {
  await scene.database.pool.query(`truncate ${TABLES.join(', ')}`);
  const teams = [
    { teamId: scene.teamId, address: scene.webhook.url },
    { teamId: otherTeam, address: OTHER },
  ];
  world = createAlertingWorld({ scene, hand, patientKey: await scene.addPatient(), teams });
  outOfTime = [];
  const from = hand.received.length;
  for (const step of [...steps, { do: 'come to rest' } as const]) {
    if (step.do !== 'come to rest') {
      await world.take(step);
      continue;
    }
    await comeToRest();
    const received = hand.received.slice(from);
    await check(received);
    if (isEveryAnswerKnown) checkOnce(received);
    await hand.settle(world.patientKey);
    expect(hand.received.length - from, 'where nothing happens nobody is told anything').toBe(received.length);
  }
}

/** On a busy machine fewer runs, never a run that goes on behind the next test; so few that they show nothing are a failure. */
const AT_MOST = { numRuns: 60, interruptAfterTimeLimit: 60_000 } as const;
const LEAST_RUNS = 5;

async function holds(fates: readonly Fate[], isEveryAnswerKnown: boolean): Promise<void> {
  let runs = 0;
  const property = fc.asyncProperty(stepsWith(fates), async (steps) => {
    await live(steps, isEveryAnswerKnown);
    runs += 1;
  });
  await fc.assert(property, AT_MOST);
  console.info(`${runs} runs with receivers that ${fates.join(', ')}`);
  expect(runs, 'runs that came to their end in time').toBeGreaterThanOrEqual(LEAST_RUNS);
}

test('with receivers that take it or refuse it', { timeout: 120_000 }, () => holds(['delivered', 'refused'], true));

test('with crashes between a send and its record, and answers that get lost', { timeout: 120_000 }, () =>
  holds(['delivered', 'refused', 'lost', 'crash'], false),
);
