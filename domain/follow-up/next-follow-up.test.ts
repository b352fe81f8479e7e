import { describe, expect, it } from 'vitest';
import type { Visit } from '../care/visit.ts';
import { addMonths } from './add-months.ts';
import { type FollowUpFacts, nextFollowUp } from './next-follow-up.ts';

const timeZone = 'Asia/Shanghai';
const at = (day: string) => Date.parse(`${day}T10:00:00+08:00`);
const visit = (day: string, told: Partial<Visit> = {}): Visit => ({ at: at(day), kind: 'clinic', ...told });
const next = (visits: readonly Visit[], facts: Partial<FollowUpFacts> = {}, now = at('2026-12-31')) =>
  nextFollowUp({ visits, plans: [], registeredAt: at('2026-01-31'), timeZone, ...facts }, now);

describe('a calendar month on', () => {
  it('keeps the day, and takes the month’s last where it has no such day', () => {
    expect(addMonths('2026-01-15', 3)).toBe('2026-04-15');
    expect(addMonths('2025-11-30', 3)).toBe('2026-02-28');
    expect(addMonths('2027-11-30', 3)).toBe('2028-02-29');
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(addMonths('2026-03-31', 3)).toBe('2026-06-30');
    expect(addMonths('2026-10-31', 3)).toBe('2027-01-31');
  });
});

describe('the next follow-up', () => {
  it('is three months after the last face-to-face visit', () => {
    expect(next([visit('2026-01-05', { controlled: true })])).toEqual({
      action: 'routine',
      dueOn: '2026-04-05',
      reason: 'quarterly',
    });
  });

  it('is counted from the day of registration while nobody has been seen', () => {
    expect(next([])).toEqual({ action: 'routine', dueOn: '2026-04-30', reason: 'never_seen' });
    const lateEvening = Date.parse('2026-01-31T23:30:00+08:00');
    expect(next([], { registeredAt: lateEvening }).dueOn).toBe('2026-04-30');
    expect(next([], { registeredAt: lateEvening, timeZone: 'Asia/Tokyo' }).dueOn).toBe('2026-05-01');
  });

  it('is two weeks after an uncontrolled visit or a drug reaction', () => {
    expect(next([visit('2026-03-01', { controlled: false })])).toEqual({
      action: 'recheck',
      dueOn: '2026-03-15',
      reason: 'uncontrolled',
    });
    expect(next([visit('2026-03-01', { controlled: true, drugReaction: true })])).toMatchObject({
      action: 'recheck',
      dueOn: '2026-03-15',
      reason: 'drug_reaction',
    });
  });

  it('refers after two uncontrolled visits in a row, a new complication or an emergency', () => {
    const uncontrolled = ['2026-03-01', '2026-03-14'].map((day) => visit(day, { controlled: false }));
    expect(next(uncontrolled)).toEqual({ action: 'refer', dueOn: '2026-03-28', reason: 'uncontrolled_again' });
    expect(next(uncontrolled.toReversed())).toEqual(next(uncontrolled));
    expect(next([visit('2026-03-01', { controlled: true, newComplication: true })])).toEqual({
      action: 'refer',
      dueOn: '2026-03-15',
      reason: 'new_complication',
    });
    expect(next([visit('2026-03-01', { emergency: true })])).toEqual({
      action: 'refer',
      dueOn: '2026-03-15',
      reason: 'emergency',
      atOnce: true,
    });
  });

  it('takes a controlled visit between two uncontrolled ones as the end of the run', () => {
    const visits = [
      visit('2026-01-05', { controlled: false }),
      visit('2026-01-19', { controlled: true }),
      visit('2026-04-19', { controlled: false }),
    ];
    expect(next(visits)).toMatchObject({ action: 'recheck', dueOn: '2026-05-03' });
  });

  it('passes over a visit that tells nothing of control when it counts the run, and lets it end a need', () => {
    const [first, second] = [visit('2026-03-01', { controlled: false }), visit('2026-03-28', { controlled: false })];
    expect(next([first, visit('2026-03-14'), second]).action).toBe('refer');
    expect(next([first, visit('2026-03-14')])).toMatchObject({ action: 'routine', dueOn: '2026-06-14' });
  });

  it('keeps a need that a call tells nothing about, and takes what a call does tell', () => {
    const call = (day: string, told: Partial<Visit> = {}) => visit(day, { kind: 'phone', ...told });
    const uncontrolled = visit('2026-03-01', { controlled: false });
    const recheck = { action: 'recheck', dueOn: '2026-03-15', reason: 'uncontrolled' };
    expect(next([uncontrolled, call('2026-03-03')])).toEqual(recheck);
    expect(next([uncontrolled, visit('2026-03-03', { kind: 'hospital' }), call('2026-03-04')])).toEqual(recheck);
    expect(next([visit('2026-03-01', { emergency: true }), call('2026-03-03')])).toMatchObject({
      action: 'refer',
      dueOn: '2026-03-15',
      atOnce: true,
    });
    expect(next([uncontrolled, call('2026-03-03', { controlled: true })]).action).toBe('routine');
    expect(next([uncontrolled, call('2026-03-03', { controlled: false })])).toMatchObject({
      action: 'refer',
      dueOn: '2026-03-17',
    });
    expect(next([visit('2026-03-01'), call('2026-03-03', { drugReaction: true })]).action).toBe('recheck');
    expect(next([visit('2026-03-01'), call('2026-03-03')])).toMatchObject({ action: 'routine', dueOn: '2026-06-01' });
  });

  it('counts telemetry from the visit that told something on, not from a call after it', () => {
    const visits = [visit('2026-01-05', { controlled: true }), visit('2026-02-10', { kind: 'phone' })];
    expect(next(visits, { uncontrolledByTelemetryOn: '2026-02-01' })).toMatchObject({
      action: 'recheck',
      dueOn: '2026-02-15',
    });
  });

  it('counts only visits of the team, face to face, among the four of a year', () => {
    const seen = visit('2026-01-05', { controlled: true });
    for (const kind of ['phone', 'video', 'hospital'])
      expect(next([seen, visit('2026-03-01', { kind, controlled: true })]).dueOn).toBe('2026-04-05');
    expect(next([seen, visit('2026-03-01', { kind: 'home', controlled: true })]).dueOn).toBe('2026-06-01');
    expect(next([visit('2026-03-01', { kind: 'phone' })])).toMatchObject({ reason: 'never_seen', dueOn: '2026-04-30' });
  });

  it('keeps the nearer date: an overdue visit isn’t put off by a call', () => {
    const visits = [visit('2026-01-05'), visit('2026-05-01', { kind: 'phone', controlled: false })];
    expect(next(visits)).toMatchObject({ action: 'recheck', dueOn: '2026-04-05' });
  });

  it('comes sooner where the plan has fewer months, never later', () => {
    const plan = (visitIntervalMonths: number, from = '2026-01-01', to?: string) => ({
      from: at(from),
      ...(to !== undefined && { to: at(to) }),
      visitIntervalMonths,
    });
    const seen = [visit('2026-01-31', { controlled: true })];
    expect(next(seen, { plans: [plan(1)] })).toEqual({ action: 'routine', dueOn: '2026-02-28', reason: 'plan' });
    expect(next(seen, { plans: [plan(6)] })).toMatchObject({ dueOn: '2026-04-30', reason: 'quarterly' });
    const now = at('2026-03-01');
    expect(next(seen, { plans: [plan(1, '2026-03-01')] }, now).dueOn).toBe('2026-02-28');
    expect(next(seen, { plans: [plan(1, '2026-03-02')] }, now).dueOn).toBe('2026-04-30');
    expect(next(seen, { plans: [plan(1, '2026-01-01', '2026-03-01')] }, now).dueOn).toBe('2026-04-30');
  });

  it('is brought forward by telemetry, never put off, and only by what was found after the last visit', () => {
    const seen = [visit('2026-01-05', { controlled: true })];
    const by = (uncontrolledByTelemetryOn: string) => next(seen, { uncontrolledByTelemetryOn });
    expect(by('2026-02-01')).toEqual({ action: 'recheck', dueOn: '2026-02-15', reason: 'telemetry' });
    expect(by('2026-01-06').dueOn).toBe('2026-01-20');
    expect(by('2026-01-05').dueOn).toBe('2026-04-05');
    expect(by('2026-03-22').reason).toBe('quarterly');
    expect(by('2026-03-21').reason).toBe('telemetry');
    const uncontrolled = [visit('2026-01-05', { controlled: false })];
    expect(next(uncontrolled, { uncontrolledByTelemetryOn: '2026-01-06' }).dueOn).toBe('2026-01-19');
    expect(next([], { uncontrolledByTelemetryOn: '2026-02-01' }).reason).toBe('telemetry');
  });
});
