import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from './parse-instant.ts';

describe('instants on the wire', () => {
  it.each([
    ['2026-11-22T08:05:00+08:00', Date.UTC(2026, 10, 22, 0, 5)],
    ['2026-11-22T08:05:00Z', Date.UTC(2026, 10, 22, 8, 5)],
    ['2026-11-22t08:05:00z', Date.UTC(2026, 10, 22, 8, 5)],
    ['2026-11-22 08:05:00-05:30', Date.UTC(2026, 10, 22, 13, 35)],
    ['2026-11-22T08:05:00.25Z', Date.UTC(2026, 10, 22, 8, 5, 0, 250)],
    ['2026-11-22T08:05:00.1239999Z', Date.UTC(2026, 10, 22, 8, 5, 0, 123)],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['1969-12-31T23:59:59Z', -1000],
  ])('reads %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it.each([
    '',
    '2026-11-22',
    '2026-11-22T08:05:00',
    '2026-11-22T08:05Z',
    '2026-11-22T08:05:00.Z',
    '2026-11-22T08:05:00+0800',
    '2026-11-22T08:05:00+08',
    '2026-11-22T08:05:00+24:00',
    '2026-11-22T08:05:00Z ',
    ' 2026-11-22T08:05:00Z',
    '2026-02-29T08:05:00Z',
    '2100-02-29T08:05:00Z',
    '2026-13-01T08:05:00Z',
    '2026-00-01T08:05:00Z',
    '2026-11-31T08:05:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T08:60:00Z',
    '2026-11-22T08:05:61Z',
    '2026/11/22T08:05:00Z',
    '2026-11-22T08.05.00Z',
    '２０２６-11-22T08:05:00Z',
    'Sun, 22 Nov 2026 08:05:00 GMT',
    '1795305900000000000000',
    'yesterday at five o clock',
  ])('refuses %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('agrees with the runtime on every instant that the runtime writes', () => {
    const instants = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') });
    fc.assert(
      fc.property(instants, (date) => {
        if (Number.isNaN(date.getTime())) return;
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      }),
      { numRuns: 2_000 },
    );
  });

  it('never gives a number that Date.parse would not give', () => {
    const characters = [...'0123456789-+:.TZ '];
    const near = fc
      .tuple(fc.constant('2026-11-22T08:05:00.250+08:00'), fc.nat(28), fc.constantFrom(...characters))
      .map(([text, at, character]) => text.slice(0, at) + character + text.slice(at + 1));
    fc.assert(
      fc.property(near, (text) => {
        const parsed = parseInstant(text);
        if (parsed !== undefined && text[17] !== '6') expect(parsed).toBe(Date.parse(text.replace(' ', 'T')));
      }),
      { numRuns: 2_000 },
    );
  });
});
