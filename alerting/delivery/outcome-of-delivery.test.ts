import { expect, test } from 'vitest';
import type { Settlement } from '../../storage/alerts/notification-claims.ts';
import { isInVain } from './outcome-of-delivery.ts';

test.each<[string, Settlement, boolean]>([
  ['a contact that failed for good', { status: 'failed', failure: 'http_404', perhapsArrived: false }, true],
  ['one that is removed', { status: 'skipped', failure: 'contact_removed' }, true],
  ['a consent withdrawn', { status: 'skipped', failure: 'consent_withdrawn' }, true],
  ['a way that was taken out of the set-up', { status: 'skipped', failure: 'unknown_channel' }, true],
  ['an alert that is over: nobody has to be told', { status: 'skipped', failure: 'cleared' }, false],
])('somebody else is tried at once, or not: %s', (_, settlement, inVain) => {
  expect(isInVain(settlement)).toBe(inVain);
});
