import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyMin, type Sample, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { firstBeyond, highLine, isBeyond, lowLine } from './glucose-line.ts';

const SEVENTY = { value: 70, unit: 'mg/dL', mmolPerL: 3.9, origin: 'default' } as const;
const LINES = [lowLine(SEVENTY), lowLine(SEVENTY, true), highLine(SEVENTY), highLine(SEVENTY, true)];
const rowsOf = (values: readonly Sample['value'][], unit: 'mg/dL' | 'mmol/L') =>
  seriesFrom(everyMin(5, values), { unit });

test.each([
  ['mg/dL', [69, 70, 71, 'LOW', 'HIGH']],
  ['mmol/L', [3.8, 3.9, 4, 'LOW', 'HIGH']],
] as const)('of the line itself, what lies beside it and what is off the scale, in %s', (unit, values) => {
  const beyond = values.map((value) => LINES.map((line) => firstBeyond(line, rowsOf([value], unit)) === 0));
  const [below, on, above] = [
    [true, true, false, false],
    [false, true, false, true],
    [false, false, true, true],
  ];
  expect(beyond).toEqual([below, on, above, below, above]);
});

test('the first row beyond the line is the first of which it is said', () => {
  const value = fc.constantFrom<Sample['value'][]>(69, 70, 71, 3.8, 3.9, 4, 'LOW', 'HIGH');
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), fc.constantFrom('mg/dL' as const, 'mmol/L'), (values, unit) => {
      const series = rowsOf(values, unit);
      for (const line of LINES) {
        const said = Array.from(series.value).findIndex((each, row) => isBeyond(line, each, series.meta[row]!));
        expect(firstBeyond(line, series)).toBe(said);
      }
    }),
  );
});
