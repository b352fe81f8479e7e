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
  'a phone of the patient that is dead for good keeps nobody from asking the nurse for an outcome, nor the low hers for ever',
  timed,
  async () => {
    const story = await stories.begin({ ...NIGHT, patient: ['patient'] });
    story.answers('patient', 410);
    story.at('02:10');
    await story.signal('CGM-01', 'critical');
    await story.tells({ patient: 'sms', nurse: 'opened' });
    await story.acknowledges('nurse');
    story.at('03:09');
    await story.tellsNobody();
    story.at('03:10');
    // By everything that reaches her.
    await story.tells({ nurse: 'reminder', 'nurse at home': 'opened' });
    story.at('04:10');
    // It begins anew: the patient's phone is asked again as well.
    await story.tells({ patient: 'sms', nurse: 'changed' });
    expect(await story.state()).toBe('open');
  },
);

test(
  'the patient’s second phone and the owner are both told where both are due in the same minute',
  timed,
  async () => {
    const story = await stories.begin({ ...NIGHT, patient: ['patient', 'patient’s other phone'] });
    story.answers('patient', 503);
    story.at('02:10');
    await story.signal('CGM-01', 'critical');
    await story.tells({ patient: 'sms', nurse: 'opened' });
    await story.acknowledges('nurse');
    // Nobody has looked for an hour.
    await story.alertingStops();
    story.at('03:10');
    story.answers('patient', 410);
    await story.alertingStarts();
    await story.tells({
      patient: 'sms',
      'patient’s other phone': 'sms',
      nurse: 'reminder',
      'nurse at home': 'opened',
    });
  },
);

test(
  'a low that is coming, at first the patient’s alone, is told to their second phone where the first is dead',
  timed,
  async () => {
    const story = await stories.begin({ ...NIGHT, patient: ['patient', 'patient’s other phone'] });
    story.answers('patient', 410);
    story.at('02:10');
    await story.scene.fire('CGM-03', { severity: 'warning', stage: 1 }, { patientKey: story.patientKey });
    await story.tellsNobody();
    story.at('02:11');
    await story.tells({ patient: 'sms', 'patient’s other phone': 'sms' });
    story.at('02:20');
    await story.tellsNobody();
  },
);

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

test.each([
  ['has put off', ['snoozed_by_another_team']],
  ['has taken over and put off', ['snoozed_by_another_team', 'owner_in_another_team']],
])(
  'an urgent low that somebody %s who is not of the team that the patient comes to is told there at once',
  timed,
  async (what, reasons) => {
    const story = await stories.begin(NIGHT);
    story.at('02:10');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened' });
    if (what.startsWith('has taken')) await story.acknowledges('nurse');
    await story.snoozes('nurse', 240, 'she is eating');
    await story.movesTo({ members: { 'their nurse': 'nurse' } });
    await story.tells({ 'their nurse': 'opened' });
    expect(await story.state()).toBe('open');
    const timeline = await story.timeline();
    expect(timeline.map(({ event }) => event)).toContain('snoozed');
    expect(timeline.map(({ reason }) => reason)).toEqual(expect.arrayContaining(reasons));
    story.at('02:25');
    await story.tells({ 'their nurse': 'reminder' });
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
