import { describe, expect, it } from 'vitest';
import { formatInstant, parseInstant } from './instant.ts';

describe('an instant on the wire', () => {
  it.each([
    ['2026-11-22T08:05:00+08:00', Date.UTC(2026, 10, 22, 0, 5)],
    ['2026-11-22T08:05:00 08:00', Date.UTC(2026, 10, 22, 0, 5)],
    ['2026-11-22T00:05Z', Date.UTC(2026, 10, 22, 0, 5)],
    ['1795305900000', 1_795_305_900_000],
    [1_795_305_900_000, 1_795_305_900_000],
  ])('%s is understood', (text, instant) => {
    expect(parseInstant(text, 'at')).toBe(instant);
  });

  it.each(['2026-11-22', '2026-11-22T08:05:00', '2026-13-22T08:05:00Z', 'now', '', Number.NaN, 1.5, 9e15])(
    '%s is refused by the name of its field',
    (text) => {
      expect(() => parseInstant(text, 'from')).toThrow(/from must be a time with an offset/);
    },
  );

  it('is answered in UTC', () => {
    expect(formatInstant(1_795_305_900_000)).toBe('2026-11-22T00:05:00.000Z');
  });
});
