import { expect, test } from 'vitest';
import { RULE_CATALOGUE } from '../rules/rule-catalogue.ts';
import { INHIBITIONS, inhibitorOf, withoutInhibited } from './inhibition.ts';

test('a very low glucose speaks for the low and for the predicted low', () => {
  expect(inhibitorOf('CGM-02', ['CGM-01', 'CGM-02'])).toBe('CGM-01');
  expect(inhibitorOf('CGM-03', ['CGM-01'])).toBe('CGM-01');
  expect(withoutInhibited([{ ruleId: 'CGM-02' }, { ruleId: 'CGM-01' }])).toEqual([{ ruleId: 'CGM-01' }]);
});

test('a low alone speaks for itself, and nothing silences a very low glucose or a high', () => {
  expect(inhibitorOf('CGM-02', ['CGM-02', 'CGM-05'])).toBeUndefined();
  expect(
    inhibitorOf(
      'CGM-01',
      RULE_CATALOGUE.map(({ id }) => id),
    ),
  ).toBeUndefined();
  expect(inhibitorOf('CGM-05', ['CGM-01'])).toBeUndefined();
});

test('no rule silences one of another condition or direction', () => {
  const known = new Map(RULE_CATALOGUE.map((rule) => [rule.id, rule]));
  for (const { firing, silences } of INHIBITIONS) {
    for (const silenced of silences.flatMap((id) => known.get(id) ?? [])) {
      expect(known.get(firing)).toMatchObject({ condition: silenced.condition, direction: silenced.direction });
    }
  }
});
