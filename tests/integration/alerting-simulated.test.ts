// What POST /routes/test answers is what happens: a day's beginning simulated, and the same lived through minute by minute.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SimulationQuestion, simulateRoute } from '../../domain/alerts/simulate-route.ts';
import { openTestAlert } from '../../storage/alerts/open-test-alert.ts';
import { readRouting } from '../../storage/alerts/read-routing.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { openSceneTeam, type SceneTeam } from './scene-team.ts';

const MINUTES = 50;
const WHAT = { severity: 'critical', condition: 'glucose', direction: 'high' } as const;
let scene: Scene;
let team: SceneTeam;
let byHand: ByHand;

beforeEach(async () => {
  scene = await createScene({ clockStandsAt: Date.parse('2026-09-28T02:10:00+08:00') });
  byHand = await alertingByHand(scene);
  team = await openSceneTeam(scene);
  const at = (path: string) => ({ channel: 'webhook', address: `${scene.webhook.url}/${path}` });
  await team.join({ name: 'Wang', role: 'lead', contacts: [at('wang'), at('wang-at-home')] });
  await team.join({ name: 'Zhao', role: 'gp', contacts: [at('zhao')] });
});
afterEach(() => scene.destroy());

async function simulate(more: Partial<SimulationQuestion> = {}) {
  const { settings, timeZone, ...routing } = await readRouting(scene.database.pool, { teamId: scene.teamId });
  const hasChannel = (channel: string) => channel === 'webhook';
  const at = scene.now();
  const question = { ...WHAT, at, settings, timeZone, routing, hasPatient: false, hasChannel, ...more };
  return simulateRoute(question)
    .messages.map((each) => ({ ...each, minute: Math.floor((each.at - at) / MINUTE_MS) }))
    .filter(({ minute }) => minute < MINUTES)
    .map(({ minute, contactId, kind, reason, step }) => `${minute} ${contactId} ${kind} ${reason} ${step}`)
    .toSorted();
}

async function live(acknowledgeAfterMin = Number.POSITIVE_INFINITY) {
  const { pool } = scene.database;
  const { teamId, userId } = scene;
  const begin = scene.now();
  const { alertId } = await openTestAlert(pool, { ...WHAT, teamId, userId, includePatient: false }, begin);
  for (let minute = 0; minute < MINUTES; minute += 1) {
    if (minute === acknowledgeAfterMin) await scene.commands.acknowledge(alertId, userId);
    await byHand.review();
    await byHand.deliver();
    scene.pass(MINUTE_MS);
  }
  const { rows } = await pool.query<{ at: number; contact: string; kind: string; reason: string; step: number | null }>(
    `select created_at as at, contact_id as contact, kind, reason, escalation_step as step from notifications
     where alert_id = $1 and contact_id is not null`,
    [alertId],
  );
  return rows
    .map(({ at, contact, kind, reason, step }) => {
      const minute = Math.floor((at - begin) / MINUTE_MS);
      return `${minute} ${contact} ${kind} ${reason} ${step ?? undefined}`;
    })
    .toSorted();
}

test('the default policy, until nobody has taken it over', async () => {
  const simulated = await simulate();
  expect(simulated.length).toBeGreaterThan(8);
  expect(await live()).toEqual(simulated);
});

test('a team’s own policy, with steps that reach nobody, some contacts in order, and one that comes sooner for it', async () => {
  const settings = {
    policies: [
      {
        name: 'ours',
        severities: ['critical' as const],
        steps: [
          { delayMin: 0, targets: [{ kind: 'role' as const, role: 'specialist' }] },
          { delayMin: 5, targets: [{ kind: 'role' as const, role: 'gp' }] },
          { delayMin: 12, targets: [{ kind: 'role' as const, role: 'lead' }], contacts: 'in_order' as const },
          { delayMin: 25, targets: [{ kind: 'team' as const }], contacts: 'all' as const },
        ],
      },
    ],
  };
  await team.configure(settings);
  const simulated = await simulate();
  expect(simulated.length).toBeGreaterThan(5);
  expect(await live()).toEqual(simulated);
});

test('until somebody takes it over', async () => {
  const simulated = await simulate({ acknowledgeAfterMin: 20 });
  expect(await live(20)).toEqual(simulated);
});
