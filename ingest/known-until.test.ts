import { describe, expect, test } from 'vitest';
import { KnownUntil } from './known-until.ts';

const MINUTE_MS = 60_000;

test('in normal running everything is known up to the last look at the journal', () => {
  const known = new KnownUntil();
  known.read(1_000, 1_000);
  expect(known.at).toBe(1_000);
  // A batch that lies behind.
  known.read(900, 2_000);
  expect(known.at).toBe(900);
});

describe('after an outage', () => {
  function away(forMs: number): KnownUntil {
    const known = new KnownUntil();
    known.read(1_000, 1_000);
    for (let at = 1_500; at <= 1_000 + forMs; at += 500) known.wasAway(at);
    return known;
  }

  test.each([2_000, 20 * MINUTE_MS])(
    'of %i ms an empty journal says nothing for a few seconds: brokers hold messages back',
    (forMs) => {
      const known = away(forMs);
      const back = 1_000 + forMs + 500;
      known.read(back, back);
      expect(known.at).toBe(1_000);
      known.read(back + 3_000, back + 3_000);
      expect(known.at).toBe(1_000);
      known.read(back + 6_000, back + 6_000);
      expect(known.at).toBe(back + 6_000);
    },
  );

  test('what is caught up with counts as far as it goes', () => {
    const known = away(2_000);
    known.read(500, 3_500);
    expect(known.at).toBe(500);
  });

  test('that begins again and again, deadlines are not put off for longer than a minute', () => {
    const known = away(2_000);
    let at = 3_500;
    for (; at < 3_500 + MINUTE_MS; at += 2_000) {
      known.read(at, at);
      expect(known.at).toBe(1_000);
      known.wasAway(at + 1_000);
    }
    known.read(at + 1_000, at + 1_000);
    expect(known.at).toBe(at + 1_000);
  });

  test('in which the role was started, nothing of it is known', () => {
    const known = new KnownUntil();
    known.wasAway(5_000);
    known.read(6_000, 6_000);
    expect(known.at).toBe(5_000);
    known.read(11_000, 11_000);
    expect(known.at).toBe(11_000);
  });
});
