// What a team can't write about how it wants to be told, and what is said to whoever tries.
import { describe, expect, test } from 'vitest';
import type { AlertingSettings } from './alerting-settings.ts';
import { backingProblem } from './backing-problem.ts';
import { checkAlertingSettings } from './check-alerting-settings.ts';
import { effectiveSettings } from './effective-settings.ts';
import { DEFAULT_POLICIES, type EscalationPolicy, type EscalationStep } from './escalation-policy.ts';

const RULES = { roles: ['lead', 'nurse'], memberIds: ['lin'], channels: ['in_app', 'webhook', 'sms'] };
const ON_CALL: EscalationStep = { delayMin: 0, targets: [{ kind: 'on_call' }] };
const LEAD: EscalationStep = { delayMin: 15, targets: [{ kind: 'role', role: 'lead' }] };

const urgent = (...steps: readonly EscalationStep[]): EscalationPolicy => ({
  name: 'ours',
  severities: ['emergency', 'critical'],
  steps,
});
/** A request's body may hold anything that has the form. */
const fieldsOf = (settings: object, rules = RULES) =>
  checkAlertingSettings(settings as AlertingSettings, rules).map(({ field }) => field);
const detailOf = (settings: AlertingSettings) => checkAlertingSettings(settings, RULES)[0]?.detail;

describe('a team’s settings are taken', () => {
  test('empty, and with everything that the defaults say', () => {
    const policies = DEFAULT_POLICIES.map((policy) => ({ ...policy }));
    expect(fieldsOf({})).toEqual([]);
    expect(
      fieldsOf({
        policies,
        outcomeWithinMin: { emergency: 30, info: 10080 },
        quietHours: { from: '22:00', to: '07:00' },
        dailyCap: 0,
        fleetOutage: { percent: 100, withinMin: 60 },
        debug: true,
        language: 'en',
      }),
    ).toEqual([]);
  });

  test('with a step by another channel, or by all contacts, to somebody who was told by one', () => {
    const bySms = { ...ON_CALL, delayMin: 5, channels: ['sms'] };
    const byAll = { ...ON_CALL, delayMin: 10, contacts: 'all' as const };
    expect(fieldsOf({ policies: [urgent({ ...ON_CALL, channels: ['webhook'] }, bySms, byAll)] })).toEqual([]);
  });
});

describe('a team’s settings are refused', () => {
  test('with every fault named at once, each by its place', () => {
    const settings = {
      policies: [
        {
          name: 'a',
          severities: ['urgent'],
          condition: 'sugar',
          direction: 'down',
          steps: [
            {
              delayMin: 5,
              targets: [{ kind: 'doctor' }, { kind: 'role', role: 'king' }, { kind: 'member', memberId: 'x' }],
            },
            { delayMin: 3, targets: [], channels: ['fax', 'in_app'], contacts: 'some' },
            { delayMin: 1441, targets: [{ kind: 'role' }] },
          ],
        },
        { name: 'a', severities: [], steps: [] },
      ],
      outcomeWithinMin: { emergency: 61, info: 1.5 },
      quietHours: { from: '24:00', to: '7:00' },
      dailyCap: 51,
      fleetOutage: { percent: 0, withinMin: 1441 },
      language: 'fr',
    };
    expect(fieldsOf(settings)).toEqual([
      'policies/0/severities/0',
      'policies/0/condition',
      'policies/0/direction',
      'policies/0/steps/0/delayMin',
      'policies/0/steps/0/targets/0/kind',
      'policies/0/steps/0/targets/1/role',
      'policies/0/steps/0/targets/2/memberId',
      'policies/0/steps/1/delayMin',
      'policies/0/steps/1/targets',
      'policies/0/steps/1/contacts',
      'policies/0/steps/1/channels/0',
      'policies/0/steps/2/delayMin',
      'policies/0/steps/2/targets/0/role',
      'policies/1/severities',
      'policies/1/steps',
      'policies/1/name',
      'outcomeWithinMin/emergency',
      'outcomeWithinMin/info',
      'quietHours/from',
      'quietHours/to',
      'dailyCap',
      'fleetOutage/percent',
      'fleetOutage/withinMin',
      'language',
    ]);
  });

  test('where the escalation goes in a circle: a later step that tells nobody new', () => {
    expect(fieldsOf({ policies: [urgent(ON_CALL, LEAD, { ...ON_CALL, delayMin: 30 })] })).toEqual([
      'policies/0/steps/2',
    ]);
    expect(detailOf({ policies: [urgent(ON_CALL, { ...ON_CALL, delayMin: 30 })] })).toContain('repeat interval');
    const everybody: EscalationStep = { delayMin: 0, targets: [{ kind: 'team' }] };
    expect(fieldsOf({ policies: [urgent(everybody, LEAD)] })).toEqual(['policies/0/steps/1']);
    expect(fieldsOf({ policies: [urgent(LEAD_AT_ONCE, ON_CALL)] })).toEqual([]);
  });

  test('where help is asked of an organisation that isn’t there, or leads back', () => {
    const policies = [urgent(ON_CALL, { delayMin: 15, targets: [{ kind: 'backing_organisation' }] })];
    expect(fieldsOf({ policies })).toEqual([]);
    const rules = { ...RULES, backingProblem: 'It comes back.' };
    expect(checkAlertingSettings({ policies }, rules)).toEqual([
      { field: 'policies/0/steps/1/targets/0/kind', detail: 'It comes back.' },
    ]);
  });

  test('with more than 20 steps, or a step that is only the app', () => {
    const steps = Array.from({ length: 21 }, (_, delayMin) => ({ ...ON_CALL, delayMin }));
    expect(fieldsOf({ policies: [urgent(...steps)] })).toEqual(['policies/0/steps']);
    expect(fieldsOf({ policies: [urgent({ ...ON_CALL, channels: ['in_app'] })] })).toEqual([
      'policies/0/steps/0/channels',
    ]);
  });

  test('where what is urgent would be told to the patient alone', () => {
    const alone = urgent({ delayMin: 0, targets: [{ kind: 'patient' }, { kind: 'carer' }] });
    expect(fieldsOf({ policies: [alone] })).toEqual(['policies/0/steps']);
    expect(fieldsOf({ policies: [{ ...alone, severities: ['warning'] }] })).toEqual([]);
  });

  test('where what is urgent would be the patient’s alone for longer than 15 minutes', () => {
    const patient: EscalationStep = { delayMin: 0, targets: [{ kind: 'patient' }] };
    const late = urgent(patient, { ...ON_CALL, delayMin: 1440 });
    expect(fieldsOf({ policies: [late] })).toEqual(['policies/0/steps/1/delayMin']);
    expect(detailOf({ policies: [late] })).toBe(
      'What is urgent has to reach the team within 15 minutes: give 15 or less, or add an earlier step for on_call, a role, a member or team.',
    );
    expect(fieldsOf({ policies: [urgent(patient, { ...ON_CALL, delayMin: 16 })] })).toEqual([
      'policies/0/steps/1/delayMin',
    ]);
    expect(fieldsOf({ policies: [{ ...late, severities: ['warning', 'critical'] }] })).toEqual([
      'policies/0/steps/1/delayMin',
    ]);
    expect(fieldsOf({ policies: [urgent(patient, { ...ON_CALL, delayMin: 15 })] })).toEqual([]);
    expect(fieldsOf({ policies: [{ ...late, severities: ['warning', 'info'] }] })).toEqual([]);
  });

  test('with quiet hours that never end', () => {
    expect(fieldsOf({ quietHours: { from: '22:00', to: '22:00' } })).toEqual(['quietHours/to']);
  });

  test('with a policy that can never hold, because those before it always fit', () => {
    const any = urgent(ON_CALL);
    const low = { ...any, name: 'low', direction: 'low' as const };
    const high = { ...any, name: 'high', direction: 'high' as const };
    const neither = { ...any, name: 'none', direction: 'none' as const };
    expect(fieldsOf({ policies: [any, low] })).toEqual(['policies/1']);
    expect(fieldsOf({ policies: [low, any] })).toEqual([]);
    expect(fieldsOf({ policies: [low, high, neither, any] })).toEqual(['policies/3']);
  });
});

const LEAD_AT_ONCE = { ...LEAD, delayMin: 0 };

describe('what holds for a team', () => {
  test('is said with where it comes from, and of each severity the policies that can hold', () => {
    const own = { ...urgent(ON_CALL), severities: ['emergency' as const] };
    const effective = effectiveSettings({ policies: [own], dailyCap: 5 });
    expect(effective.dailyCap).toEqual({ value: 5, origin: 'team' });
    expect(effective.outcomeWithinMin.emergency).toEqual({ value: 30, origin: 'default' });
    expect(effective.quietHours).toEqual({ value: undefined, origin: 'default' });
    const names = (severity: 'emergency' | 'critical' | 'info') =>
      effective.policies[severity].map(({ name, origin }) => `${name} ${origin}`);
    expect(names('emergency')).toEqual(['ours team']);
    expect(names('critical')).toEqual(['urgent_low default', 'urgent default']);
    expect(names('info')).toEqual(['same_day default']);
  });
});

describe('the organisation behind a team', () => {
  const team = { organisationId: 'centre', backingOrganisationId: 'hospital' };

  test('is another one, which may be backed by a third', () => {
    expect(backingProblem(team, [{ organisationId: 'hospital', backingOrganisationId: 'university' }])).toBeUndefined();
    expect(backingProblem({ ...team, organisationId: undefined }, [])).toBeUndefined();
    expect(backingProblem({ ...team, backingOrganisationId: undefined }, [])).toBeUndefined();
  });

  test('is not the team’s own, nor one that is backed by it, at once or over others', () => {
    expect(backingProblem({ ...team, backingOrganisationId: 'centre' }, [])).toContain('own organisation');
    const back = { organisationId: 'university', backingOrganisationId: 'centre' };
    const over = { organisationId: 'hospital', backingOrganisationId: 'university' };
    expect(backingProblem(team, [{ ...back, organisationId: 'hospital' }])).toContain('come back');
    expect(backingProblem(team, [back, over])).toContain('come back');
    expect(backingProblem(team, [back])).toBeUndefined();
  });

  test('is looked for in bounded steps where others already go in a circle', () => {
    const circle = [
      { organisationId: 'hospital', backingOrganisationId: 'university' },
      { organisationId: 'university', backingOrganisationId: 'hospital' },
    ];
    expect(backingProblem(team, circle)).toBeUndefined();
  });
});
