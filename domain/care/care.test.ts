import { describe, expect, test } from 'vitest';
import { ageAt } from './age-at.ts';
import { hypoglycaemiaRiskAt } from './hypoglycaemia-risk.ts';
import { responsibleTeamAt } from './responsible-team-at.ts';
import { symptomCodeOf } from './symptom.ts';
import {
  type DatedTreatment,
  onInsulinOrSulfonylurea,
  TREATMENT_CLASSES,
  type TreatmentClass,
  treatmentClassOf,
  treatmentsAt,
} from './treatment.ts';

const at = (time: string) => Date.parse(time);

describe('age', () => {
  test('is that of the patient’s own calendar date: the birthday counts from its local midnight on', () => {
    expect(ageAt('1961-05-20', at('2026-05-19T23:59:59+08:00'), 'Asia/Shanghai')).toBe(64);
    expect(ageAt('1961-05-20', at('2026-05-20T00:00:00+08:00'), 'Asia/Shanghai')).toBe(65);
    expect(ageAt('1961-05-20', at('2026-05-20T00:00:00+08:00'), 'UTC')).toBe(64);
  });
});

describe('treatment at event time', () => {
  const treatments: DatedTreatment[] = [
    { class: 'insulin', from: 100, to: 200 },
    { class: 'metformin', from: 150 },
  ];

  test('holds from its first instant to before its last', () => {
    expect([99, 100, 199, 200].map((when) => onInsulinOrSulfonylurea(treatments, when))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(treatmentsAt(treatments, 300)).toEqual([{ class: 'metformin', from: 150 }]);
  });

  test('sulfonylurea counts like insulin, other classes don’t', () => {
    expect(onInsulinOrSulfonylurea([{ class: 'sulfonylurea', from: 0 }], 1)).toBe(true);
    expect(onInsulinOrSulfonylurea([{ class: 'dpp4_inhibitor', from: 0 }], 1)).toBe(false);
  });
});

test('a class or a symptom that this version doesn’t know is one that no rule asks for', () => {
  expect(['insulin', 'Insulin', 'glargine'].map(treatmentClassOf)).toEqual(['insulin', 'other', 'other']);
  expect(['chest_pain', 'chest pain'].map(symptomCodeOf)).toEqual(['chest_pain', 'other']);
});

describe('danger from a mild low', () => {
  const profile = { timeZone: 'Asia/Shanghai', treatments: [] };
  const now = at('2026-05-20T12:00:00+08:00');

  test('an older person of whom nothing is recorded for that time is taken to be at risk', () => {
    const ended: DatedTreatment[] = [{ class: 'metformin', from: 0, to: now - 1 }];
    expect(hypoglycaemiaRiskAt({ ...profile, birthDate: '1950-01-01', treatments: ended }, now)).toBe(true);
  });

  test('a blood-pressure drug tells nothing of what lowers glucose; any drug for glucose does', () => {
    const on = (drug: TreatmentClass) =>
      hypoglycaemiaRiskAt({ ...profile, birthDate: '1950-01-01', treatments: [{ class: drug, from: 0 }] }, now);
    const [atRisk, known] = [TREATMENT_CLASSES.filter(on), TREATMENT_CLASSES.filter((drug) => !on(drug))];
    expect(atRisk).toEqual([
      'insulin',
      'sulfonylurea',
      'ace_inhibitor',
      'angiotensin_receptor_blocker',
      'calcium_channel_blocker',
      'beta_blocker',
      'diuretic',
      'other',
    ]);
    expect(known).toEqual([
      'glinide',
      'metformin',
      'alpha_glucosidase_inhibitor',
      'thiazolidinedione',
      'dpp4_inhibitor',
      'sglt2_inhibitor',
      'glp1_receptor_agonist',
    ]);
  });

  test('an unknown age is no age', () => {
    expect(hypoglycaemiaRiskAt(profile, now)).toBe(false);
  });
});

describe('the responsible team', () => {
  const history = [
    { teamId: 'a', from: 100, to: 200 },
    { teamId: 'b', from: 200 },
  ];

  test('is the one of that instant; the change belongs to the new team', () => {
    expect([99, 100, 199, 200, 900].map((when) => responsibleTeamAt(history, when))).toEqual([
      undefined,
      'a',
      'a',
      'b',
      'b',
    ]);
  });

  test('where periods overlap the later one counts, in whatever order they are listed', () => {
    const overlapping = [
      { teamId: 'b', from: 150 },
      { teamId: 'a', from: 100 },
    ];
    expect(responsibleTeamAt(overlapping, 160)).toBe('b');
    expect(responsibleTeamAt([...overlapping].reverse(), 160)).toBe('b');
  });
});
