// What was told together in a storm, by a relay that takes nothing: each of its alerts finds the next contact as soon as one that is told
// by itself.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKysely } from '../../storage/database.ts';
import { putAlertingSettings } from '../../storage/registry/team-alerting.ts';
import { alertingByHand } from './alerting-by-hand.ts';
import { createScene, type Scene } from './alerting-scene.ts';

const NOON = Date.parse('2026-09-28T12:00+08:00');
const [FIRST, SECOND] = ['nurse@clinic.example', 'nurse.at.home@clinic.example'];
const PATIENTS = 15;
// It is the test's own that sends.
const MAIL = { host: 'mail.example', port: 25, secure: false, requireTls: true, from: 'pulseward@clinic.example' };

let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ member: false, channels: { mail: MAIL }, clockStandsAt: NOON });
});
afterEach(() => scene.destroy());

test('critical lows that wait together for a relay that is away are told to the next contact after 45 seconds, every one of them', async () => {
  const contacts = [FIRST, SECOND].map((address) => ({ channel: 'email', address }));
  const teamId = await scene.addTeam(contacts);
  const steps = [{ delayMin: 0, targets: [{ kind: 'on_call' as const }] }];
  const policy = { name: 'one after another', severities: ['critical' as const], steps };
  await putAlertingSettings(openKysely(scene.database.pool), teamId, { policies: [policy] }, scene.userId);
  const hand = await alertingByHand(scene, {
    hasEmail: true,
    fateOf: (address) => (address === FIRST ? 'refused' : 'delivered'),
  });
  const toldAtHome = () => {
    const messages = hand.received.filter(({ to }) => to === SECOND);
    return new Set(messages.flatMap((message) => message.items ?? [message]).map(({ alertId }) => alertId)).size;
  };

  for (let n = 0; n < PATIENTS; n++) {
    const patientKey = await scene.addPatient(teamId);
    await scene.fire('CGM-01', {}, { patientKey, nudge: false });
    await hand.apply(patientKey);
  }
  await hand.deliver();
  scene.pass(10_000);
  await hand.deliver();
  const { rows: together } = await scene.database.pool.query('select 1 from notifications where sent_with is not null');
  expect(together.length).toBeGreaterThan(1);
  expect(toldAtHome()).toBe(0);

  scene.pass(36_000);
  await hand.review();
  await hand.deliver();
  // There, too, they are too many to be told one by one.
  scene.pass(10_000);
  await hand.deliver();
  expect(toldAtHome()).toBe(PATIENTS);
});
