import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../traces/local-day.ts';
import { readTraceCsv } from './read-trace-csv.ts';
import { createReplaySource, daysToRecentPast } from './replay-sources.ts';

/** Invented, in the form in which traces are published. */
const TWO_PEOPLE = `\uFEFFid,time,gl
"Person, A",2015-06-06T16:50:27-05:00,153
"Person, A",2015-06-06T17:05:27-05:00,LOW

Person B,2015-06-07T09:00:00+08:00,101.5
"Person, A",2015-06-06T16:55:27-05:00,NA
"Person, A",2015-06-06T16:45:27-05:00,160
`;

describe('a recorded trace', () => {
  test('is read per person and in time order, with quoted ids, codes and gaps', () => {
    expect(readTraceCsv(TWO_PEOPLE)).toEqual([
      {
        id: 'Person, A',
        readings: [
          { at: Date.UTC(2015, 5, 6, 21, 45, 27), offsetMs: -5 * 3_600_000, value: 160 },
          { at: Date.UTC(2015, 5, 6, 21, 50, 27), offsetMs: -5 * 3_600_000, value: 153 },
          { at: Date.UTC(2015, 5, 6, 22, 5, 27), offsetMs: -5 * 3_600_000, value: 'LOW' },
        ],
      },
      { id: 'Person B', readings: [{ at: Date.UTC(2015, 5, 7, 1), offsetMs: 8 * 3_600_000, value: 101.5 }] },
    ]);
  });

  test('takes columns in any order and ignores others', () => {
    const [trace] = readTraceCsv('gl,device,TIME,id\r\n99,x,2015-06-06T12:00:00Z,1\r\n');
    expect(trace).toEqual({ id: '1', readings: [{ at: Date.UTC(2015, 5, 6, 12), offsetMs: 0, value: 99 }] });
  });

  test('takes times without an offset in the zone it is told, over a change of clocks too', () => {
    const rows = 'id,time,gl\n1,2026-07-01 12:00:00,99\n1,2026-12-01 12:00:00,99\n';
    const [trace] = readTraceCsv(rows, { timeZone: 'America/New_York' });
    expect(trace?.readings.map(({ at }) => at)).toEqual([Date.UTC(2026, 6, 1, 16), Date.UTC(2026, 11, 1, 17)]);
  });

  test.each([
    { text: '', says: 'the file is empty: its first line must name the columns id,time,gl' },
    { text: 'id,time,gl\n', says: 'the file holds no reading' },
    { text: 'id,when,gl\n1,2,3\n', says: 'line 1: no column time among id, when, gl; it must name id,time,gl' },
    { text: 'id,time,gl\n\n,2015-06-06T12:00:00Z,99\n', says: 'line 3, column id: "" is empty' },
    {
      text: 'id,time,gl\n1,2015-06-06T12:00:00Z,99\n1,2015-06-06T12:05:00Z,ninety\n',
      says: 'line 3, column gl: "ninety"',
    },
    { text: 'id,time,gl\n1,2015-06-06T12:00:00Z,-4\n', says: 'line 2, column gl: "-4" is not a glucose value' },
    {
      text: 'id,time,gl\n1,2015-06-06 12:00:00,99\n',
      says: 'line 2, column time: "2015-06-06 12:00:00" has no offset',
    },
    {
      text: 'id,time,gl\n1,2015-02-30T12:00:00Z,99\n',
      says: 'line 2, column time: "2015-02-30T12:00:00Z" is not a time',
    },
    {
      text: 'id,time,gl\n1,06/06/2015,99\n',
      says: 'line 2, column time: "06/06/2015" is not a time: it must look like',
    },
    {
      text: 'id,time,gl\n1,2015-06-06T12:00:00Z\n',
      says: 'this is not a CSV file: Invalid Record Length: expect 3, got 2 on line 2',
    },
    { text: 'id,time,gl\n"1,2015-06-06T12:00:00Z,99\n', says: 'opening quote at line 2' },
  ])('is refused with line, column and remedy: $says', ({ text, says }) => {
    expect(() => readTraceCsv(text)).toThrow(says);
  });
});

describe('a replay', () => {
  const traces = readTraceCsv(TWO_PEOPLE);
  const now = Date.UTC(2026, 10, 22, 6, 30);

  test('is moved by whole days so that the last reading lies in the past day', () => {
    const days = daysToRecentPast(traces, now);
    const last = Date.UTC(2015, 5, 7, 1) + days * DAY_MS;
    expect(Number.isInteger(days)).toBe(true);
    expect(last).toBeLessThanOrEqual(now);
    expect(last).toBeGreaterThan(now - DAY_MS);
  });

  test('keeps time of day, offset, value and unit, and gives each reading once', () => {
    const { source, from, to } = createReplaySource(traces[0]!, 4_000, 'mg/dL');
    const replayed = source(from, to);
    expect(replayed.map(({ at }) => at)).toEqual([
      '2026-05-19T16:45:27-05:00',
      '2026-05-19T16:50:27-05:00',
      '2026-05-19T17:05:27-05:00',
    ]);
    expect(replayed).toMatchObject([{ value: 160, unit: 'mg/dL' }, { value: 153 }, { value: 'LOW' }]);
    const middle = from + 10 * 60_000;
    expect([...source(from, middle), ...source(middle, to)]).toEqual(replayed);
  });
});
