import { expect, test } from 'vitest';
import { endOfCooldown } from './cooldown.ts';

const HOUR_MS = 3_600_000;
const high = { ruleId: 'CGM-05', severity: 'warning', cooldownMs: 4 * HOUR_MS } as const;
const cleared = { ruleId: 'CGM-05', severity: 'warning', clearedAt: 1_000 } as const;

test('it begins when the rule was clear last', () => {
  expect(endOfCooldown([high], [{ ...cleared, clearedAt: 10 }, cleared, { ...cleared, clearedAt: 20 }])).toBe(
    1_000 + 4 * HOUR_MS,
  );
});

test('there is none after another rule, for a rule without one, or for what got worse', () => {
  expect(endOfCooldown([high], [{ ...cleared, ruleId: 'SMBG-03' }])).toBeUndefined();
  expect(endOfCooldown([{ ...high, cooldownMs: undefined }], [cleared])).toBeUndefined();
  expect(endOfCooldown([high], [{ ...cleared, severity: 'info' }])).toBeUndefined();
  expect(endOfCooldown([], [cleared])).toBeUndefined();
});

test('of several rules the first that is news counts', () => {
  const other = { ruleId: 'BP-03', severity: 'warning', cooldownMs: HOUR_MS } as const;
  expect(endOfCooldown([high, other], [cleared])).toBeUndefined();
  expect(endOfCooldown([high, other], [cleared, { ...cleared, ruleId: 'BP-03' }])).toBe(1_000 + HOUR_MS);
});
