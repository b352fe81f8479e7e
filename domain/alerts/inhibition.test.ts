import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOLDINGS, PRIORITIES } from '../rules/priorities.ts';
import { SEVERITIES } from '../rules/rule.ts';
import { ALL_RULES, RULE_CATALOGUE } from '../rules/rule-catalogue.ts';
import { holderOf, inhibitorOf, withoutInhibited } from './inhibition.ts';
import { isUrgent } from './severity-order.ts';

test('a very low glucose speaks for the low and for the predicted low', () => {
  const veryLow = { ruleId: 'CGM-01', severity: 'critical' } as const;
  expect(inhibitorOf({ ruleId: 'CGM-02', severity: 'critical' }, [veryLow])).toBe('CGM-01');
  expect(inhibitorOf({ ruleId: 'CGM-03', severity: 'warning' }, [veryLow])).toBe('CGM-01');
  expect(withoutInhibited([{ ruleId: 'CGM-02' }, { ruleId: 'CGM-01' }])).toEqual([{ ruleId: 'CGM-01' }]);
});

test('a danger symptom speaks for the pressure that it was reported with', () => {
  const emergency = { ruleId: 'BP-02', severity: 'emergency' } as const;
  expect(inhibitorOf({ ruleId: 'BP-01', severity: 'critical' }, [emergency])).toBe('BP-02');
});

test('a very low glucose that came late, a warning, doesn’t speak for a low that is critical now', () => {
  const late = { ruleId: 'CGM-01', severity: 'warning' } as const;
  const low = { ruleId: 'CGM-02', severity: 'critical' } as const;
  expect(inhibitorOf(low, [late, low])).toBeUndefined();
  expect(inhibitorOf({ ...low, severity: 'warning' }, [late])).toBe('CGM-01');
});

test('a low alone speaks for itself, and nothing silences a very low glucose or a high', () => {
  expect(inhibitorOf({ ruleId: 'CGM-02' }, [{ ruleId: 'CGM-02' }, { ruleId: 'CGM-05' }])).toBeUndefined();
  expect(
    inhibitorOf(
      { ruleId: 'CGM-01' },
      RULE_CATALOGUE.map(({ id }) => ({ ruleId: id })),
    ),
  ).toBeUndefined();
  expect(inhibitorOf({ ruleId: 'CGM-05' }, [{ ruleId: 'CGM-01' }])).toBeUndefined();
});

test('no rule silences one of another condition or direction', () => {
  const known = new Map(RULE_CATALOGUE.map((rule) => [rule.id, rule]));
  for (const { speaks, silences } of PRIORITIES) {
    for (const silenced of silences.flatMap((id) => known.get(id) ?? [])) {
      expect(known.get(speaks)).toMatchObject({ condition: silenced.condition, direction: silenced.direction });
    }
  }
});

describe('a sensor at fault', () => {
  const warning = { direction: 'high', severity: 'warning', peakSeverity: 'warning' } as const;

  test('holds back a high of that sensor, and what is computed from its highs', () => {
    expect(holderOf(warning, ['CGM-05'])).toMatchObject({ speaks: 'DATA-02', reason: 'inhibited_by_sensor_fault' });
    expect(holderOf(warning, ['TREND-01', 'TREND-02'])?.speaks).toBe('DATA-02');
  });

  test('holds back nothing that another rule says too: a fingerstick is no sensor', () => {
    expect(holderOf(warning, ['CGM-05', 'SMBG-04'])).toBeUndefined();
    expect(holderOf(warning, [])).toBeUndefined();
  });

  test('never holds back a low, nor what is or was urgent, whatever fires', () => {
    const alert = fc.record({
      direction: fc.constantFrom('low' as const, 'high' as const, 'none' as const),
      severity: fc.constantFrom(...SEVERITIES),
      peakSeverity: fc.constantFrom(...SEVERITIES),
    });
    const rules = fc.subarray(ALL_RULES.map(({ id }) => id));
    const table = HOLDINGS.map((each) => ({ ...each, holds: ALL_RULES.map(({ id }) => id) }));
    fc.assert(
      fc.property(alert, rules, (given, firing) => {
        const isLet = given.direction === 'low' || isUrgent(given.severity) || isUrgent(given.peakSeverity);
        if (isLet) expect(holderOf(given, firing, table)).toBeUndefined();
      }),
    );
  });

  test('is named with rules that there are, none of them about a low', () => {
    const known = new Map(ALL_RULES.map((rule) => [rule.id, rule]));
    for (const { speaks, holds } of HOLDINGS) {
      expect(known.has(speaks)).toBe(true);
      for (const id of holds) expect(['high', 'none']).toContain(known.get(id)?.direction);
    }
  });
});
