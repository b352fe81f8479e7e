import { describe, expect, test } from 'vitest';
import {
  SHANGHAI as cal,
  daysOf,
  endless,
  followed,
  type HistoryParts,
  profileOf,
} from '../../tests/readings/patient-histories.ts';
import type { Visit } from '../care/visit.ts';
import { addDays } from '../local-day.ts';
import { createPhs01VisitDue } from './phs-01-visit-due.ts';

const rule = createPhs01VisitDue();
const conditions = ['hypertension'];
const profile = profileOf(cal, { registeredAt: cal.at(-50) });
const judge = (parts: HistoryParts, now: number, by = profile) =>
  rule.evaluate(endless(cal, { conditions, ...parts }), by, now);
const seen = (day: number, parts: Partial<Visit> = {}): Visit => ({ at: cal.at(day, 10), kind: 'clinic', ...parts });
/** The day three months after day 0, 2026-02-09, is 2026-05-09. */
const DUE = 89;

describe('PHS-01: a follow-up visit is due', () => {
  test('an info seven days before, a warning when it is seven days overdue', () => {
    expect(cal.day(DUE)).toBe('2026-05-09');
    const visits = [seen(0)];
    expect(judge({ visits }, cal.at(DUE - 7) - 1)).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'not_due' },
    });
    expect(judge({ visits }, cal.at(DUE - 7))).toMatchObject({
      verdict: 'firing',
      severity: 'info',
      explanation: { reason: 'visit_due', stage: 1 },
    });
    expect(judge({ visits }, cal.at(DUE + 7) - 1)).toMatchObject({ severity: 'info', explanation: { stage: 1 } });
    expect(judge({ visits }, cal.at(DUE + 7))).toMatchObject({
      severity: 'warning',
      explanation: { reason: 'visit_overdue', stage: 2 },
    });
    expect(daysOf(cal, judge({ visits }, cal.at(DUE + 7)))).toEqual([[DUE - 7, undefined]]);
  });

  test('says what is to be done, why and by when, also while nothing is due', () => {
    const said = (visits: readonly Visit[], now: number) => judge({ visits }, now).explanation.followUp;
    expect(said([seen(0)], cal.at(1))).toEqual({ action: 'routine', dueOn: cal.day(DUE), reason: 'quarterly' });
    // From the visit on, not from the moment after it.
    expect(said([seen(0)], seen(0).at)).toEqual(said([seen(0)], cal.at(1)));
    const uncontrolled = seen(0, { controlled: false });
    expect(said([uncontrolled], cal.at(8))).toEqual({ action: 'recheck', dueOn: cal.day(14), reason: 'uncontrolled' });
    const emergency = seen(0, { emergency: true });
    const atOnce = { action: 'refer', dueOn: cal.day(14), reason: 'emergency', atOnce: true };
    expect(said([emergency], cal.at(8))).toEqual(atOnce);
    expect(judge({ visits: [emergency] }, cal.at(8)).episodes).toMatchObject([{ explanation: { followUp: atOnce } }]);
    expect(judge({ visits: [seen(0)], conditions: [] }, cal.at(8)).explanation.followUp).toBeUndefined();
  });

  test('a call that tells of an emergency while a visit is due is news: what is to be done is another thing', () => {
    const call = { at: cal.at(DUE, 9), kind: 'phone', emergency: true };
    const told = followed(rule, profile, [cal.at(DUE), cal.at(DUE, 10)], (now) =>
      endless(cal, { conditions, visits: [seen(0), call].filter(({ at }) => at <= now) }),
    );
    expect(told).toMatchObject({
      verdict: 'firing',
      version: 2,
      explanation: { followUp: { action: 'refer', atOnce: true } },
      episodes: [{ explanation: { followUp: { action: 'refer', dueOn: cal.day(DUE) } } }],
    });
  });

  test('a visit ends it, and the next is due three months later', () => {
    const visits = [seen(0), seen(DUE + 1)];
    expect(daysOf(cal, judge({ visits }, cal.at(DUE + 20)))).toEqual([[DUE - 7, DUE + 1 + 0.417]]);
    expect(judge({ visits }, cal.at(DUE + 1, 10)).verdict).toBe('clear');
    expect(judge({ visits }, cal.at(DUE + 1, 10) - 1).verdict).toBe('firing');
  });

  test('a visit at the very moment at which it would be overdue comes in time, one after it does not', () => {
    const severityWith = (at: number) =>
      judge({ visits: [seen(0), { at, kind: 'clinic' }] }, cal.at(DUE + 20)).episodes[0]?.severity;
    expect([severityWith(cal.at(DUE + 7)), severityWith(cal.at(DUE + 7) + 1)]).toEqual(['info', 'warning']);
  });

  test('is one episode where a diagnosis ends as the next one begins, and none where nothing is left when it would begin', () => {
    const hypertension = { code: 'hypertension', from: 0, to: cal.at(DUE) };
    const diabetes = (from: number) => ({ code: 'type_2_diabetes', from });
    const daysWith = (list: NonNullable<HistoryParts['conditions']>) =>
      daysOf(cal, judge({ visits: [seen(0)], conditions: list }, cal.at(DUE + 3)));
    expect(daysWith([hypertension, diabetes(cal.at(DUE))])).toEqual([[DUE - 7, undefined]]);
    expect(daysWith([hypertension, diabetes(cal.at(DUE + 1))])).toEqual([
      [DUE - 7, DUE],
      [DUE + 1, undefined],
    ]);
    expect(daysWith([{ ...hypertension, to: cal.at(DUE - 7) }])).toEqual([]);
  });

  test('a visit that is recorded for later hasn’t taken place yet', () => {
    expect(judge({ visits: [seen(0), seen(DUE)] }, cal.at(DUE - 1)).verdict).toBe('firing');
  });

  test('a visit at the very moment it falls due leaves nothing due', () => {
    const visits = [seen(0), { at: cal.at(DUE - 7), kind: 'clinic' }];
    expect(judge({ visits }, cal.at(DUE)).episodes).toEqual([]);
    const justAfter = [seen(0), { at: cal.at(DUE - 7) + 1, kind: 'clinic' }];
    expect(judge({ visits: justAfter }, cal.at(DUE)).episodes).toHaveLength(1);
  });

  test('a call leaves the face-to-face visit due', () => {
    const visits = [seen(0), seen(DUE, { kind: 'phone' })];
    expect(daysOf(cal, judge({ visits }, cal.at(DUE + 8)))).toEqual([[DUE - 7, undefined]]);
    expect(judge({ visits }, cal.at(DUE + 8)).severity).toBe('warning');
  });

  test('a call at the very moment the routine visit falls due goes on with what was due', () => {
    const visits = [
      seen(0),
      seen(70, { kind: 'phone', controlled: false }),
      { at: cal.at(DUE - 7), kind: 'phone', controlled: true },
    ];
    expect(daysOf(cal, judge({ visits }, cal.at(DUE)))).toEqual([[77, undefined]]);
  });

  test('an uncontrolled visit brings the next forward to two weeks', () => {
    const visits = [seen(0, { controlled: false })];
    expect(daysOf(cal, judge({ visits }, cal.at(8)))).toEqual([[7, undefined]]);
    expect(judge({ visits }, cal.at(21)).severity).toBe('warning');
    expect(judge({ visits }, cal.at(21) - 1).severity).toBe('info');
  });

  test('an uncontrolled visit while one is due begins another two weeks', () => {
    const visits = [seen(0), seen(DUE, { controlled: false })];
    expect(daysOf(cal, judge({ visits }, cal.at(DUE + 7)))).toEqual([
      [DUE - 7, DUE + 0.417],
      [DUE + 7, undefined],
    ]);
  });

  test('a plan of one month is nearer; when it ends three months hold again', () => {
    const plans = [{ from: cal.at(1), to: cal.at(40), visitIntervalMonths: 1 }];
    // One month after 2026-02-09 is 2026-03-09, day 28.
    expect(daysOf(cal, judge({ visits: [seen(0)], plans }, cal.at(30)))).toEqual([[21, undefined]]);
    expect(judge({ visits: [seen(0)], plans }, cal.at(40)).verdict).toBe('clear');
  });

  test('who was never seen is due three months after registration', () => {
    const registered = profileOf(cal, { registeredAt: cal.at(0, 9) });
    expect(daysOf(cal, judge({}, cal.at(DUE), registered))).toEqual([[DUE - 7, undefined]]);
    expect(judge({}, cal.at(0, 9), registered).verdict).toBe('clear');
  });

  test('only diabetes of type 2, hypertension, or a plan with visits is followed up', () => {
    const verdict = (parts: HistoryParts) => judge({ visits: [seen(0)], ...parts }, cal.at(DUE)).verdict;
    expect(verdict({ conditions: ['type_2_diabetes'] })).toBe('firing');
    expect(judge({ conditions: ['type_1_diabetes'] }, cal.at(DUE))).toMatchObject({
      verdict: 'unknown',
      explanation: { reason: 'not_followed_up' },
    });
    const plan = (from: number, to?: number) => ({ conditions: [], plans: [{ from, to, visitIntervalMonths: 3 }] });
    expect(verdict(plan(cal.at(DUE)))).toBe('firing');
    expect(verdict(plan(cal.at(DUE) + 1))).toBe('unknown');
    expect(verdict(plan(0, cal.at(DUE)))).toBe('unknown');
    expect(verdict(plan(0, cal.at(DUE) + 1))).toBe('firing');
    expect(verdict({ conditions: [], plans: [{ from: 0 }] })).toBe('unknown');
  });

  test('a team’s own days are judged by', () => {
    const own = createPhs01VisitDue({ dueWithin: { value: 14, unit: 'days' } });
    const { verdict } = own.evaluate(endless(cal, { conditions, visits: [seen(0)] }), profile, cal.at(DUE - 14));
    expect(verdict).toBe('firing');
  });

  test('a visit that is entered days later ends what was told, from the day it took place', () => {
    const told = followed(rule, profile, [cal.at(DUE), cal.at(DUE + 9), cal.at(DUE + 10)], (now) =>
      endless(cal, { conditions, visits: now < cal.at(DUE + 10) ? [seen(0)] : [seen(0), seen(DUE + 2)] }),
    );
    expect(told).toMatchObject({ verdict: 'clear', episodes: [{ severity: 'info', fate: 'live' }] });
    expect(daysOf(cal, told)).toEqual([[DUE - 7, DUE + 2 + 0.417]]);
  });

  test('a visit that turns out to have come before it was due takes it back', () => {
    const told = followed(rule, profile, [cal.at(DUE), cal.at(DUE + 1)], (now) =>
      endless(cal, { conditions, visits: now < cal.at(DUE + 1) ? [seen(0)] : [seen(0), seen(40)] }),
    );
    expect(told).toMatchObject({ verdict: 'clear', episodes: [] });
  });

  test('who is followed up no longer has nothing due; what was due ends with that', () => {
    const visits = [seen(0), seen(DUE + 2)];
    const instants = [cal.at(DUE), cal.at(DUE + 3), cal.at(2 * DUE + 2), cal.at(2 * DUE + 3)];
    const told = followed(rule, profile, instants, (now) =>
      endless(cal, {
        conditions: [{ code: conditions[0]!, from: 0, to: instants[3]! }],
        visits: visits.filter((visit) => visit.at <= now),
      }),
    );
    expect(told).toMatchObject({ verdict: 'unknown', explanation: { reason: 'not_followed_up' } });
    expect(daysOf(cal, told)).toEqual([
      [DUE - 7, DUE + 2 + 0.417],
      [176, 2 * DUE + 3],
    ]);
  });

  test('what was due in years before anybody asked is not listed; what is due now is', () => {
    const visits = [seen(-300), seen(-100), seen(-1)];
    const told = followed(rule, profileOf(cal, { registeredAt: cal.at(-400) }), [cal.at(0), cal.at(DUE)], () =>
      endless(cal, { conditions, visits }),
    );
    expect(told.episodes).toHaveLength(1);
    expect(addDays(cal.day(0), 0)).toBe('2026-02-09');
  });
});
