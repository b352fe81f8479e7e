import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ClinicalCase, isCovered, runCase } from '../tests/cases/run-case.ts';
import { windowRuleById } from './rules/rule-catalogue.ts';

const file = new URL('../tests/clinical-cases.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: ClinicalCase[] };

/** Sequences of readings; rules/clinical-cases.test.ts runs them all. */
const RUN_WITH_THE_RULES = ['alert.lateness', 'alert.sequence'];
/** Kinds whose part of the domain doesn't exist: glucose events (§3.6), CGM against fingersticks (§4.3), follow-up (§6). */
const TO_COME = ['cgm.events', 'cgm_smbg.pair', 'followup.next'];

/** A rule that doesn't exist can't be expected to fire; all else of its case is. */
function builtPartOf({ expected, ...rest }: ClinicalCase): ClinicalCase {
  if (!Array.isArray(expected.alerts)) return { ...rest, expected };
  const alerts = expected.alerts.map((id) => (windowRuleById(id) === undefined ? null : id));
  return { ...rest, expected: { ...expected, alerts } };
}

describe('worked clinical cases', () => {
  it.each(cases.filter(({ kind }) => isCovered(kind)))('$id $kind: $title', (clinicalCase) => {
    expect(runCase(builtPartOf(clinicalCase))).toEqual([]);
  });

  it('leave out exactly the kinds and the rules listed here', () => {
    const missing = new Set(cases.map(({ kind }) => kind).filter((kind) => !isCovered(kind)));
    expect([...missing].sort()).toEqual([...RUN_WITH_THE_RULES, ...TO_COME].sort());
    const ruleIds = cases.flatMap(({ input, expected }) => [input.rule, expected.alerts].flat()).filter(Boolean);
    const unknown = new Set(ruleIds.filter((id) => windowRuleById(String(id)) === undefined));
    expect([...unknown]).toEqual(['SMBG-02']);
  });

  it('fail for a wrong number, a missing field and an unknown kind', () => {
    const convert = cases.find(({ kind }) => kind === 'unit.convert')!;
    expect(runCase({ ...convert, expected: { value: 99 } })).toHaveLength(1);
    expect(runCase({ ...convert, expected: { nothing: 1 } })).toHaveLength(1);
    expect(runCase({ ...convert, kind: 'unit.guess' })).toEqual(['kind unit.guess is not covered']);
  });
});
