// A test of a team's alerting goes the whole way, says so, and touches nothing real; nothing real touches it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  MAX_TESTS_AN_HOUR,
  MAX_UNCLOSED_TESTS,
  type NewTestAlert,
  openTestAlert,
} from '../../storage/alerts/open-test-alert.ts';
import { readUnattendedAlerts } from '../../storage/alerts/unattended-alerts.ts';
import type { Refusal } from '../../storage/registry/refusal.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
let byHand: ByHand;

beforeEach(async () => {
  scene = await createScene();
  byHand = await alertingByHand(scene);
});
afterEach(() => scene.destroy());

async function openTest(more: Partial<NewTestAlert> = {}): Promise<string> {
  const { teamId, userId, patientKey } = scene;
  const kind = { severity: 'critical', condition: 'glucose', direction: 'low' } as const;
  const asked = { teamId, userId, patientKey, includePatient: false, ...kind, ...more };
  const { alertId } = await openTestAlert(scene.database.pool, asked, scene.now());
  await byHand.settle();
  return alertId;
}
const fire = async (ruleId = 'CGM-01') => {
  await scene.fire(ruleId, {}, { nudge: false });
  await byHand.settle();
};
const pass = async (minutes: number) => {
  scene.pass(minutes * MINUTE_MS + 1_000);
  await byHand.settle();
};
const received = () => byHand.received.map(({ alertId, kind, isTest }) => ({ alertId, kind, isTest: isTest ?? false }));
const reasonsOf = async (alertId: string) =>
  (await scene.detail(alertId)).timeline.map(({ event, reason }) => `${event} ${reason}`);

describe('a test of a team’s alerting', () => {
  test('is told by the team’s policy, marked in every message, and escalates until somebody takes it over', async () => {
    const alertId = await openTest();
    expect(received()).toEqual([{ alertId, kind: 'opened', isTest: true }]);
    await pass(15);
    await pass(15);
    expect(received().map(({ kind }) => kind)).toEqual(['opened', 'reminder', 'reminder']);
    await scene.commands.acknowledge(alertId, scene.userId);
    await byHand.settle();
    await pass(20);
    expect(received().filter(({ kind }) => kind === 'reminder')).toHaveLength(2);
    expect(received().every(({ isTest }) => isTest)).toBe(true);
  });

  test('ends by itself after two hours, whether somebody took it over or not', async () => {
    const mine = await openTest();
    const nobodys = await openTest({ direction: 'high' });
    await scene.commands.acknowledge(mine, scene.userId);
    await byHand.settle();
    await pass(121);
    for (const alertId of [mine, nobodys]) {
      expect(await scene.detail(alertId)).toMatchObject({ state: 'expired', signal: 'cleared' });
      expect(await reasonsOf(alertId)).toContain('expired test_over');
    }
    const before = received().length;
    await pass(60);
    expect(received()).toHaveLength(before);
  });

  test('of a team without a patient is for nobody in particular', async () => {
    const alertId = await openTest({ patientKey: undefined });
    expect(received()).toEqual([{ alertId, kind: 'opened', isTest: true }]);
    const listed = (await scene.alerts()).find((alert) => alert.alertId === alertId);
    expect(listed).toMatchObject({ test: true });
    expect(listed).not.toHaveProperty('patientId');
    await pass(121);
    expect(await scene.detail(alertId)).toMatchObject({ state: 'expired' });
  });

  test('leaves patient and carers out unless they are asked for', async () => {
    const alertId = await openTest();
    expect(await reasonsOf(alertId)).toContain('step_skipped left_out_of_test');
    const included = await openTest({ direction: 'low', includePatient: true });
    expect(await reasonsOf(included)).toContain('step_skipped no_contact');
  });

  test('that is not urgent waits for company as it would, and is told once', async () => {
    await openTest({ severity: 'warning' });
    expect(received()).toEqual([]);
    await pass(1);
    expect(received().map(({ kind }) => kind)).toEqual(['opened']);
    await pass(60);
    expect(received()).toHaveLength(1);
  });

  test('is asked for a few times at once, and no more', async () => {
    const tests = [];
    for (let asked = 0; asked < MAX_UNCLOSED_TESTS; asked += 1) tests.push(await openTest());
    await expect(openTest()).rejects.toMatchObject({ code: 'conflict' });
    await scene.commands.resolve(tests[0]!, scene.userId, 'no_action');
    await expect(openTest()).resolves.toEqual(expect.any(String));
  });
});

test('tests of a team are at most 20 an hour, closed ones too, so that nobody pages people without end', async () => {
  const another = async () => {
    const alertId = await openTest({ severity: 'info' });
    await scene.commands.resolve(alertId, scene.userId, 'no_action');
  };
  for (let asked = 0; asked < MAX_TESTS_AN_HOUR; asked += 1) {
    await another();
    scene.pass(MINUTE_MS);
  }
  const refusal = await another().catch((error: Refusal) => error);
  expect(refusal).toMatchObject({ code: 'too_many_attempts' });
  // The first was asked for 20 minutes ago, and the clock goes on.
  const leftMin = (refusal?.retryAfterMs ?? 0) / MINUTE_MS;
  expect(leftMin).toBeGreaterThan(39);
  expect(leftMin).toBeLessThanOrEqual(40);
  const teamId = await scene.addTeam();
  await expect(openTest({ teamId, patientKey: undefined })).resolves.toEqual(expect.any(String));
  scene.pass(leftMin * MINUTE_MS);
  await another();
  await expect(another()).rejects.toMatchObject({ code: 'too_many_attempts' });
});

describe('a test and what is real', () => {
  test('of the same patient, condition and direction are two alerts: neither joins, delays or closes the other', async () => {
    const alertId = await openTest();
    await fire();
    const real = (await scene.alerts(['open'])).find((alert) => !alert.test)!;
    expect(real.previousAlertId).toBeUndefined();
    expect(received()).toEqual([
      { alertId, kind: 'opened', isTest: true },
      { alertId: real.alertId, kind: 'opened', isTest: false },
    ]);
    await scene.recover('CGM-01', { nudge: false });
    await byHand.settle();
    expect(await scene.detail(alertId)).toMatchObject({ state: 'open', signal: 'firing', reasons: [] });
    await scene.commands.resolve(alertId, scene.userId, 'no_action');
    await byHand.settle();
    expect(await scene.detail(real.alertId)).toMatchObject({ state: 'open', signal: 'cleared' });
  });

  test('a closed test is nobody’s predecessor', async () => {
    const alertId = await openTest();
    await scene.commands.resolve(alertId, scene.userId, 'no_action');
    await fire();
    const [real] = await scene.alerts(['open']);
    expect([real?.test, real?.previousAlertId]).toEqual([false, undefined]);
  });

  test('a test does not follow its patient to another team', async () => {
    const alertId = await openTest();
    await scene.moveTo(await scene.addTeam());
    await byHand.settle();
    expect(await scene.detail(alertId)).toMatchObject({ teamId: scene.teamId });
  });

  test('a test that nobody has taken over is never missed by the auditor, and repaired where it lost its timer', async () => {
    await openTest();
    const overdue = () => readUnattendedAlerts(scene.database.pool, scene.now() - MINUTE_MS);
    scene.pass(30 * MINUTE_MS);
    expect(await overdue()).toEqual([]);
    await scene.database.pool.query('update alerts set due_at = null');
    expect(await overdue()).toMatchObject([{ isOverdue: false }]);
  });
});
