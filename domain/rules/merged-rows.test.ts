import { expect, test } from 'vitest';
import { everyMin, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { type MergedRows, mergeRows } from './merged-rows.ts';

test('rows of several devices come in order of time, those of one instant by device, whatever order the list has', () => {
  const one = seriesFrom(everyMin(5, [101, 102, 103]), { deviceKey: 1 });
  const two = seriesFrom(everyMin(5, [201, undefined, 203]), { deviceKey: 2 });
  for (const list of [
    [one, two],
    [two, one],
  ]) {
    expect(valuesOf(mergeRows(list))).toEqual([101, 201, 102, 103, 203]);
  }
});

test('what lies in the columns beyond the length of a series is no row', () => {
  const one = { ...seriesFrom(everyMin(5, [101, 102, 103]), { deviceKey: 1 }), length: 2 };
  const two = seriesFrom(everyMin(5, [201, undefined, 203]), { deviceKey: 2 });
  expect(valuesOf(mergeRows([one, two]))).toEqual([101, 201, 102, 203]);
});

function valuesOf(rows: MergedRows): number[] {
  const values: number[] = [];
  while (rows.next()) values.push(rows.value);
  return values;
}
