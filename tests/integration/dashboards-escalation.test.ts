// What an alert's page says of whom it went to and what comes next, and of what its owner still owes.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { OUTCOMES } from '../../domain/alerts/alert-life.ts';
import { DEFAULT_POLICIES } from '../../domain/alerts/escalation-policy.ts';
import { monitor, openAlert } from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

describe('the escalation of an alert, as it goes', () => {
  let scene: Scene;
  let byHand: ByHand;
  beforeEach(async () => {
    scene = await createScene();
    byHand = await alertingByHand(scene);
  });
  afterEach(() => scene.destroy());
  const shown = async () => {
    const [alert] = await scene.alerts();
    return scene.detail(alert!.alertId);
  };

  it('shows the steps that were taken, whom they reached, who was skipped and why, and when the next one is due', async () => {
    await scene.fire('CGM-01', {}, { nudge: false });
    await byHand.settle();
    const { escalation } = await shown();
    expect(escalation).toMatchObject({
      policy: 'urgent_low',
      next: 3,
      steps: [
        { isTaken: true, delivered: 0, skips: [{ target: 'patient', reason: 'no_contact' }] },
        { isTaken: true, delivered: 0, skips: [{ target: 'carer', reason: 'no_contact' }] },
        { isTaken: true, delivered: 1, failed: 0, pending: 0, skips: [] },
        { isTaken: false, delivered: 0, skips: [] },
        { isTaken: false, delivered: 0, skips: [] },
      ],
    });
    const { startedAt, nextAt, steps } = escalation!;
    expect(nextAt).toBe(startedAt + 15 * MINUTE_MS);
    expect(steps.map(({ toldAt }) => toldAt)).toEqual([undefined, undefined, expect.any(Number), undefined, undefined]);
  });

  it('stops at its place once somebody owns it, who then knows when an outcome is asked for and when it lapses', async () => {
    await scene.fire('CGM-01', {}, { nudge: false });
    await byHand.settle();
    const [alert] = await scene.alerts();
    const { acknowledgedAt, outcomeDueAt } = await scene.commands.acknowledge(alert!.alertId, scene.userId);
    expect(outcomeDueAt).toBe(acknowledgedAt! + 60 * MINUTE_MS);
    const owned = await shown();
    expect(owned.escalation?.next).toBe(3);
    expect(owned.escalation?.nextAt).toBeUndefined();
    expect(owned.lapsesAt).toBeUndefined();
    await byHand.settle();
    scene.pass(60 * MINUTE_MS);
    await byHand.settle();
    const reminded = await shown();
    expect(reminded.lapsesAt).toBeGreaterThanOrEqual(outcomeDueAt! + 60 * MINUTE_MS);
    await scene.commands.resolve(alert!.alertId, scene.userId, 'called');
    expect(await shown()).not.toHaveProperty('outcomeDueAt');
  });

  it('of an alert that nobody has been told of is absent', async () => {
    await scene.fire('CGM-05', { severity: 'warning' }, { nudge: false });
    await byHand.apply();
    expect((await shown()).escalation).toBeUndefined();
  });
});

describe('on the API', () => {
  let api: TestApi;
  let teamId: string;
  let nurse: ApiCaller;
  beforeAll(async () => {
    api = await createTestApi();
    teamId = await createTeam(api.admin, 'A');
    nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId }]);
  });
  afterAll(() => api.close());

  test('an alert has its escalation with ids and kinds alone', async () => {
    const alertId = await openAlert(api, await monitor(api, teamId), teamId);
    const { steps } = DEFAULT_POLICIES.find(({ name }) => name === 'urgent')!;
    const escalation = {
      policy: 'urgent',
      occurrence: 1,
      severity: 'critical',
      outcomeWithinMs: 3_600_000,
      startedAt: 0,
    };
    await api.database.pool.query('update alerts set escalation = $2 where alert_id = $1', [
      alertId,
      JSON.stringify({ ...escalation, steps, next: 1, nextAt: 900_000 }),
    ]);
    const { body } = await nurse.get(`/alerts/${alertId}`);
    expect(body.escalation).toMatchObject({
      policy: 'urgent',
      startedAt: '1970-01-01T00:00:00.000Z',
      next: 1,
      nextAt: '1970-01-01T00:15:00.000Z',
      steps: [
        { delayMin: 0, targets: [{ kind: 'on_call' }], contacts: 'all', taken: true, skips: [] },
        { delayMin: 15, targets: [{ kind: 'role', role: 'lead' }], taken: false },
        { delayMin: 30, targets: [{ kind: 'team' }], taken: false },
      ],
    });
    const acknowledged = await nurse.post<{ acknowledgedAt: string; outcomeDueAt: string }>(
      `/alerts/${alertId}/acknowledge`,
    );
    const { acknowledgedAt, outcomeDueAt } = acknowledged.body;
    expect(Date.parse(outcomeDueAt) - Date.parse(acknowledgedAt)).toBe(3_600_000);
    expect((await nurse.get(`/alerts/${alertId}`)).body.escalation).not.toHaveProperty('nextAt');
  });

  test.each([[{}], [{ note: 'all is well' }], [{ outcome: 'fine' }], [{ outcome: '' }]])(
    'closing by a person needs an outcome: %j is refused, and it stays open',
    async (body) => {
      const alertId = await openAlert(api, await monitor(api, teamId), teamId);
      const refused = await nurse.post<{ errors: { field: string }[] }>(`/alerts/${alertId}/resolve`, body);
      expect(refused.status).toBe(400);
      expect(refused.body.errors).toMatchObject([{ field: 'outcome' }]);
      expect((await nurse.get(`/alerts/${alertId}`)).body.state).toBe('open');
    },
  );

  test.each(OUTCOMES)('closing with %s is taken', async (outcome) => {
    const alertId = await openAlert(api, await monitor(api, teamId), teamId);
    const { status, body } = await nurse.post(`/alerts/${alertId}/resolve`, { outcome });
    expect([status, body.state, body.outcome]).toEqual([200, 'resolved', outcome]);
  });
});
