import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ClinicalCase, runCase } from '../tests/cases/run-case.ts';

const file = new URL('../tests/clinical-cases.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: ClinicalCase[] };

describe('worked clinical cases', () => {
  it.each(cases)('$id $kind: $title', (clinicalCase) => {
    expect(runCase(clinicalCase)).toEqual([]);
  });

  it('are all of the shared ones', () => {
    expect(cases.length).toBe(58);
  });

  it('fail for a wrong number, a missing field and an unknown kind', () => {
    const convert = cases.find(({ kind }) => kind === 'unit.convert')!;
    expect(runCase({ ...convert, expected: { value: 99 } })).toHaveLength(1);
    expect(runCase({ ...convert, expected: { nothing: 1 } })).toEqual(['not covered: nothing']);
    expect(runCase({ ...convert, kind: 'unit.guess' })).toEqual(['kind unit.guess is not covered']);
    const events = cases.find(({ id }) => id === 'E01')!;
    const [one] = events.expected.hypo_l1 as [object];
    expect(runCase({ ...events, expected: { hypo_l1: [{ ...one, nadir: 64 }] } })).toHaveLength(1);
    expect(runCase({ ...events, expected: { hypo_l1: [{ ...one, colour: 1 }] } })).toEqual([
      'not covered: hypo_l1[0].colour',
    ]);
  });
});
