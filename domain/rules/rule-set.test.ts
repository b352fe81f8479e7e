import { describe, expect, test } from 'vitest';
import { ALL_RULES, RULE_CATALOGUE, ruleById, ruleForPatient, windowRuleById } from './rule-catalogue.ts';
import { createRuleSet, usableOverrides } from './rule-set.ts';

const own = { 'CGM-02': { below: { value: 4.4, unit: 'mmol/L' as const } } };
const thresholdOf = (set: ReturnType<typeof createRuleSet>, id: string, name: string) =>
  set.window.find((rule) => rule.id === id)?.thresholds[name];

test('whoever has no thresholds of their own shares one set, that of clinical.md', () => {
  expect(createRuleSet()).toBe(createRuleSet({}, {}));
  expect(createRuleSet().window.map(({ id, thresholds }) => [id, thresholds])).toEqual(
    RULE_CATALOGUE.map(({ id, thresholds }) => [id, thresholds]),
  );
});

test('the same overrides are the same set, in whatever order they were written', () => {
  const other = { 'CGM-05': { minutes: { value: 60, unit: 'min' as const } } };
  expect(createRuleSet({}, { ...own, ...other })).toBe(createRuleSet({}, { ...other, ...own }));
  expect(createRuleSet(own)).not.toBe(createRuleSet({}, own));
  const shared = createRuleSet();
  createRuleSet({}, { 'CGM-05': { minutes: { value: 75, unit: 'min' } } });
  expect(createRuleSet()).toBe(shared);
});

test('the patient’s own line wins over the team’s, and says where it came from', () => {
  expect(thresholdOf(createRuleSet(own), 'CGM-02', 'below')).toMatchObject({
    value: 79,
    mmolPerL: 4.4,
    origin: 'team',
  });
  const both = createRuleSet(own, { 'CGM-02': { below: { value: 75, unit: 'mg/dL' } } });
  expect(thresholdOf(both, 'CGM-02', 'below')).toMatchObject({ value: 75, origin: 'patient' });
  expect(thresholdOf(both, 'CGM-01', 'below')).toMatchObject({ value: 54, origin: 'default' });
});

describe('stored overrides', () => {
  test('that this version can’t judge by are left out, the others hold', () => {
    expect(
      usableOverrides({
        'CGM-02': { below: { value: 4.4, unit: 'mmol/L' }, gone: { value: 1, unit: 'min' } },
        'SMBG-03': { atOrAbove: { value: 20, unit: 'mmol/L' } },
        'XYZ-01': { below: { value: 4.4, unit: 'mmol/L' } },
      }),
    ).toEqual(own);
  });

  test('that can’t be set are refused where a set is made of them', () => {
    expect(() => createRuleSet({}, { 'SMBG-03': { atOrAbove: { value: 20, unit: 'mmol/L' } } })).toThrow(RangeError);
  });
});

test('rules are found whichever kind they are', () => {
  for (const { id } of ALL_RULES) expect(ruleById(id)?.id).toBe(id);
  expect(windowRuleById('CGM-02')?.kinds).toEqual(['cgm']);
  expect(windowRuleById('TREND-01')).toBeUndefined();
  expect(ruleById('XYZ-01')).toBeUndefined();
  expect(ruleForPatient('CGM-02', own['CGM-02'])?.thresholds.below).toMatchObject({ origin: 'patient' });
  expect(ruleForPatient('XYZ-01', {})).toBeUndefined();
  expect(new Set(ALL_RULES.map(({ id }) => id)).size).toBe(31);
});
