import { describe, expect, test } from 'vitest';
import { contact, GP, LEAD, member, NURSE } from '../../tests/alerts/routed-people.ts';
import type { OnCallSchedule } from '../on-call/on-call-schedule.ts';
import type { EscalationStep, EscalationTarget } from './escalation-policy.ts';
import { type RoutedTeam, type Routing, routeStep } from './route-step.ts';

const AT = Date.parse('2026-03-03T02:10:00+08:00');
const team = (more: Partial<RoutedTeam> = {}): RoutedTeam => ({ teamId: 'team', members: [NURSE, LEAD, GP], ...more });
const night = (memberIds: readonly string[], more: Partial<OnCallSchedule> = {}): OnCallSchedule => ({
  timeZone: 'Asia/Shanghai',
  shifts: [{ memberIds, from: '2026-03-01T22:00', to: '2026-03-02T08:00', rrule: 'FREQ=DAILY' }],
  ...more,
});

interface Given extends Partial<Routing> {
  readonly at?: number;
}

function route(
  target: EscalationTarget | readonly EscalationTarget[],
  given: Given = {},
  step?: Partial<EscalationStep>,
) {
  const { at = AT, ...routing } = given;
  const targets = Array.isArray(target) ? target : [target];
  return routeStep(
    { delayMin: 0, targets, ...step },
    {
      routing: { team: team(), backing: [], patient: [], carers: [], ...routing },
      at,
      hasChannel: (channel) => channel === 'webhook' || channel === 'sms',
    },
  );
}
const reached = (...given: Parameters<typeof route>) =>
  route(...given).people.flatMap(({ contacts }) => contacts.map(({ contactId }) => contactId));
const reasons = (...given: Parameters<typeof route>) =>
  route(...given).skips.map(({ reason, isProblem }) => `${reason}${isProblem ? ', a problem' : ''}`);

describe('whoever is on call', () => {
  const onCall = { kind: 'on_call' } as const;

  test('is whom the schedule names at that moment', () => {
    const given = { team: team({ schedule: night(['nurse']) }) };
    expect(reached(onCall, given)).toEqual(["nurse's"]);
    expect(route(onCall, given).people[0]).toMatchObject({ audience: 'team', memberId: 'nurse' });
  });

  test('is every member where the team has no schedule', () => {
    expect(reached(onCall)).toEqual(["nurse's", "lead's", "gp's"]);
  });

  test('is nobody in a gap of the schedule, and the gap is a problem that somebody has to mend', () => {
    const given = { team: team({ schedule: night(['nurse']) }), at: Date.parse('2026-03-03T12:00:00+08:00') };
    expect(reached(onCall, given)).toEqual([]);
    expect(reasons(onCall, given)).toEqual(['no_shift, a problem']);
  });

  test('is nobody where all are away and nobody covers', () => {
    const leave = [{ memberId: 'nurse', from: '2026-03-01T00:00', to: '2026-03-09T00:00' }];
    expect(reasons(onCall, { team: team({ schedule: night(['nurse'], { leave }) }) })).toEqual([
      'all_on_leave, a problem',
    ]);
  });

  test('is nobody where the one who is planned has left the team', () => {
    expect(reasons(onCall, { team: team({ schedule: night(['gone']) }) })).toEqual(['on_call_has_left, a problem']);
  });

  test('is those who are still there where one of two has left', () => {
    expect(reached(onCall, { team: team({ schedule: night(['gone', 'gp']) }) })).toEqual(["gp's"]);
  });

  test('is nobody in a team without members', () => {
    expect(reasons(onCall, { team: team({ members: [] }) })).toEqual(['team_has_no_members, a problem']);
  });
});

describe('a role', () => {
  test('is every member of it', () => {
    const members = [NURSE, member('second nurse', 'nurse'), LEAD];
    expect(reached({ kind: 'role', role: 'nurse' }, { team: team({ members }) })).toEqual([
      "nurse's",
      "second nurse's",
    ]);
  });

  test('of lead is every member where the team has none', () => {
    expect(reached({ kind: 'role', role: 'lead' }, { team: team({ members: [NURSE, GP] }) })).toEqual([
      "nurse's",
      "gp's",
    ]);
  });

  test('that nobody has, but for lead, reaches nobody', () => {
    expect(reasons({ kind: 'role', role: 'specialist' })).toEqual(['nobody_has_this_role, a problem']);
  });
});

describe('others', () => {
  test('one member is that member, and nobody once they have left', () => {
    expect(reached({ kind: 'member', memberId: 'gp' })).toEqual(["gp's"]);
    expect(reasons({ kind: 'member', memberId: 'gone' })).toEqual(['member_has_left, a problem']);
  });

  test('the team is every member', () => {
    expect(reached({ kind: 'team' })).toEqual(["nurse's", "lead's", "gp's"]);
  });

  test('the organisation behind it is whoever is on call in each of its teams', () => {
    const day = member('day', 'specialist');
    const atNight = member('night', 'specialist');
    const backing = [
      { teamId: 'cardiology', members: [day, atNight], schedule: night(['night']) },
      { teamId: 'diabetes', members: [member('only', 'specialist')] },
    ];
    expect(reached({ kind: 'backing_organisation' }, { backing })).toEqual(["night's", "only's"]);
    expect(reasons({ kind: 'backing_organisation' })).toEqual(['nobody_in_backing_organisation, a problem']);
  });

  test('a patient for whom no team is responsible has nobody but themselves and their carers', () => {
    const given = { team: undefined, patient: [contact('own')] };
    expect(reached([{ kind: 'patient' }, { kind: 'team' }], given)).toEqual(['own']);
    expect(reasons([{ kind: 'patient' }, { kind: 'team' }], given)).toEqual(['no_responsible_team, a problem']);
  });

  test('who is named by two targets of a step is reached once', () => {
    expect(reached([{ kind: 'member', memberId: 'gp' }, { kind: 'team' }])).toEqual(["gp's", "nurse's", "lead's"]);
  });
});

describe('patient and carers', () => {
  test('are reached by the contacts that consent, in their order', () => {
    const carers = [contact('son', { verified: false }), contact('daughter'), contact('neighbour')];
    expect(reached({ kind: 'carer' }, { carers })).toEqual(['daughter', 'neighbour']);
  });

  test('without a contact, or without consent, are skipped with the reason, and it is no problem of anybody’s', () => {
    expect(reasons({ kind: 'patient' })).toEqual(['no_contact']);
    expect(reasons({ kind: 'carer' }, { carers: [contact('son', { verified: false })] })).toEqual(['no_consent']);
  });
});

describe('contacts', () => {
  test('are left out, with the reason, where they aren’t verified or this installation hasn’t their channel', () => {
    const contacts = [contact('new', { verified: false }), contact('fax', { channel: 'fax' }), contact('good')];
    const given = { team: team({ members: [member('nurse', 'nurse', contacts)] }) };
    expect(reached({ kind: 'team' }, given)).toEqual(['good']);
    expect(reasons({ kind: 'team' }, given)).toEqual(['unverified_contact, a problem', 'unknown_channel, a problem']);
  });

  test('of other channels than the step asks for are no part of it', () => {
    const contacts = [contact('mail', { channel: 'webhook' }), contact('phone', { channel: 'sms' })];
    const given = { team: team({ members: [member('nurse', 'nurse', contacts)] }) };
    expect(reached({ kind: 'team' }, given, { channels: ['sms'] })).toEqual(['phone']);
    expect(reasons({ kind: 'team' }, given, { channels: ['sms'] })).toEqual([]);
  });

  test('in the app are no way to reach anybody, and a member who has no other is nobody’s fault', () => {
    const given = { team: team({ members: [member('nurse', 'nurse', [contact('app', { channel: 'in_app' })])] }) };
    expect(route({ kind: 'team' }, given)).toEqual({ people: [], skips: [] });
  });
});
