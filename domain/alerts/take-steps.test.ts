import { describe, expect, test } from 'vitest';
import { type Escalation, startEscalation, takeStep } from './escalation.ts';
import type { EscalationPolicy, EscalationStep } from './escalation-policy.ts';
import type { RoutedMember, RoutedTeam, Routing } from './route-step.ts';
import { nextOutside, type ToldBefore, takePatientAlone, takeSteps } from './take-steps.ts';

const MINUTE = 60_000;
const AT = 1_000 * MINUTE;
const ALERT = { condition: 'glucose', direction: 'low', severity: 'critical', occurrence: 1 } as const;
const contact = (contactId: string) => ({ contactId, channel: 'webhook', verified: true });
const member = (name: string, role: string, ...more: string[]): RoutedMember => ({
  memberId: name,
  role,
  contacts: [name, ...more].map(contact),
});
const NURSE = member('nurse', 'nurse');
const LEAD = member('lead', 'lead');
const GP = member('gp', 'gp');
const SHIFTS = [{ memberIds: ['nurse'], from: '1970-01-01T00:00', to: '1970-01-03T00:00' }];
const TEAM: RoutedTeam = {
  teamId: 'team',
  members: [NURSE, LEAD, GP],
  schedule: { timeZone: 'UTC', shifts: SHIFTS },
};
const IN_A_GAP = { ...TEAM, schedule: { timeZone: 'UTC', shifts: [] } };

interface Given {
  readonly minute?: number;
  readonly scope?: 'start' | 'again' | 'next_steps';
  readonly escalation?: Escalation;
  readonly told?: readonly ToldBefore[];
  readonly steps?: readonly EscalationStep[];
  readonly routing?: Partial<Routing>;
}

function take({ minute = 0, scope = 'start', escalation, told = [], steps, routing = {} }: Given) {
  const alert = { ...ALERT, escalation };
  const telling = { scope };
  const policies: EscalationPolicy[] = steps ? [{ name: 'own', severities: ['critical'], steps }] : [];
  const taken = takeSteps(
    { alert, telling, told },
    { policies },
    {
      routing: { team: TEAM, backing: [], patient: [], carers: [], ...routing },
      at: AT + minute * MINUTE,
      hasChannel: () => true,
    },
  );
  return {
    ...taken,
    whom: taken.recipients.map(({ contactId }) => contactId),
    nextIn: taken.escalation.nextAt === undefined ? undefined : (taken.escalation.nextAt - AT) / MINUTE,
    reasons: taken.skips.map(({ reason }) => reason),
  };
}

const told = (contactId: string, more: Partial<ToldBefore> = {}): ToldBefore => ({
  contactId,
  occurrence: 1,
  kind: 'opened',
  audience: 'team',
  status: 'delivered',
  unanswered: 0,
  ...more,
});
const failed = (contactId: string, more: Partial<ToldBefore> = {}) => told(contactId, { status: 'failed', ...more });
const steps = (...given: readonly [delayMin: number, kind: EscalationStep['targets'][number]['kind']][]) =>
  given.map(([delayMin, kind]): EscalationStep => ({ delayMin, targets: [{ kind }], contacts: 'all' }));
/** The default policy, its first three steps taken at the beginning. */
const BEGUN = take({ routing: { patient: [contact('patient')] } }).escalation;

describe('at the beginning', () => {
  test('an urgent low reaches the patient, the first carer and the nurse on call, and has its next step after 15 min', () => {
    const routing = { patient: [contact('patient')], carers: [contact('daughter'), contact('son')] };
    const begun = take({ routing });
    expect(begun.whom).toEqual(['patient', 'daughter', 'nurse']);
    expect(begun.recipients.map(({ escalationStep }) => escalationStep)).toEqual([0, 1, 2]);
    expect(begun.nextIn).toBe(15);
  });

  test('a patient without a contact and a carer without consent cost nobody any time', () => {
    const begun = take({ routing: { carers: [{ ...contact('son'), verified: false }] } });
    expect(begun.whom).toEqual(['nurse']);
    expect(begun.reasons).toEqual(['no_contact', 'no_consent']);
    expect(begun.nextIn).toBe(15);
  });

  test('a gap in the schedule brings the lead forward, and the team keeps its distance from the lead', () => {
    const begun = take({ routing: { team: IN_A_GAP, patient: [contact('patient')] } });
    expect(begun.whom).toEqual(['patient', 'lead']);
    expect(begun.reasons).toContain('no_shift');
    expect(begun.nextIn).toBe(15);
  });

  test('a patient without a contact, last of what is due, does not bring the lead forward while a nurse is told', () => {
    const begun = take({ steps: steps([0, 'on_call'], [0, 'patient'], [15, 'team']) });
    expect(begun.whom).toEqual(['nurse']);
    expect(begun.nextIn).toBe(15);
  });

  test('a patient without a contact, alone in the first step, brings the team forward', () => {
    const begun = take({ steps: steps([0, 'patient'], [10, 'on_call'], [20, 'team']) });
    expect(begun.whom).toEqual(['nurse']);
    expect(begun.nextIn).toBe(10);
  });

  test('where no step reaches anybody of the team it is every member', () => {
    const begun = take({ steps: steps([0, 'patient'], [10, 'on_call']), routing: { team: IN_A_GAP } });
    expect(begun.whom).toEqual(['nurse', 'lead', 'gp']);
    expect(begun.reasons).toContain('every_member_instead');
    expect(begun.nextIn).toBeUndefined();
  });

  test('without a responsible team it is the patient, and the missing team is said once for each kind of target', () => {
    const begun = take({ routing: { team: undefined, patient: [contact('patient')] } });
    expect(begun.whom).toEqual(['patient']);
    expect(begun.skips.filter(({ reason }) => reason === 'no_responsible_team').map(({ target }) => target)).toEqual([
      'on_call',
      'role',
      'team',
    ]);
    expect(begun.nextIn).toBeUndefined();
  });

  test('nothing is told yet where the first step has a delay', () => {
    const begun = take({ steps: steps([5, 'on_call']) });
    expect([begun.whom, begun.nextIn]).toEqual([[], 5]);
  });
});

describe('a step that is due', () => {
  const heard = [told('patient', { audience: 'patient' }), told('nurse')];

  test('is taken, and nobody of the steps before it is told again', () => {
    const next = take({ scope: 'next_steps', minute: 15, escalation: BEGUN, told: heard });
    expect([next.whom, next.nextIn]).toEqual([['lead'], 30]);
  });

  test('is not taken before its time', () => {
    const early = take({ scope: 'next_steps', minute: 14, escalation: BEGUN, told: heard });
    expect([early.whom, early.escalation]).toEqual([[], BEGUN]);
  });

  test('an hour ago comes with all others that were, in order, once', () => {
    const late = take({ scope: 'next_steps', minute: 70, escalation: BEGUN, told: heard });
    expect(late.recipients.map(({ contactId, escalationStep }) => [escalationStep, contactId])).toEqual([
      [3, 'lead'],
      [4, 'nurse'],
      [4, 'gp'],
    ]);
    expect(late.nextIn).toBeUndefined();
  });

  test('also reaches whoever came on duty since the step before it', () => {
    const schedule = { timeZone: 'UTC', shifts: [{ ...SHIFTS[0]!, memberIds: ['gp'] }] };
    const routing = { team: { ...TEAM, schedule } };
    const next = take({ scope: 'next_steps', minute: 15, escalation: BEGUN, told: heard, routing });
    expect(next.whom).toEqual(['gp', 'lead']);
  });
});

describe('what fails for good', () => {
  const at = { scope: 'next_steps', minute: 2, escalation: BEGUN } as const;

  test('is followed by the same person’s next contact where they are tried in order', () => {
    const routing = { patient: [contact('patient'), contact('other phone')] };
    const heard = [failed('patient', { audience: 'patient', escalationStep: 0 }), told('nurse', { escalationStep: 2 })];
    const next = take({ ...at, told: heard, routing });
    expect([next.whom, next.nextIn]).toEqual([['other phone'], 15]);
  });

  test('brings the lead forward once nobody on call is left who could be told', () => {
    const next = take({ ...at, told: [failed('nurse', { escalationStep: 2 })] });
    expect([next.whom, next.nextIn]).toEqual([['lead'], 17]);
  });

  test('brings the lead forward also where another step’s person has further contacts', () => {
    const routing = { patient: [contact('patient'), contact('other phone')] };
    const heard = [
      failed('patient', { audience: 'patient', escalationStep: 0 }),
      told('other phone', { audience: 'patient', escalationStep: 0 }),
      failed('nurse', { escalationStep: 2 }),
    ];
    const next = take({ ...at, told: heard, routing });
    expect(next.whom).toEqual(['lead']);
  });

  test('of somebody whom an earlier step had told brings the next one forward, too', () => {
    const own = steps([0, 'on_call'], [0, 'on_call'], [15, 'team']);
    const begun = take({ steps: own }).escalation;
    const next = take({ ...at, escalation: begun, told: [failed('nurse', { escalationStep: 0 })] });
    expect(next.whom).toEqual(['lead', 'gp']);
  });

  test('brings nobody forward as long as one of two on call was told', () => {
    const schedule = { timeZone: 'UTC', shifts: [{ ...SHIFTS[0]!, memberIds: ['nurse', 'gp'] }] };
    const routing = { team: { ...TEAM, schedule } };
    const next = take({ ...at, told: [failed('nurse'), told('gp')], routing });
    expect([next.whom, next.nextIn]).toEqual([[], 15]);
  });

  test('after a step of the patient’s was taken brings the team forward all the same', () => {
    const own = steps([0, 'on_call'], [5, 'patient'], [20, 'team']);
    const begun = take({ steps: own }).escalation;
    const heard = [told('nurse'), told('patient', { audience: 'patient' })];
    const routing = { patient: [contact('patient')] };
    const second = take({ scope: 'next_steps', minute: 5, escalation: begun, told: heard.slice(0, 1), routing });
    expect([second.whom, second.nextIn]).toEqual([['patient'], 20]);
    const late = { scope: 'next_steps', minute: 8, escalation: second.escalation, routing } as const;
    expect(take({ ...late, told: heard }).whom).toEqual([]);
    expect(take({ ...late, told: [failed('nurse'), ...heard.slice(1)] }).whom).toEqual(['lead', 'gp']);
  });

  test('of whoever has left since their page was decided brings the lead forward', () => {
    const routing = { team: { ...TEAM, members: [LEAD, GP] } };
    const next = take({ ...at, told: [told('nurse', { status: 'skipped', escalationStep: 2 })], routing });
    expect([next.whom, next.reasons]).toEqual([['lead'], []]);
  });

  test('in the last step makes it every member, unless somebody of the team was told before', () => {
    const own = steps([0, 'backing_organisation'], [0, 'patient']);
    const begun = {
      ...takeStep(takeStep(startEscalation({ name: 'own', severities: [], steps: own }, ALERT, {}, AT), AT), AT),
    };
    expect(take({ ...at, escalation: begun }).whom).toEqual(['nurse', 'lead', 'gp']);
    expect(take({ ...at, escalation: begun, told: [told('specialist')] }).whom).toEqual([]);
  });
});

describe('a repetition', () => {
  const heard = [told('patient', { audience: 'patient' }), told('nurse')];

  test('is for the team, not for patient and carers', () => {
    const again = take({
      scope: 'again',
      minute: 10,
      escalation: BEGUN,
      told: heard,
      routing: { patient: [contact('patient')] },
    });
    expect(again.whom).toEqual(['nurse']);
  });

  test('takes the step that is due at the same moment along', () => {
    const again = take({ scope: 'again', minute: 15, escalation: BEGUN, told: heard });
    expect([again.whom, again.nextIn]).toEqual([['nurse', 'lead'], 30]);
  });

  test('tries the patient’s next contact where the first has failed just then', () => {
    const routing = { patient: [contact('patient'), contact('other phone')] };
    const before = [failed('patient', { audience: 'patient' }), told('nurse')];
    const again = take({ scope: 'again', minute: 10, escalation: BEGUN, told: before, routing });
    expect(again.whom).toEqual(['other phone', 'nurse']);
    const heardNow = [...before, told('other phone', { audience: 'patient' })];
    expect(take({ scope: 'again', minute: 10, escalation: BEGUN, told: heardNow, routing }).whom).toEqual(['nurse']);
  });

  test('goes to whoever is on call by now, and no longer to whoever was', () => {
    const schedule = { timeZone: 'UTC', shifts: [{ ...SHIFTS[0]!, memberIds: ['gp'] }] };
    const again = take({
      scope: 'again',
      minute: 10,
      escalation: BEGUN,
      told: heard,
      routing: { team: { ...TEAM, schedule } },
    });
    expect(again.whom).toEqual(['gp']);
  });

  test('is every member where those who were told have left', () => {
    const done = take({ minute: 40, scope: 'next_steps', escalation: BEGUN }).escalation;
    const onlyNurse = { ...done, steps: done.steps.slice(0, 3), next: 3 };
    const routing = { team: { ...TEAM, members: [LEAD, GP] } };
    expect(take({ scope: 'again', minute: 55, escalation: onlyNurse, told: heard, routing }).whom).toEqual([
      'lead',
      'gp',
    ]);
  });

  test('tries what has failed once more where there is nobody else', () => {
    const done = take({ minute: 40, scope: 'next_steps', escalation: BEGUN }).escalation;
    const allDead = ['nurse', 'lead', 'gp'].map((each) => failed(each));
    expect(take({ scope: 'again', minute: 55, escalation: done, told: allDead }).whom).toEqual(['nurse', 'lead', 'gp']);
    const gpIsBack = [...allDead, told('gp')];
    expect(take({ scope: 'again', minute: 70, escalation: done, told: gpIsBack }).whom).toEqual(['gp']);
    // Only then: a failure by itself is no reason to try at once what has just failed.
    expect(take({ scope: 'next_steps', minute: 55, escalation: done, told: allDead }).whom).toEqual([]);
  });
});

describe('the next contact of patient and carers', () => {
  const routing = { patient: [contact('patient'), contact('other phone')], carers: [contact('daughter')] };
  const next = (...before: ToldBefore[]) =>
    nextOutside(
      BEGUN.steps.slice(0, BEGUN.next),
      { occurrence: 1, told: [told('daughter', { audience: 'carer' }), told('nurse'), ...before] },
      { routing: { team: TEAM, backing: [], ...routing }, at: AT, hasChannel: () => true },
    ).map(({ contactId }) => contactId);
  const ofPatient = { audience: 'patient' } as const;

  test('is the second where the first has failed, and nobody of the team', () => {
    expect(next(failed('patient', ofPatient), failed('nurse'))).toEqual(['other phone']);
  });

  test('is none where one of them has it, or may have, and none once all were tried in vain', () => {
    expect(next(told('patient', ofPatient))).toEqual([]);
    expect(next(failed('patient', ofPatient), told('other phone', ofPatient))).toEqual([]);
    expect(next(failed('patient', ofPatient), failed('other phone', ofPatient))).toEqual([]);
    // It was not sent, and would not be planned again under its key.
    expect(next(failed('patient', ofPatient), told('other phone', { ...ofPatient, status: 'skipped' }))).toEqual([]);
  });

  test('is the first again in a new occurrence', () => {
    expect(next(failed('patient', { ...ofPatient, occurrence: 0 }))).toEqual(['patient']);
  });
});

describe('a stage that is the patient’s alone', () => {
  const routing = { team: TEAM, backing: [], patient: [contact('patient'), contact('other phone')], carers: [] };
  const take = (...before: ToldBefore[]) =>
    takePatientAlone({ occurrence: 1, told: before }, { routing, at: AT, hasChannel: () => true });
  const ofPatient = { audience: 'patient' } as const;

  test('is for the first of their contacts, and counts as no step', () => {
    const { recipients } = take();
    expect(recipients.map(({ contactId, audience }) => [contactId, audience])).toEqual([['patient', 'patient']]);
    expect(recipients[0]?.escalationStep).toBeUndefined();
  });

  test('and where that has failed, or is stuck, for the next', () => {
    expect(take(failed('patient', ofPatient)).recipients).toMatchObject([{ contactId: 'other phone' }]);
    const stuck = told('patient', { ...ofPatient, status: 'pending', isStuck: true });
    expect(take(stuck).recipients).toMatchObject([{ contactId: 'other phone' }]);
  });

  test('and where all have, for nobody, and says why', () => {
    const taken = take(failed('patient', ofPatient), failed('other phone', ofPatient));
    expect([taken.recipients, taken.why]).toEqual([[], 'delivery_failed']);
  });

  test('is for the first again in a new occurrence', () => {
    const before = failed('patient', { ...ofPatient, occurrence: 0 });
    expect(take(before).recipients).toMatchObject([{ contactId: 'patient' }]);
  });

  test('without a contact it says so', () => {
    const nobody = { routing: { ...routing, patient: [] }, at: AT, hasChannel: () => true };
    expect(takePatientAlone({ occurrence: 1 }, nobody)).toEqual({ recipients: [], why: 'no_contact' });
  });
});

describe('the snapshot', () => {
  test('holds while the occurrence goes on, whatever the team configures meanwhile', () => {
    const now = take({
      scope: 'again',
      minute: 15,
      escalation: BEGUN,
      told: [told('nurse')],
      steps: steps([0, 'team']),
    });
    expect(now.escalation.policy).toBe('urgent_low');
  });

  test('gives way to what is configured at the next occurrence', () => {
    const earlier = { ...BEGUN, occurrence: 0 };
    const now = take({ scope: 'again', minute: 15, escalation: earlier, steps: steps([0, 'team']) });
    expect([now.escalation.policy, now.escalation.occurrence, now.whom]).toEqual(['own', 1, ['nurse', 'lead', 'gp']]);
  });
});
