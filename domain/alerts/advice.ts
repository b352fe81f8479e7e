// What a patient, or who looks after them, is asked to do about an alert: plain first aid, never treatment. Which words say it stands with
// the texts.
import type { Condition, Direction, Severity } from '../rules/rule.ts';
import type { NotificationKind } from './decide-notification.ts';
import { isUrgent } from './severity-order.ts';

/** After sugar was taken. */
export const RECHECK_LOW_AFTER_MIN = 15;
/** BP-01: ask to repeat. */
export const REST_BEFORE_REPEAT_MIN = 5;
/** Ambulance in mainland China. */
export const AMBULANCE = '120';

/**
 * Sources: ADA, Standards of Care in Diabetes 2025, section 6, Diabetes Care 48 Suppl 1:S128 (doi 10.2337/dc25-S006), 国家基层糖尿病防治管理指南
 * 2022 (低血糖诊治流程) and KDA 2024 (doi 10.4093/dmj.2024.0249): who is conscious takes fast sugar, measures again after 15 minutes and takes it
 * again while still low; who is not is given nothing by mouth and needs help at once. The grams (15 to 20, and 5 to 10 with automated
 * insulin) are left to the team. The repeat of a blood pressure: clinical.md §7, BP-01; its danger signs: BP-02.
 */
export const ADVICE = [
  'sugar_now',
  'check_low',
  'check_high',
  'rest_pressure',
  'measure_again',
  'check_transfer',
  'check_device',
  'measure_as_planned',
  'ask_team',
] as const;
export type Advice = (typeof ADVICE)[number];

export interface AdviceQuestion {
  readonly kind: NotificationKind;
  readonly severity: Severity;
  readonly condition?: Condition | undefined;
  readonly direction?: Direction | undefined;
}

export function adviceFor({ kind, severity, condition, direction }: AdviceQuestion): Advice {
  if (kind === 'repeat_request') return 'measure_again';
  switch (condition) {
    case 'glucose':
      if (direction === 'high') return 'check_high';
      return direction === 'low' && isUrgent(severity) ? 'sugar_now' : 'check_low';
    case 'blood_pressure':
      return direction === 'high' ? 'rest_pressure' : 'ask_team';
    // What has not arrived: DATA-01, DATA-05.
    case 'data':
      return 'check_transfer';
    // A sensor's fault, pairs that differ, a clock: which of them the message doesn't know.
    case 'device':
      return 'check_device';
    case 'adherence':
      return 'measure_as_planned';
    default:
      return 'ask_team';
  }
}
