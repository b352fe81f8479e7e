// What is to be done next with a patient who is followed up, in words (clinical.md §6). A code that is missing here is shown as it is.
import type { FollowUp } from './wire.ts';

interface Words {
  readonly zh: string;
  readonly en: string;
}

/** `at_once`: of an action that is asked for at once. */
export const FOLLOW_UP_ACTION_NAMES: Readonly<Record<string, Words>> = {
  routine: { zh: '常规随访', en: 'routine visit' },
  recheck: { zh: '2 周内再次随访', en: 'see again within 2 weeks' },
  refer: { zh: '转诊，2 周内随访转诊情况', en: 'refer, and follow the referral up within 2 weeks' },
  at_once: { zh: '立即转诊，2 周内随访转诊情况', en: 'refer at once, and follow the referral up within 2 weeks' },
};

export const FOLLOW_UP_REASON_NAMES: Readonly<Record<string, Words>> = {
  emergency: { zh: '随访时有紧急情况', en: 'an emergency at the last visit' },
  new_complication: { zh: '出现新的并发症或原有并发症加重', en: 'a new or worse complication' },
  uncontrolled_again: { zh: '连续两次控制不满意', en: 'uncontrolled at two visits running' },
  uncontrolled: { zh: '控制不满意', en: 'uncontrolled at the last visit' },
  drug_reaction: { zh: '出现药物不良反应', en: 'a drug reaction' },
  telemetry: { zh: '居家测量控制不满意', en: 'uncontrolled by measurements at home' },
  quarterly: { zh: '每年 4 次', en: 'four visits a year' },
  plan: { zh: '按患者计划', en: 'as planned with the patient' },
  never_seen: { zh: '登记后尚未随访', en: 'not seen since registration' },
};

/** @param today local day of the patient, YYYY-MM-DD; absent: it isn't said whether it is overdue */
export function followUpText(
  { action, dueOn, reason, atOnce }: FollowUp,
  language: keyof Words,
  today?: string,
): string {
  const overdue = today !== undefined && dueOn < today ? { zh: '（已逾期）', en: ' (overdue)' }[language] : '';
  const what = atOnce ? 'at_once' : action;
  return [
    `${dueOn}${overdue}`,
    FOLLOW_UP_ACTION_NAMES[what]?.[language] ?? what,
    FOLLOW_UP_REASON_NAMES[reason]?.[language] ?? reason,
  ].join(' · ');
}
