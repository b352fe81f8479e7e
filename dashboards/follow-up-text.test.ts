import { expect, it } from 'vitest';
import { FOLLOW_UP_ACTIONS, FOLLOW_UP_REASONS } from '../domain/follow-up/follow-up.ts';
import { FOLLOW_UP_ACTION_NAMES, FOLLOW_UP_REASON_NAMES, followUpText } from './web/follow-up-text.ts';

it('the page has words for everything that a follow-up can ask for, and why', () => {
  expect(FOLLOW_UP_ACTIONS.filter((action) => !(action in FOLLOW_UP_ACTION_NAMES))).toEqual([]);
  expect(FOLLOW_UP_REASONS.filter((reason) => !(reason in FOLLOW_UP_REASON_NAMES))).toEqual([]);
});

it('a doctor reads by when, what and why, that it is for at once, and from the day after that it is overdue', () => {
  const referral = { action: 'refer', dueOn: '2026-03-28', reason: 'uncontrolled_again' } as const;
  expect(followUpText(referral, 'zh', '2026-03-28')).toBe('2026-03-28 · 转诊，2 周内随访转诊情况 · 连续两次控制不满意');
  expect(followUpText(referral, 'zh', '2026-03-29')).toMatch(/^2026-03-28（已逾期） · 转诊/);
  const emergency = { action: 'refer', dueOn: '2026-03-28', reason: 'emergency', atOnce: true } as const;
  expect(followUpText(emergency, 'en', '2026-04-01')).toBe(
    '2026-03-28 (overdue) · refer at once, and follow the referral up within 2 weeks · an emergency at the last visit',
  );
});
