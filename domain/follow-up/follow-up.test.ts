import { expect, it } from 'vitest';
import { type FollowUp, isSameFollowUp } from './follow-up.ts';

it('what is to be done is the same while action, day, reason and urgency are', () => {
  const recheck: FollowUp = { action: 'recheck', dueOn: '2026-03-15', reason: 'uncontrolled' };
  expect(isSameFollowUp(recheck, { ...recheck })).toBe(true);
  expect(isSameFollowUp(undefined, undefined)).toBe(true);
  expect(isSameFollowUp(recheck, undefined)).toBe(false);
  expect(isSameFollowUp(undefined, recheck)).toBe(false);
  const others: readonly Partial<FollowUp>[] = [
    { action: 'refer' },
    { dueOn: '2026-03-16' },
    { reason: 'drug_reaction' },
    { atOnce: true },
  ];
  for (const other of others) expect(isSameFollowUp(recheck, { ...recheck, ...other })).toBe(false);
});
