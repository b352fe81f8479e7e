// What a team is told to mend before it matters.
import { describe, expect, test } from 'vitest';
import { contact, LEAD, member, NURSE } from '../../tests/alerts/routed-people.ts';
import type { AlertingSettings } from './alerting-settings.ts';
import { lintAlerting } from './lint-alerting.ts';
import type { RoutedContact, RoutedTeam } from './route-step.ts';

const NOW = Date.parse('2026-11-22T12:00Z');
const nurseWith = (...contacts: RoutedContact[]) => member('nurse', 'nurse', contacts);
const lint = (team: Partial<RoutedTeam> | undefined, settings: AlertingSettings = {}) =>
  lintAlerting({
    routing: {
      team: team && { teamId: 'team', members: [LEAD, NURSE], ...team },
      backing: [],
      patient: [],
      carers: [],
    },
    settings,
    at: NOW,
    hasChannel: (channel) => channel !== 'sms',
  });
const kindsOf = (...given: Parameters<typeof lint>) => lint(...given).map(({ kind }) => kind);
const ALWAYS = { memberIds: ['nurse'], from: '2026-11-01T00:00', to: '2026-11-02T00:00', rrule: 'FREQ=DAILY' };

describe('a team that can be reached', () => {
  test('has nothing to mend, with a schedule or without', () => {
    expect(lint({})).toEqual([]);
    expect(lint({ schedule: { timeZone: 'UTC', shifts: [ALWAYS] } })).toEqual([]);
  });

  test('is not blamed for patients without contacts, nor for the app beside a contact that works', () => {
    expect(lint({ members: [LEAD, nurseWith(contact('n'), contact('a', { channel: 'in_app' }))] })).toEqual([]);
  });
});

describe('what has to be mended', () => {
  test('is every contact that can’t be used, by whose it is and why, and a member who has no other', () => {
    const nurse = nurseWith(contact('u', { verified: false }), contact('s', { channel: 'sms' }));
    expect(lint({ members: [LEAD, nurse] })).toEqual([
      { kind: 'member_without_channel', memberId: 'nurse' },
      { kind: 'unverified_contact', memberId: 'nurse', contactId: 'u', channel: 'webhook' },
      { kind: 'unknown_channel', memberId: 'nurse', contactId: 's', channel: 'sms' },
    ]);
  });

  test('is a member whom only a push subscription would reach, which nobody has shown to be theirs', () => {
    const push = contact('p', { channel: 'web_push' });
    expect(lint({ members: [LEAD, nurseWith(push, contact('u', { verified: false }))] })).toEqual([
      { kind: 'only_unconfirmed_push', memberId: 'nurse' },
      { kind: 'unverified_contact', memberId: 'nurse', contactId: 'u', channel: 'webhook' },
    ]);
    expect(lint({ members: [LEAD, nurseWith(push, contact('n'))] })).toEqual([]);
  });

  test('is a contact at which the last message failed for good: it counts as none, and its steps as reaching nobody', () => {
    const dead = contact('d', { channel: 'web_push', isDead: true });
    expect(lint({ members: [LEAD, nurseWith(dead, contact('n'))] })).toEqual([
      { kind: 'dead_contact', memberId: 'nurse', contactId: 'd', channel: 'web_push' },
    ]);
    const toNurses = { delayMin: 0, targets: [{ kind: 'role' as const, role: 'nurse' }] };
    const policies = [{ name: 'ours', severities: ['critical' as const], steps: [toNurses] }];
    const nurse = nurseWith(dead, contact('n', { isDead: true }));
    expect(lint({ members: [LEAD, nurse] }, { policies })).toEqual([
      { kind: 'member_without_channel', memberId: 'nurse' },
      { kind: 'dead_contact', memberId: 'nurse', contactId: 'd', channel: 'web_push' },
      { kind: 'dead_contact', memberId: 'nurse', contactId: 'n', channel: 'webhook' },
      { kind: 'step_reaches_nobody', policy: 'ours', step: 0, reason: 'dead_contact' },
    ]);
    expect(kindsOf({ members: [nurse] })).toEqual([
      'nobody_beyond_the_app',
      'no_lead',
      'member_without_channel',
      'dead_contact',
      'dead_contact',
    ]);
    const unconfirmed = nurseWith(contact('p', { channel: 'web_push' }), contact('n', { isDead: true }));
    expect(kindsOf({ members: [LEAD, unconfirmed] })).toEqual(['only_unconfirmed_push', 'dead_contact']);
  });

  test('is a team without members, without a lead, or with nobody beyond the app', () => {
    expect(kindsOf({ members: [] })).toEqual(['no_members']);
    expect(kindsOf({ members: [NURSE] })).toEqual(['no_lead']);
    expect(kindsOf({ members: [member('lead', 'lead', [contact('a', { channel: 'in_app' })])] })).toEqual([
      'nobody_beyond_the_app',
      'member_without_channel',
    ]);
  });

  test('is a step of a policy that reaches nobody now, with the reason', () => {
    const policies = [
      {
        name: 'ours',
        severities: ['critical' as const],
        steps: [
          { delayMin: 0, targets: [{ kind: 'patient' as const }] },
          { delayMin: 0, targets: [{ kind: 'role' as const, role: 'specialist' }] },
          { delayMin: 5, targets: [{ kind: 'member' as const, memberId: 'gone' }] },
          { delayMin: 9, targets: [{ kind: 'team' as const }], channels: ['email'] },
        ],
      },
    ];
    expect(lint({}, { policies })).toEqual([
      { kind: 'step_reaches_nobody', policy: 'ours', step: 1, reason: 'nobody_has_this_role' },
      { kind: 'step_reaches_nobody', policy: 'ours', step: 2, reason: 'member_has_left' },
      { kind: 'step_reaches_nobody', policy: 'ours', step: 3, reason: 'no_usable_contact' },
    ]);
  });

  test('is an urgent policy, written before that was refused, that leaves the patient alone for a day', () => {
    const steps = [
      { delayMin: 0, targets: [{ kind: 'patient' as const }] },
      { delayMin: 1440, targets: [{ kind: 'team' as const }] },
    ];
    const late = { name: 'ours', severities: ['critical' as const, 'warning' as const], steps };
    expect(lint({}, { policies: [late] })).toEqual([{ kind: 'urgent_comes_late', policy: 'ours', step: 1 }]);
    expect(lint({}, { policies: [{ ...late, severities: ['warning'] }] })).toEqual([]);
    const underAName = { ...late, name: 'urgent', direction: 'low' as const };
    expect(lint({}, { policies: [underAName] })).toEqual([{ kind: 'urgent_comes_late', policy: 'urgent', step: 1 }]);
    const never = { ...late, steps: steps.slice(0, 1) };
    expect(lint({}, { policies: [never] })).toEqual([{ kind: 'urgent_comes_late', policy: 'ours' }]);
    const before = { ...late, name: 'first', steps: [{ delayMin: 0, targets: [{ kind: 'on_call' as const }] }] };
    expect(lint({}, { policies: [before, never] })).toEqual([]);
  });

  test('is what the schedule lacks within 30 days: gaps, overlaps, who has left', () => {
    const shifts = [
      { memberIds: ['nurse'], from: '2026-11-22T00:00', to: '2026-11-23T00:00' },
      { memberIds: ['gone'], from: '2026-11-22T20:00', to: '2026-11-23T00:00' },
    ];
    expect(lint({ schedule: { timeZone: 'UTC', shifts } })).toMatchObject([
      { kind: 'gap', cause: 'no_shift', from: Date.parse('2026-11-23T00:00Z'), to: Date.parse('2026-12-22T12:00Z') },
      { kind: 'member_left', memberId: 'gone' },
      { kind: 'overlap', shifts: [0, 1] },
    ]);
  });

  test('is a member on duty who can’t be reached, once, and the times at which nobody can', () => {
    const nurse = nurseWith();
    const found = lint({ members: [LEAD, nurse], schedule: { timeZone: 'UTC', shifts: [ALWAYS] } });
    expect(found.filter(({ kind }) => kind === 'member_without_channel')).toHaveLength(1);
    expect(found.map(({ kind }) => kind)).toContain('nobody_reachable');
  });

  test('is a debug mode that somebody forgot', () => {
    expect(kindsOf({}, { debug: true })).toEqual(['debug_mode']);
  });

  test('is nothing where there is no team', () => {
    expect(lint(undefined)).toEqual([]);
  });
});
