import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patientRisk, type RiskFacts } from './risk.ts';
import { SEVERITIES } from './rules/rule.ts';

const nothingKnown: RiskFacts = { riskGroup: 'standard', openAlerts: [] };
const score = (facts: Partial<RiskFacts>) => patientRisk({ ...nothingKnown, ...facts }).score;
const percent = fc.double({ min: 0, max: 100, noNaN: true });
const alert = fc.record({ severity: fc.constantFrom(...SEVERITIES), acknowledged: fc.boolean() });
const facts: fc.Arbitrary<RiskFacts> = fc.record({
  riskGroup: fc.constantFrom('standard', 'older_high_risk'),
  openAlerts: fc.array(alert, { maxLength: 12 }),
  belowRangePercent: fc.option(percent, { nil: undefined }),
  veryLowPercent: fc.option(percent, { nil: undefined }),
  veryHighPercent: fc.option(percent, { nil: undefined }),
  homeMean: fc.option(
    fc.record({ systolicMmHg: fc.integer({ min: 90, max: 240 }), diastolicMmHg: fc.integer({ min: 50, max: 140 }) }),
    { nil: undefined },
  ),
  silentDays: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
});

describe('the risk that orders a team’s patients', () => {
  it('is nothing for a patient of whom nothing bad is known', () => {
    expect(patientRisk(nothingKnown)).toEqual({ score: 0, reasons: [] });
    const fine = { belowRangePercent: 3.9, veryLowPercent: 0.9, veryHighPercent: 4.9, silentDays: 13 };
    expect(score({ ...fine, homeMean: { systolicMmHg: 134, diastolicMmHg: 84 } })).toBe(0);
  });

  it('of one alert has one reason', () => {
    const openAlerts = [{ severity: 'warning', acknowledged: true }] as const;
    expect(patientRisk({ ...nothingKnown, openAlerts }).reasons).toEqual([
      { code: 'open_alert', points: 50, found: 'warning, acknowledged' },
    ]);
  });

  it('puts a critical alert that nobody acknowledged before any patient without one', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const owned = known.openAlerts.map(({ severity }) => ({ severity, acknowledged: true }));
        const unowned = score({ openAlerts: [{ severity: 'critical', acknowledged: false }] });
        expect(score({ ...known, openAlerts: owned })).toBeLessThan(unowned);
      }),
    );
  });

  it('judges older patients by their stricter line for lows', () => {
    expect(score({ belowRangePercent: 1 })).toBe(0);
    expect(score({ riskGroup: 'older_high_risk', belowRangePercent: 1 })).toBeGreaterThan(0);
  });

  it('lists its reasons, the heaviest first, and they add up to the score', () => {
    const risk = patientRisk({
      riskGroup: 'standard',
      openAlerts: [
        { severity: 'warning', acknowledged: false },
        { severity: 'critical', acknowledged: false },
      ],
      belowRangePercent: 8,
      homeMean: { systolicMmHg: 148, diastolicMmHg: 91 },
      silentDays: 15,
    });
    expect(risk.reasons).toEqual([
      { code: 'open_alert', points: 500, found: 'critical' },
      { code: 'below_range', points: 40, found: '8 %' },
      { code: 'home_blood_pressure', points: 37, found: '148/91 mmHg' },
      { code: 'silent', points: 16, found: '15 d' },
      { code: 'further_alerts', points: 1, found: '1' },
    ]);
    expect(risk.score).toBe(594);
  });

  it('never falls when a fact gets worse', () => {
    fc.assert(
      fc.property(facts, facts, alert, (known, other, another) => {
        const before = patientRisk(known).score;
        const worst = (a: number | undefined, b: number | undefined) =>
          a === undefined || b === undefined ? a : Math.max(a, b);
        const worse: Partial<RiskFacts>[] = [
          { openAlerts: [...known.openAlerts, another] },
          { openAlerts: known.openAlerts.map((one) => ({ ...one, acknowledged: false })) },
          { openAlerts: known.openAlerts.map((one) => ({ ...one, severity: 'emergency' as const })) },
          { belowRangePercent: worst(known.belowRangePercent, other.belowRangePercent) },
          { veryLowPercent: worst(known.veryLowPercent, other.veryLowPercent) },
          { veryHighPercent: worst(known.veryHighPercent, other.veryHighPercent) },
          { silentDays: worst(known.silentDays, other.silentDays) },
          {
            homeMean: known.homeMean && {
              systolicMmHg: worst(known.homeMean.systolicMmHg, other.homeMean?.systolicMmHg)!,
              diastolicMmHg: worst(known.homeMean.diastolicMmHg, other.homeMean?.diastolicMmHg)!,
            },
          },
        ];
        for (const change of worse) expect(patientRisk({ ...known, ...change }).score).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});
