// A channel that is away, an owner who is gone, a patient's own phone: what is urgent finds somebody else all the same.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readUnattendedAlerts } from '../../storage/alerts/unattended-alerts.ts';
import { openStories, type Stories, type Story, type TeamOfStory } from './alerting-story.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.close());

const NIGHT: TeamOfStory = {
  members: { nurse: 'nurse', lead: 'lead' },
  contacts: { nurse: ['nurse', 'nurse at home'] },
  schedule: (who) => ({
    shifts: [{ memberIds: [who('nurse')], from: '2026-01-01T22:00', to: '2026-01-02T08:00', rrule: 'FREQ=DAILY' }],
  }),
  settings: {
    policies: [
      {
        name: 'one after another',
        severities: ['critical'],
        steps: [
          { delayMin: 0, targets: [{ kind: 'patient' }] },
          { delayMin: 0, targets: [{ kind: 'on_call' }] },
          { delayMin: 15, targets: [{ kind: 'role', role: 'lead' }] },
        ],
      },
    ],
  },
};
const timed = { timeout: 90_000 };
const later = (story: Story, seconds: number) => story.scene.pass(seconds * 1_000);

test('a phone that only ever answers 503 is tried on, and after 45 seconds the next one as well', timed, async () => {
  const story = await stories.begin(NIGHT);
  story.answers('nurse', 503);
  story.at('02:10');
  await story.signal('CGM-01', 'critical');
  await story.tells({ nurse: 'opened' });
  later(story, 20);
  await story.tells({ nurse: 'opened' });
  later(story, 26);
  await story.tells({ nurse: 'opened', 'nurse at home': 'opened' });
  // She has it: the lead is woken at his time.
  later(story, 60);
  await story.tells({ nurse: 'opened' });
  story.at('02:25');
  await story.tells({ nurse: 'opened', 'nurse at home': 'reminder', lead: 'opened' });
});

test(
  'where every phone of hers answers 503 the lead is told after 45 seconds each, not in a quarter of an hour',
  timed,
  async () => {
    const story = await stories.begin(NIGHT);
    story.answers('nurse', 503);
    story.answers('nurse at home', 503);
    story.at('02:10');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened' });
    later(story, 46);
    await story.tells({ nurse: 'opened', 'nurse at home': 'opened' });
    later(story, 46);
    await story.tells({ nurse: 'opened', 'nurse at home': 'opened', lead: 'opened' });
  },
);

test('the patient’s second phone is tried although the nurse has taken it over', timed, async () => {
  const story = await stories.begin({ ...NIGHT, patient: ['patient', 'patient’s other phone'] });
  story.answers('patient', 503);
  story.at('02:10');
  await story.signal('CGM-01', 'critical');
  await story.tells({ patient: 'sms', nurse: 'opened' });
  await story.acknowledges('nurse');
  later(story, 46);
  await story.tells({ patient: 'sms', 'patient’s other phone': 'sms' });
  expect(await story.state()).toBe('acknowledged');
});

test(
  'an urgent low whose owner is not of the team that the patient comes to is that team’s to take over',
  timed,
  async () => {
    const story = await stories.begin(NIGHT);
    story.at('02:10');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened' });
    await story.acknowledges('nurse');
    await story.movesTo({ members: { 'their nurse': 'nurse' } });
    await story.tells({ 'their nurse': 'opened' });
    expect(await story.state()).toBe('open');
    expect((await story.timeline()).map(({ reason }) => reason)).toContain('owner_in_another_team');
  },
);

test('a low to review keeps a timer where what fires of it now is the patient’s alone', timed, async () => {
  const story = await stories.begin({ ...NIGHT, patient: ['patient'] });
  story.at('02:10');
  await story.signal('CGM-01', 'critical');
  await story.tells({ patient: 'sms', nurse: 'opened' });
  story.at('02:14');
  await story.recovers('CGM-01');
  await story.tells({ nurse: 'cleared' });
  story.at('02:54');
  await story.scene.fire('CGM-03', { severity: 'warning', stage: 1 }, { patientKey: story.patientKey });
  await story.tellsNobody();
  story.at('02:55');
  await story.tells({ patient: 'sms' });
  expect(await readUnattendedAlerts(story.scene.database.pool, story.scene.now())).toEqual([]);
  story.at('03:30');
  await story.tellsNobody();
  expect(await readUnattendedAlerts(story.scene.database.pool, story.scene.now())).toEqual([]);
});

test(
  'what was critical is put off for four hours at most, also where only a warning is left of it',
  timed,
  async () => {
    const story = await stories.begin(NIGHT);
    story.at('02:10');
    await story.signal('CGM-01', 'critical');
    await story.signal('CGM-02', 'warning');
    await story.recovers('CGM-01');
    await expect(story.snoozes('nurse', 5 * 60, 'she eats')).rejects.toThrow(/put off until/);
    await story.snoozes('nurse', 4 * 60, 'she eats');
  },
);
