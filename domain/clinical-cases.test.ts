import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ClinicalCase, runCase } from '../tests/cases/run-case.ts';

function readCases(name: string): ClinicalCase[] {
  const file = new URL(`../tests/${name}`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: ClinicalCase[] }).cases;
}
const cases = readCases('clinical-cases.json');
/** Worked out by hand from docs/clinical.md for what those leave out. */
const ownCases = readCases('cases/own-cases.json');

const program = fileURLToPath(new URL('../tests/cases/cases.ts', import.meta.url));

/** The file of cases as somebody else would give it, told line by line. */
function tell(content: string) {
  const directory = mkdtempSync(join(tmpdir(), 'cases-'));
  try {
    const path = join(directory, 'cases.json');
    writeFileSync(path, content);
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, path], { encoding: 'utf8' });
    return { status, lines: stdout.trim().split('\n'), stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('worked clinical cases', () => {
  it.each(cases)('$id $kind: $title', (clinicalCase) => {
    expect(runCase(clinicalCase)).toEqual([]);
  });

  it.each(ownCases)('$id $kind: $title', (clinicalCase) => {
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

  it('with an input field that nothing reads say so instead of passing', () => {
    const followUp = { kind: 'followup.next', expected: { action: 'routine' } };
    const visits = [['2026-03-01', true]];
    expect(runCase({ ...followUp, input: { visits, weekday: 1 } })).toEqual(['not covered: input weekday']);
    expect(runCase({ ...followUp, input: { visits, id: 'a', title: 'b', arithmetic: 'c', rule: '6' } })).toEqual([]);
    const values = [50, 50, 50];
    const cgm = { values, colour: 1 };
    expect(runCase({ kind: 'alert.sequence', input: { rule: 'CGM-01', cgm }, expected: { opens: 1 } })).toEqual([
      'not covered: input cgm.colour',
    ]);
    const segments = [{ values, cadence: 5 }];
    expect(runCase({ kind: 'cgm.metrics', input: { segments }, expected: { n: 3 } })).toEqual([
      'not covered: input segments[0].cadence',
    ]);
  });

  it('with a field of a reading, a visit or a plan that nothing reads, or a word nobody knows, say so as well', () => {
    const told = (kind: string, input: object) => runCase({ kind, input: { ...input }, expected: { n: 1 } });
    const at = '2026-05-01T08:00:00+08:00';
    const day = '2026-05-01';
    expect([
      told('cgm.metrics', { readings: [{ at, value: 100, colour: 1 }] }),
      told('cgm.metrics', { readings: [[at, 100, 1, 'A', 2]] }),
      told('cgm.metrics', { readings: [[at, 100, 1, 72]] }),
      told('cgm.metrics', { readings: [['2026-05-01T08:00:00', 100]] }),
      told('cgm.metrics', { values: [100], risk_group: 'young' }),
      told('followup.next', { visits: [{ date: day, colour: 1 }] }),
      told('followup.next', { visits: [[day, true, 'drug_reaktion']] }),
      told('followup.next', { visits: [[day, true]], plan: { weeks: 1 } }),
      told('alert.sequence', { rule: 'PHS-01', visits: [{ at, colour: 1 }] }),
      told('alert.sequence', { rule: 'ADH-01', plan: { weeks: 1 } }),
      told('alert.sequence', { rule: 'CGM-02', values: [69], treatment: 'insuline' }),
      told('bp.emergency', { items: [[150, 90]], symptoms: ['chest_payne'] }),
      told('bp.home', { days: [{ noon: [[130, 80]] }] }),
    ]).toEqual([
      ["input can't be read: input.readings: nothing reads its colour"],
      [expect.stringContaining('has more than four parts')],
      ["input can't be read: value: a glucose value has no fourth part 72"],
      ["input can't be read: readings: 2026-05-01T08:00:00 has no offset"],
      ["input can't be read: risk_group: there is no young"],
      ["input can't be read: visits: nothing reads their colour"],
      ["input can't be read: visits: nothing reads their drug_reaktion"],
      ["input can't be read: plan: nothing reads its weeks"],
      ["input can't be read: visits: nothing reads its colour"],
      ["input can't be read: plan: nothing reads its weeks"],
      ["input can't be read: treatments: there is no insuline"],
      ['input can\'t be read: symptoms: there is no "chest_payne"'],
      ["input can't be read: days: nothing reads their noon"],
    ]);
  });

  it('that expect 0 allow what floating point leaves of it, and no more', () => {
    const kind = 'agp.percentiles';
    const input = { values: [0, 0, 1e-9, 0, 0] };
    expect(runCase({ kind, input, expected: { p95: 0 } })).toEqual([]);
    expect(runCase({ kind, input: { values: [0, 0, 1e-8, 0, 1e-8] }, expected: { p95: 0 } })).toHaveLength(1);
  });

  it('of any file are told one a line, whatever their ids, and a failure is an exit code', () => {
    const right = {
      kind: 'unit.convert',
      input: { value: 100, from: 'mg/dL', to: 'mmol/L' },
      expected: { display: '5.6' },
    };
    const told = tell(
      JSON.stringify({ cases: [right, { ...right, id: 'mine', expected: { display: '5.5' } }, {}, null] }),
    );
    expect(told).toMatchObject({
      status: 1,
      lines: [
        'pass #1 unit.convert',
        'FAIL mine unit.convert: display: expected "5.5", got "5.6"',
        'FAIL #3 ?: no kind',
        'FAIL #4 ?: no kind',
        'cases: 1 passed, 3 failed',
      ],
    });
    expect(tell(JSON.stringify([right]))).toMatchObject({
      status: 0,
      lines: ['pass #1 unit.convert', 'cases: 1 passed, 0 failed'],
    });
  });

  it('in a file that is none are refused with the reason', () => {
    for (const content of ['{"cases": 1}', 'null', 'no JSON'])
      expect(tell(content)).toMatchObject({ status: 2, stderr: expect.stringContaining('is no file of cases: ') });
  });

  it('that can’t be read name the field', () => {
    for (const input of [{}, { readings_min: [[0, 150]] }, { readings: [[150]] }, { readings: 1 }])
      expect(runCase({ kind: 'bp.session', input, expected: { n: 1 } })).toEqual([
        expect.stringMatching(/^input can't be read: /),
      ]);
    const input = { rule: 'CGM-99', start: '2026-05-01T08:00:00+08:00', values: [50] };
    expect(runCase({ kind: 'alert.sequence', input, expected: { transitions: [] } })).toEqual([
      "input can't be read: rule: there is no CGM-99",
    ]);
    expect(runCase({ kind: 'cgm.metrics', input: { start: 'yesterday', values: [50] }, expected: { n: 1 } })).toEqual([
      'input can\'t be read: start: "yesterday" is no instant',
    ]);
    expect(runCase({ kind: 'cgm.metrics', input: {}, expected: { n: 1 } })).toEqual([
      "input can't be read: input: no values, runs, readings_min or readings",
    ]);
  });
});
