import { expect, test } from 'vitest';
import { everyMin, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { mergeRows } from './merged-rows.ts';

test('rows of several devices come in order of time, those of one instant by device, whatever order the list has', () => {
  const one = seriesFrom(everyMin(5, [101, 102, 103]), { deviceKey: 1 });
  const two = seriesFrom(everyMin(5, [201, undefined, 203]), { deviceKey: 2 });
  for (const list of [
    [one, two],
    [two, one],
  ]) {
    const rows = mergeRows(list);
    const values: number[] = [];
    while (rows.next()) values.push(rows.value);
    expect(values).toEqual([101, 201, 102, 103, 203]);
  }
});
