// What would become of an alert, told as it would happen.
import { describe, expect, test } from 'vitest';
import { contact, GP, LEAD, member, NURSE } from '../../tests/alerts/routed-people.ts';
import type { AlertingSettings } from './alerting-settings.ts';
import type { Routing } from './route-step.ts';
import { type SimulationQuestion, simulateRoute } from './simulate-route.ts';

const MINUTE = 60_000;
/** A Sunday, 02:10 in UTC. */
const AT = Date.parse('2026-11-22T02:10Z');
const NIGHTS = { memberIds: ['nurse'], from: '2026-11-01T20:00', to: '2026-11-02T08:00', rrule: 'FREQ=DAILY' };
const SCHEDULE = { timeZone: 'UTC', shifts: [NIGHTS] };
const TEAM = { teamId: 'team', members: [NURSE, LEAD, GP], schedule: SCHEDULE };

const routing = (more: Partial<Routing> = {}): Routing => ({
  team: TEAM,
  backing: [],
  patient: [],
  carers: [],
  ...more,
});
const simulate = (given: Partial<SimulationQuestion> = {}) =>
  simulateRoute({
    condition: 'glucose',
    direction: 'low',
    severity: 'critical',
    at: AT,
    hasPatient: true,
    hasChannel: (channel) => channel !== 'sms',
    settings: {},
    timeZone: 'UTC',
    routing: routing(),
    ...given,
  });
/** `minute who kind`, as far as a minute. */
const story = ({ messages }: ReturnType<typeof simulate>, untilMin = 60) =>
  messages
    .filter(({ at }) => at <= AT + untilMin * MINUTE)
    .map(({ at, contactId, kind, reason }) => `${(at - AT) / MINUTE} ${contactId} ${kind} ${reason}`);

describe('an urgent low at 02:10', () => {
  test('goes to patient, daughter and the nurse on call at once, to the lead after 15 minutes, to all after 30', () => {
    const people = routing({ patient: [contact('patient')], carers: [contact('daughter')] });
    expect(story(simulate({ routing: people }), 30)).toEqual([
      '0 patient opened first_notification',
      '0 daughter opened first_notification',
      "0 nurse's opened first_notification",
      "15 nurse's reminder repeat_interval_elapsed",
      "15 lead's opened repeat_interval_elapsed",
      "30 nurse's reminder repeat_interval_elapsed",
      "30 lead's reminder repeat_interval_elapsed",
      "30 gp's opened repeat_interval_elapsed",
    ]);
  });

  test('is said with the step and the target that stand for each', () => {
    const { messages, policy, ok, problems, inApp } = simulate();
    expect(messages[0]).toMatchObject({
      step: 2,
      target: 'on_call',
      audience: 'team',
      memberId: 'nurse',
      role: 'nurse',
    });
    expect(messages.find(({ memberId }) => memberId === 'lead')).toMatchObject({ step: 3, target: 'role' });
    expect({ policy, ok, problems, inApp }).toEqual({
      policy: 'urgent_low',
      ok: true,
      problems: [],
      inApp: ['nurse', 'lead', 'gp'],
    });
  });

  test('ends with whoever takes it over: asked for an outcome once, then told anew as nobody’s', () => {
    const told = story(simulate({ acknowledgeAfterMin: 5 }), 126);
    expect(told).toEqual([
      "0 nurse's opened first_notification",
      "65 nurse's reminder no_outcome_yet",
      "125 nurse's changed told_anew",
    ]);
  });

  test('asks whoever took it over from behind the team for an outcome, too', () => {
    const settings: AlertingSettings = {
      policies: [
        {
          name: 'hospital',
          severities: ['critical'],
          steps: [{ delayMin: 0, targets: [{ kind: 'backing_organisation' }] }],
        },
      ],
    };
    const backing = [{ teamId: 'hospital', members: [member('specialist', 'specialist')] }];
    const told = story(simulate({ settings, routing: routing({ backing }), acknowledgeAfterMin: 5 }), 66);
    expect(told).toEqual(["0 specialist's opened first_notification", "65 specialist's reminder no_outcome_yet"]);
  });

  test('of nobody in particular says that there is no patient, which is no problem', () => {
    const { skipped, problems } = simulate({ hasPatient: false });
    expect(skipped.map(({ reason, target, isProblem }) => [reason, target, isProblem])).toEqual([
      ['nobody_in_particular', 'patient', false],
      ['nobody_in_particular', 'carer', false],
    ]);
    expect(problems).toEqual([]);
  });
});

describe('what has to be mended', () => {
  test('is the gap in which nobody is on call: the lead hears at once, and it is said', () => {
    const noon = Date.parse('2026-11-22T12:00Z');
    const route = simulate({ at: noon });
    expect(route.messages[0]).toMatchObject({ at: noon, memberId: 'lead' });
    expect(route.problems).toEqual(['no_shift']);
    expect(route.ok).toBe(true);
  });

  test('is a team of which nobody can be reached beyond the app: what is urgent is not all right', () => {
    const silent = member('nurse', 'nurse', [contact('a', { verified: false }), contact('b', { channel: 'sms' })]);
    const nobody = routing({ team: { teamId: 'team', members: [silent] } });
    const urgent = simulate({ routing: nobody });
    expect(urgent.messages).toEqual([]);
    expect(urgent.problems).toEqual(['unverified_contact', 'unknown_channel', 'nobody_beyond_the_app']);
    expect(urgent.ok).toBe(false);
    expect(simulate({ routing: nobody, severity: 'warning' }).ok).toBe(true);
    expect(simulate({ routing: routing({ team: undefined, patient: [contact('patient')] }) }).ok).toBe(false);
  });

  describe('is a contact at which the last message failed for good', () => {
    const dead = contact('dead', { isDead: true });

    test('the next one of the same person is told in its place, and it is said', () => {
      const nurse = member('nurse', 'nurse', [dead, contact('second')]);
      const route = simulate({ routing: routing({ team: { ...TEAM, members: [nurse, LEAD, GP] } }) });
      expect(story(route, 20)).toEqual([
        '0 second opened first_notification',
        '15 second reminder repeat_interval_elapsed',
        "15 lead's opened repeat_interval_elapsed",
      ]);
      expect(route).toMatchObject({ ok: true, problems: ['dead_contact'] });
      expect(route.skipped.filter(({ reason }) => reason === 'dead_contact')).toEqual([
        {
          ...{ reason: 'dead_contact', target: 'on_call', memberId: 'nurse', contactId: 'dead', channel: 'webhook' },
          ...{ isProblem: true, at: AT },
        },
      ]);
    });

    test('where the nurse on call has no other, the lead hears at once', () => {
      const nurse = member('nurse', 'nurse', [dead]);
      const route = simulate({ routing: routing({ team: { ...TEAM, members: [nurse, LEAD, GP] } }) });
      expect(story(route, 0)).toEqual(["0 lead's opened first_notification"]);
      expect(route).toMatchObject({ ok: true, problems: ['dead_contact'] });
    });

    test('where nobody has another, it is not all right, however often they are tried', () => {
      const team = { teamId: 'team', members: [member('nurse', 'nurse', [dead]), member('lead', 'lead', [dead])] };
      const route = simulate({ routing: routing({ team }) });
      expect(route.messages).toEqual([]);
      expect(route.ok).toBe(false);
      expect(route.problems).toEqual(['dead_contact', 'every_member_instead', 'nobody_beyond_the_app']);
      const owned = simulate({ routing: routing({ team }), acknowledgeAfterMin: 1 });
      expect(owned.messages).toEqual([]);
    });

    test('one that is only tried after another that works is none, and one that is tried beside it is', () => {
      const nurse = member('nurse', 'nurse', [contact('first'), dead]);
      const people = routing({ team: { teamId: 'team', members: [nurse, LEAD] } });
      const step = { delayMin: 0, targets: [{ kind: 'team' as const }] };
      const told = (contacts: 'all' | 'in_order') =>
        simulate({
          routing: people,
          settings: { policies: [{ name: 'ours', severities: ['critical'], steps: [{ ...step, contacts }] }] },
        });
      expect(told('in_order')).toMatchObject({ ok: true, problems: [] });
      expect(told('all')).toMatchObject({ ok: true, problems: ['dead_contact'] });
    });

    test('of a patient is told, too, and their next one is told', () => {
      const route = simulate({ routing: routing({ patient: [dead, contact('patient')] }) });
      expect(story(route, 0)[0]).toBe('0 patient opened first_notification');
      expect(route.problems).toEqual(['dead_contact']);
      expect(route.skipped).toMatchObject([{ target: 'carer' }, { reason: 'dead_contact', target: 'patient' }]);
    });
  });

  test('is a policy that reaches nobody: every member hears instead', () => {
    const settings: AlertingSettings = {
      policies: [
        {
          name: 'specialist',
          severities: ['critical'],
          steps: [{ delayMin: 0, targets: [{ kind: 'role', role: 'specialist' }] }],
        },
      ],
    };
    const route = simulate({ settings });
    expect(story(route, 0)).toHaveLength(3);
    expect(route.messages[0]).toMatchObject({ target: 'team' });
    expect(route.problems).toEqual(['nobody_has_this_role', 'every_member_instead']);
    expect(route.ok).toBe(true);
  });

  test('is a team in debug mode, which sends nothing', () => {
    expect(simulate({ settings: { debug: true } })).toMatchObject({ ok: false, problems: ['debug_mode'] });
  });
});

describe('over a day', () => {
  test('the shift changes, and reminders go to whoever is on duty then', () => {
    const days = { memberIds: ['gp'], from: '2026-11-01T08:00', to: '2026-11-01T20:00', rrule: 'FREQ=DAILY' };
    const team = { ...TEAM, schedule: { ...SCHEDULE, shifts: [NIGHTS, days] } };
    const onCall: AlertingSettings = {
      policies: [{ name: 'duty', severities: ['critical'], steps: [{ delayMin: 0, targets: [{ kind: 'on_call' }] }] }],
    };
    const { messages } = simulate({ settings: onCall, routing: routing({ team }) });
    const told = (memberId: string) => messages.filter((each) => each.memberId === memberId).map(({ at }) => at);
    expect(Math.max(...told('nurse').filter((at) => at < Date.parse('2026-11-22T19:00Z')))).toBe(
      Date.parse('2026-11-22T07:55Z'),
    );
    expect(Math.min(...told('gp'))).toBe(Date.parse('2026-11-22T08:10Z'));
    expect(messages).toHaveLength(96);
  });

  test('what is not urgent waits for company, and is told once', () => {
    const { messages } = simulate({ severity: 'warning' });
    expect(messages.map(({ at, memberId }) => [at - AT, memberId])).toEqual([[30_000, 'nurse']]);
  });

  test('what is not urgent waits for the end of the quiet hours, for whoever is on duty then', () => {
    const quiet: AlertingSettings = { quietHours: { from: '22:00', to: '07:00' } };
    const { messages, waits } = simulate({ severity: 'warning', settings: quiet });
    const seven = Date.parse('2026-11-22T07:00Z');
    expect(waits).toEqual([
      { at: AT, until: AT + 30_000, reason: 'grouping' },
      { at: AT + 30_000, until: seven, reason: 'quiet_hours' },
    ]);
    expect(messages.map(({ at, memberId }) => [at, memberId])).toEqual([[seven, 'nurse']]);
    expect(simulate({ settings: quiet }).waits).toEqual([]);
  });

  test('the work is bounded, whoever is told how often', () => {
    const crowd = Array.from({ length: 100 }, (_, i) => member(`m${i}`, 'nurse'));
    const route = simulate({ routing: routing({ team: { teamId: 'team', members: crowd } }) });
    expect(route.messages).toHaveLength(2_000);
    expect(route.isCut).toBe(true);
  });
});
