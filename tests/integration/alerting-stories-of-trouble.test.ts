// What comes in between: it gets worse, it is put off, nobody answers, alerting is away, the clock is set.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import { openStories, type Stories, type TeamOfStory } from './alerting-story.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.close());

const MEMBERS = { nurse: 'nurse', lead: 'lead', gp: 'gp' } as const;
const AT_NIGHT: TeamOfStory = {
  members: MEMBERS,
  schedule: (who) => ({
    shifts: [{ memberIds: [who('nurse')], from: '2026-01-01T22:00', to: '2026-01-02T08:00', rrule: 'FREQ=DAILY' }],
  }),
};
const IN_ORDER: AlertingSettings = {
  policies: [
    {
      name: 'one after another',
      severities: ['critical'],
      steps: [
        { delayMin: 0, targets: [{ kind: 'on_call' }], contacts: 'in_order' },
        { delayMin: 15, targets: [{ kind: 'role', role: 'lead' }] },
        { delayMin: 30, targets: [{ kind: 'team' }] },
      ],
    },
  ],
};
const TWO_PHONES: TeamOfStory = { ...AT_NIGHT, settings: IN_ORDER, contacts: { nurse: ['nurse', 'nurse at home'] } };
const timed = { timeout: 90_000 };

describe('it gets worse, and better', () => {
  test('a rise breaks through a snooze and begins anew; a fall is noted and told to nobody', timed, async () => {
    const story = await stories.begin({ members: MEMBERS, patient: ['patient'] });
    const { at, signal, tells, tellsNobody } = story;
    at('10:00');
    await signal('CGM-02', 'warning');
    at('10:01');
    await tells({ nurse: 'opened', lead: 'opened', gp: 'opened' });
    await story.snoozes('nurse', 60, 'she has eaten');
    at('10:20');
    await signal('CGM-01', 'critical');
    await tells({ patient: 'sms', nurse: 'changed', lead: 'changed', gp: 'changed' });
    await story.acknowledges('gp');
    at('10:25');
    await signal('SMBG-01', 'emergency');
    await tells({ patient: 'sms', nurse: 'changed', lead: 'changed', gp: 'changed' });
    expect(await story.state()).toBe('open');
    at('10:30');
    await story.recovers('SMBG-01');
    await tellsNobody();
    expect((await story.timeline()).at(-1)).toMatchObject({ event: 'severity_fell' });
    await story.acknowledges('nurse');
    at('10:35');
    await story.recovers('CGM-01');
    await tellsNobody();
  });
});

describe('nobody says what became of it', () => {
  test('a warning that is over and has an owner closes by itself once they were reminded in vain', timed, async () => {
    const story = await stories.begin({ members: MEMBERS });
    story.at('10:00');
    await story.signal('CGM-02', 'warning');
    story.at('10:01');
    await story.tells({ nurse: 'opened', lead: 'opened', gp: 'opened' });
    await story.acknowledges('nurse');
    story.at('10:30');
    await story.recovers('CGM-02');
    await story.tells({ nurse: 'cleared', lead: 'cleared', gp: 'cleared' });
    // A day later, and another.
    story.at('10:02');
    await story.tells({ nurse: 'reminder' });
    expect(await story.state()).toBe('acknowledged');
    story.at('10:03');
    story.at('10:02');
    await story.tells({ nurse: 'closed', lead: 'closed', gp: 'closed' });
    expect(await story.state()).toBe('resolved');
    expect((await story.timeline()).map(({ event }) => event)).toContain('acknowledgement_lapsed');
  });
});

describe('nobody is there', () => {
  test('a first contact that is dead is followed by the next at once', timed, async () => {
    const story = await stories.begin(TWO_PHONES);
    story.answers('nurse', 410);
    story.at('02:15');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened', 'nurse at home': 'opened' });
    story.at('02:30');
    await story.tells({ 'nurse at home': 'reminder', lead: 'opened' });
  });

  test(
    'where all contacts of a step are dead the next step comes at once, and those after it keep their distance',
    timed,
    async () => {
      const story = await stories.begin(TWO_PHONES);
      story.answers('nurse', 410);
      story.answers('nurse at home', 404);
      story.at('02:15');
      await story.signal('CGM-01', 'critical');
      await story.tells({ nurse: 'opened', 'nurse at home': 'opened', lead: 'opened' });
      story.at('02:29');
      await story.tellsNobody();
      story.at('02:30');
      await story.tells({ lead: 'reminder', gp: 'opened' });
      const failures = (await story.timeline()).filter(({ event }) => event === 'notification_failed');
      expect(failures.map(({ reason }) => reason)).toEqual(['http_410', 'http_404']);
    },
  );

  test('where everybody is dead all are tried again with each repetition, until one is there', timed, async () => {
    const story = await stories.begin({ members: MEMBERS });
    for (const name of Object.keys(MEMBERS)) story.answers(name, 410);
    story.at('02:15');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened', lead: 'opened', gp: 'opened' });
    story.answers('gp', 204);
    story.at('02:30');
    await story.tells({ nurse: 'opened', lead: 'opened', gp: 'opened' });
    story.at('02:45');
    await story.tells({ gp: 'reminder' });
  });
});

describe('a snooze', () => {
  test.each([
    ['emergency', 60],
    ['critical', 4 * 60],
    ['warning', 72 * 60],
    ['info', 30 * 24 * 60],
  ] as const)(
    'of %s lasts %i min at most, needs a reason, and says nothing about a high',
    timed,
    async (severity, longest) => {
      const story = await stories.begin({ members: { nurse: 'nurse' } });
      story.at('10:00');
      await story.signal('CGM-01', severity);
      story.at('10:01');
      await story.tells({ nurse: 'opened' });
      await expect(story.snoozes('nurse', longest + 1, 'later')).rejects.toThrow(severity);
      await expect(story.snoozes('nurse', longest, '  ')).rejects.toThrow('needs a reason');
      await story.snoozes('nurse', longest, 'she is at the clinic');
      await story.signal('SMBG-03', 'critical');
      await story.tells({ nurse: 'opened' });
      expect([await story.state('low'), await story.state('high')]).toEqual(['snoozed', 'open']);
    },
  );

  test('of a high says nothing about a low', timed, async () => {
    const story = await stories.begin({ members: { nurse: 'nurse' } });
    story.at('10:00');
    await story.signal('SMBG-03', 'critical');
    await story.tells({ nurse: 'opened' });
    await story.snoozes('nurse', 240, 'corrected', 'high');
    story.at('10:10');
    await story.cgm(2.9);
    story.at('10:15');
    await story.cgm(2.6);
    await story.tells({ nurse: 'opened' });
  });

  test(
    'that ends reminds whoever was told, and leaves them the time they would have had before the lead hears',
    timed,
    async () => {
      const story = await stories.begin(AT_NIGHT);
      story.at('02:15');
      await story.signal('CGM-01', 'critical');
      await story.tells({ nurse: 'opened' });
      await story.snoozes('nurse', 45, 'she is eating');
      story.at('02:59');
      await story.tellsNobody();
      story.at('03:00');
      await story.tells({ nurse: 'reminder' });
      story.at('03:15');
      await story.tells({ nurse: 'reminder', lead: 'opened' });
      story.at('03:30');
      await story.tells({ nurse: 'reminder', lead: 'reminder', gp: 'opened' });
    },
  );

  test('of somebody who owned one low is over for the next one, too, and then nobody owns that', timed, async () => {
    const story = await stories.begin(AT_NIGHT);
    story.at('02:15');
    await story.signal('CGM-02', 'warning');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened' });
    await story.acknowledges('nurse');
    await story.snoozes('nurse', 45, 'she is eating');
    story.at('02:20');
    await story.recovers('CGM-01');
    story.at('02:30');
    await story.signal('SMBG-01', 'critical');
    await story.tellsNobody();
    expect(await story.state()).toBe('snoozed');
    story.at('03:00');
    await story.tells({ nurse: 'changed' });
    expect(await story.state()).toBe('open');
    story.at('03:15');
    await story.tells({ nurse: 'reminder', lead: 'opened' });
  });
});

describe('alerting is away', () => {
  test('for an hour: every step that was due comes at once, once, in order', timed, async () => {
    const story = await stories.begin(AT_NIGHT);
    story.at('02:15');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened' });
    await story.alertingStops();
    story.at('03:20');
    await story.alertingStarts();
    await story.tells({ nurse: 'reminder', lead: 'opened', gp: 'opened' });
    const { rows } = await story.scene.database.pool.query<{ step: number }>(
      `select escalation_step as step from notifications join alerts using (alert_id)
       where patient_key = $1 and kind = 'opened' and channel = 'webhook' order by notification_id`,
      [story.patientKey],
    );
    expect(rows.map(({ step }) => step)).toEqual([2, 3, 4]);
    story.at('03:35');
    await story.tells({ nurse: 'reminder', lead: 'reminder', gp: 'reminder' });
  });

  test('as the low comes and goes: nobody is told of what was over before anybody could be', timed, async () => {
    const story = await stories.begin(AT_NIGHT);
    await story.alertingStops();
    story.at('02:15');
    const fired = story.scene.fire('CGM-01', { severity: 'critical' }, { patientKey: story.patientKey, nudge: false });
    await fired;
    story.at('02:40');
    await story.scene.recover('CGM-01', { patientKey: story.patientKey, nudge: false });
    await story.alertingStarts();
    await story.tellsNobody();
    expect(await story.state()).toBe('retrospective');
  });
});

describe('the clock', () => {
  test('steps back by ten minutes: nothing is told twice, and what was due is late by as much', timed, async () => {
    const story = await stories.begin(AT_NIGHT);
    story.at('02:15');
    await story.signal('CGM-01', 'critical');
    await story.tells({ nurse: 'opened' });
    story.clockStepsBack(10);
    await story.tellsNobody();
    story.at('02:29');
    await story.tellsNobody();
    story.at('02:30');
    await story.tells({ nurse: 'reminder', lead: 'opened' });
    story.clockStepsBack(10);
    story.at('02:30');
    await story.tellsNobody();
    story.at('02:45');
    await story.tells({ nurse: 'reminder', lead: 'reminder', gp: 'opened' });
  });

  test(
    'steps back between an acknowledgement and its reminder: the owner still has the whole time',
    timed,
    async () => {
      const story = await stories.begin(AT_NIGHT);
      story.at('02:15');
      await story.signal('CGM-01', 'critical');
      await story.tells({ nurse: 'opened' });
      await story.acknowledges('nurse');
      story.at('03:15');
      await story.tells({ nurse: 'reminder' });
      story.at('04:15');
      await story.tells({ nurse: 'changed' });
      story.clockStepsBack(90);
      await story.acknowledges('nurse');
      story.at('03:44');
      await story.tellsNobody();
      story.at('03:45');
      await story.tells({ nurse: 'reminder' });
      expect(await story.state()).toBe('acknowledged');
    },
  );
});
