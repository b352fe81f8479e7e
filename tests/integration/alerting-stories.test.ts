// Who is told of what, when, as it goes on one night: readings through the rules, the real queue and Postgres, a clock that the story moves.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import type { OnCallPlan } from '../../domain/on-call/on-call-schedule.ts';
import { openStories, type Stories, type Story, type TeamOfStory } from './alerting-story.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.close());

const MEMBERS = { nurse: 'nurse', lead: 'lead', gp: 'gp' } as const;
type Who = (name: string) => string;
/** Every night from 22 to 8, and nobody by day. */
const nights =
  (name: string, more: (who: Who) => Partial<OnCallPlan> = () => ({})) =>
  (who: Who): OnCallPlan => ({
    shifts: [{ memberIds: [who(name)], from: '2026-01-01T22:00', to: '2026-01-02T08:00', rrule: 'FREQ=DAILY' }],
    ...more(who),
  });
const AT_NIGHT: TeamOfStory = { members: MEMBERS, schedule: nights('nurse') };
const timed = { timeout: 90_000 };

/** Two readings five minutes apart: very low with the second. */
async function goesVeryLow({ at, cgm }: Story, first: string, second: string): Promise<void> {
  at(first);
  await cgm(2.9);
  at(second);
  await cgm(2.6);
}

/** First, while the clock has not come so far yet. */
describe('who is on call on a public holiday', () => {
  test(
    'goes by the public holidays: a Thursday off in October, and the Saturday that makes up for it',
    timed,
    async () => {
      const days = { from: '2026-01-01T08:00', to: '2026-01-01T22:00', rrule: 'FREQ=DAILY' } as const;
      const schedule = (who: Who): OnCallPlan => ({
        shifts: [
          { ...days, memberIds: [who('gp')], on: 'workdays' },
          { ...days, memberIds: [who('nurse')], on: 'holidays' },
        ],
      });
      const onHoliday = await stories.begin({ members: MEMBERS, schedule });
      await goesVeryLow(onHoliday, '2026-10-01 10:00', '10:05');
      await onHoliday.tells({ nurse: 'opened' });
      const onMakeUpDay = await stories.begin({ members: MEMBERS, schedule });
      await goesVeryLow(onMakeUpDay, '2026-10-10 10:00', '10:05');
      await onMakeUpDay.tells({ gp: 'opened' });
    },
  );
});

describe('a very low glucose at night', () => {
  test(
    'is told to patient, carer and nurse at once, goes up until somebody owns it, and comes back if nothing becomes of it',
    timed,
    async () => {
      const story = await stories.begin({
        ...AT_NIGHT,
        patient: ['patient'],
        carersWithoutConsent: ['son'],
        carers: ['daughter', 'neighbour'],
      });
      const { at, cgm, tells, tellsNobody, acknowledges } = story;
      at('02:10');
      await cgm(2.9);
      await tellsNobody();
      at('02:15');
      await cgm(2.6);
      await tells({ patient: 'sms', daughter: 'sms', nurse: 'opened' });
      at('02:29');
      await tellsNobody();
      // Nobody has acknowledged.
      at('02:30');
      await tells({ nurse: 'reminder', lead: 'opened' });
      at('02:45');
      await tells({ nurse: 'reminder', lead: 'reminder', gp: 'opened' });
      at('02:50');
      await acknowledges('lead');
      at('03:49');
      await tellsNobody();
      // An hour without an outcome.
      at('03:50');
      await tells({ lead: 'reminder' });
      at('04:49');
      await tellsNobody();
      // Another one: it is nobody's.
      at('04:50');
      await tells({ patient: 'sms', daughter: 'sms', nurse: 'changed' });
      expect(await story.state()).toBe('open');
      at('05:05');
      await tells({ nurse: 'reminder', lead: 'reminder' });
      await story.resolves('nurse');
      await tells({ nurse: 'closed', lead: 'closed', gp: 'closed' });
      at('06:00');
      await tellsNobody();
      expect((await story.timeline()).map(({ reason }) => reason)).toEqual(
        expect.arrayContaining(['taken_over', 'no_outcome_yet', 'no_outcome_given', 'told_anew', 'called']),
      );
    },
  );

  test('is over for everybody who was told once the glucose is back, and waits for an outcome', timed, async () => {
    const story = await stories.begin({ ...AT_NIGHT, patient: ['patient'] });
    const { at, cgm, tells, tellsNobody } = story;
    await goesVeryLow(story, '02:10', '02:15');
    await tells({ patient: 'sms', nurse: 'opened' });
    for (const [time, mmolPerL] of [
      ['02:18', 4.6],
      ['02:23', 5.1],
      ['02:28', 5.6],
    ] as const) {
      at(time);
      await cgm(mmolPerL);
    }
    at('02:33');
    await cgm(5.8);
    at('02:43');
    await cgm(5.9);
    await tells({ nurse: 'cleared' });
    at('03:43');
    await tellsNobody();
    expect(await story.state()).toBe('open');
  });

  test(
    'is told to the patient also if the nurse takes it over while the message is still on its way',
    timed,
    async () => {
      const story = await stories.begin({ ...AT_NIGHT, patient: ['patient'] });
      story.answers('patient', 503);
      await goesVeryLow(story, '02:10', '02:15');
      await story.tells({ patient: 'sms', nurse: 'opened' });
      await story.acknowledges('nurse');
      story.answers('patient', 204);
      story.at('02:16');
      await story.tells({ patient: 'sms' });
    },
  );

  test('is everybody’s at once in a team without schedule and lead', timed, async () => {
    const story = await stories.begin({ members: { nurse: 'nurse', gp: 'gp' } });
    await goesVeryLow(story, '02:10', '02:15');
    await story.tells({ nurse: 'opened', gp: 'opened' });
    story.at('02:30');
    await story.tells({ nurse: 'reminder', gp: 'reminder' });
    story.at('02:45');
    await story.tells({ nurse: 'reminder', gp: 'reminder' });
    expect(
      (await story.timeline()).filter(({ event }) => event === 'step_skipped').map(({ reason }) => reason),
    ).toEqual(['no_contact']);
  });

  test('is the patient’s own where no team is responsible', timed, async () => {
    const story = await stories.begin({ ...AT_NIGHT, patient: ['patient'] });
    await story.scene.database.pool.query('delete from responsibilities where patient_key = $1', [story.patientKey]);
    await goesVeryLow(story, '02:10', '02:15');
    await story.tells({ patient: 'sms' });
    expect((await story.timeline()).map(({ reason }) => reason)).toContain('no_responsible_team');
  });
});

describe('who is on call', () => {
  test(
    'is nobody in a gap of the schedule: the lead is told at once, and the gap is on the timeline',
    timed,
    async () => {
      const story = await stories.begin({ ...AT_NIGHT, patient: ['patient'] });
      await goesVeryLow(story, '14:00', '14:05');
      await story.tells({ patient: 'sms', lead: 'opened' });
      expect((await story.timeline()).map(({ reason }) => reason)).toContain('no_shift');
      story.at('14:20');
      await story.tells({ lead: 'reminder', nurse: 'opened', gp: 'opened' });
    },
  );

  test(
    'changes between a step and its reminder: the one who comes is told that it opened, the one who went home nothing',
    timed,
    async () => {
      const schedule = (who: Who): OnCallPlan => ({
        shifts: [
          ...nights('nurse')(who).shifts,
          { memberIds: [who('gp')], from: '2026-01-01T08:00', to: '2026-01-01T22:00', rrule: 'FREQ=DAILY' },
        ],
      });
      const story = await stories.begin({ members: MEMBERS, schedule });
      await goesVeryLow(story, '07:45', '07:50');
      await story.tells({ nurse: 'opened' });
      story.at('08:05');
      await story.tells({ gp: 'opened', lead: 'opened' });
    },
  );

  const always = { from: '2026-09-01T00:00', to: '2027-08-31T00:00' };
  test.each<[string, (who: Who) => Partial<OnCallPlan>]>([
    ['a swap', (who) => ({ swaps: [{ memberIds: [who('nurse'), who('gp')], windows: [always] }] })],
    ['leave with cover', (who) => ({ leave: [{ memberId: who('nurse'), coveredBy: [who('gp')], ...always }] })],
    ['an override', (who) => ({ overrides: [{ memberIds: [who('gp')], ...always }] })],
  ])('is somebody else by %s', timed, async (_, more) => {
    const story = await stories.begin({ members: MEMBERS, schedule: nights('nurse', more) });
    await goesVeryLow(story, '02:10', '02:15');
    await story.tells({ gp: 'opened' });
  });

  test('may leave the team before the page has got through: the lead is told at once', timed, async () => {
    const story = await stories.begin(AT_NIGHT);
    story.answers('nurse', 503);
    await goesVeryLow(story, '02:10', '02:15');
    await story.tells({ nurse: 'opened' });
    await story.leaves('nurse');
    story.at('02:16');
    await story.tells({ lead: 'opened' });
  });

  test(
    'may leave the team after the page: the lead comes when they would have come, and nobody is reminded who is gone',
    timed,
    async () => {
      const story = await stories.begin(AT_NIGHT);
      await goesVeryLow(story, '02:10', '02:15');
      await story.tells({ nurse: 'opened' });
      await story.leaves('nurse');
      story.at('02:30');
      await story.tells({ lead: 'opened' });
      story.at('02:45');
      await story.tells({ lead: 'reminder', gp: 'opened' });
    },
  );
});

describe('how a team wants it', () => {
  const policy = (steps: NonNullable<AlertingSettings['policies']>[number]['steps']): AlertingSettings => ({
    policies: [{ name: 'own', severities: ['critical', 'emergency'], steps }],
  });
  const GP_FIRST = policy([
    { delayMin: 0, targets: [{ kind: 'role', role: 'gp' }] },
    { delayMin: 5, targets: [{ kind: 'role', role: 'lead' }] },
  ]);

  test('holds from the next occurrence on: what is under way goes on as it began', timed, async () => {
    const story = await stories.begin(AT_NIGHT);
    const { at, tells } = story;
    at('02:15');
    await story.signal('CGM-01', 'critical');
    await tells({ nurse: 'opened' });
    await story.configures(GP_FIRST);
    at('02:20');
    await story.tellsNobody();
    at('02:30');
    await tells({ nurse: 'reminder', lead: 'opened' });
    await story.recovers('CGM-01');
    await tells({ nurse: 'cleared', lead: 'cleared' });
    at('02:40');
    await story.signal('CGM-01', 'critical');
    await tells({ gp: 'opened' });
    at('02:45');
    await tells({ lead: 'changed' });
  });

  test('the specialist on call of the hospital behind the team is the last to be told', timed, async () => {
    const settings = policy([
      { delayMin: 0, targets: [{ kind: 'on_call' }] },
      { delayMin: 20, targets: [{ kind: 'backing_organisation' }], contacts: 'all' },
    ]);
    const story = await stories.begin({
      ...AT_NIGHT,
      settings,
      behind: { members: { specialist: 'specialist', professor: 'specialist' }, schedule: nights('specialist') },
    });
    await goesVeryLow(story, '02:10', '02:15');
    await story.tells({ nurse: 'opened' });
    story.at('02:30');
    await story.tells({ nurse: 'reminder' });
    story.at('02:35');
    await story.tells({ specialist: 'opened' });
    await story.acknowledges('specialist');
    story.at('03:35');
    await story.tells({ specialist: 'reminder' });
  });

  test('an open alert goes with its patient to another team, which is told as its own policy says', timed, async () => {
    const story = await stories.begin(AT_NIGHT);
    await goesVeryLow(story, '02:10', '02:15');
    await story.tells({ nurse: 'opened' });
    story.at('02:20');
    await story.movesTo({ members: { 'other gp': 'gp', 'other lead': 'lead', clerk: 'nurse' }, settings: GP_FIRST });
    await story.tells({ 'other gp': 'opened' });
    story.at('02:25');
    await story.tells({ 'other lead': 'opened' });
    story.at('02:35');
    await story.tells({ 'other gp': 'reminder', 'other lead': 'reminder' });
  });
});
