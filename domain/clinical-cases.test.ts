import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ClinicalCase, isCovered, runCase } from '../tests/cases/run-case.ts';

const file = new URL('../tests/clinical-cases.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: ClinicalCase[] };

/** Kinds whose part of the domain is still to come; a case of any other kind must pass. */
const NOT_COVERED = [
  'alert.lateness',
  'alert.sequence',
  'cgm.events',
  'cgm_smbg.pair',
  'followup.next',
  'smbg.classify',
];

describe('worked clinical cases', () => {
  it.each(cases.filter(({ kind }) => isCovered(kind)))('$id $kind: $title', (clinicalCase) => {
    expect(runCase(clinicalCase)).toEqual([]);
  });

  it('leave out exactly the kinds listed here', () => {
    const missing = new Set(cases.map(({ kind }) => kind).filter((kind) => !isCovered(kind)));
    expect([...missing].sort()).toEqual(NOT_COVERED);
  });

  it('fail for a wrong number, a missing field and an unknown kind', () => {
    const convert = cases.find(({ kind }) => kind === 'unit.convert')!;
    expect(runCase({ ...convert, expected: { value: 99 } })).toHaveLength(1);
    expect(runCase({ ...convert, expected: { nothing: 1 } })).toHaveLength(1);
    expect(runCase({ ...convert, kind: 'unit.guess' })).toEqual(['kind unit.guess is not covered']);
  });
});
