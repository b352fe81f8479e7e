// What POST /routes/test answers is what happens: a day's beginning simulated, and the same lived through minute by minute.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SimulationQuestion, simulateRoute } from '../../domain/alerts/simulate-route.ts';
import { openTestAlert } from '../../storage/alerts/open-test-alert.ts';
import { readRouting } from '../../storage/alerts/read-routing.ts';
import { openKysely } from '../../storage/database.ts';
import { addMember } from '../../storage/registry/members.ts';
import { putAlertingSettings } from '../../storage/registry/team-alerting.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

const MINUTES = 50;
const WHAT = { severity: 'critical', condition: 'glucose', direction: 'high' } as const;
let scene: Scene;
let byHand: ByHand;

beforeEach(async () => {
  scene = await createScene();
  byHand = await alertingByHand(scene);
  const vault = await openVault(openKysely(scene.database.pool), scene.processSettings('after-send').encryptionKeyFile);
  const join = (name: string, role: 'lead' | 'gp', ...paths: readonly string[]) =>
    addMember(
      openKysely(scene.database.pool),
      { vault, plainHttpHosts: ['127.0.0.1'] },
      scene.teamId,
      { name, role, contacts: paths.map((path) => ({ channel: 'webhook', address: `${scene.webhook.url}/${path}` })) },
      scene.userId,
    );
  await join('Wang', 'lead', 'wang', 'wang-at-home');
  await join('Zhao', 'gp', 'zhao');
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
  await putAlertingSettings(openKysely(scene.database.pool), scene.teamId, settings, scene.userId);
  const simulated = await simulate();
  expect(simulated.length).toBeGreaterThan(5);
  expect(await live()).toEqual(simulated);
});

test('until somebody takes it over', async () => {
  const simulated = await simulate({ acknowledgeAfterMin: 20 });
  expect(await live(20)).toEqual(simulated);
});
