// The words of a message, in each language it can be in, and those of the web page wherever it has one for the same. Data: what is said
// when, and in which order, stands in write-alert-text.ts.
import type { NotificationKind } from '../../domain/alerts/decide-notification.ts';
import type { Language } from '../../domain/language.ts';
import type { Condition, Direction, Severity } from '../../domain/rules/rule.ts';

export interface AlertWords {
  readonly product: string;
  /** Stands before everything else. */
  readonly test: string;
  readonly severity: Readonly<Record<Severity, string>>;
  readonly condition: Readonly<Record<Condition, Readonly<Record<Direction, string>>>>;
  readonly kind: Readonly<Record<NotificationKind, string>>;
  /** Instead of the kind, to whoever took it over. */
  readonly ownersReminder: string;
  readonly patient: string;
  readonly fileNumberEnd: (end: string) => string;
  /** Where the message doesn't say who it is. */
  readonly unnamedPatient: string;
  readonly details: string;
  /** By which a person sees that a message came twice. */
  readonly reference: string;
  /** So many alerts in one message, of which the worst is … */
  readonly several: (count: number, worst: string) => string;
  readonly andMore: (count: number) => string;
  readonly colon: string;
  readonly comma: string;
  readonly stop: string;
}

const always = (words: string): Readonly<Record<Direction, string>> => ({ low: words, high: words, none: words });

export const ALERT_WORDS: Readonly<Record<Language, AlertWords>> = {
  zh: {
    product: '脉守',
    test: '【测试】',
    severity: { info: '提示', warning: '警告', critical: '危急', emergency: '紧急' },
    condition: {
      glucose: { low: '低血糖', high: '高血糖', none: '血糖异常' },
      blood_pressure: { low: '低血压', high: '高血压', none: '血压异常' },
      device: always('设备异常'),
      data: always('数据中断'),
      adherence: always('未按计划测量'),
      trend: { low: '低血糖趋势', high: '控制变差', none: '趋势变化' },
      follow_up: always('需要随访'),
    },
    kind: {
      opened: '',
      changed: '有变化',
      reminder: '仍无人处理',
      cleared: '已恢复',
      closed: '已关闭',
      repeat_request: '请复测',
      handover: '交接班',
      incident: '设备大面积失联',
      verification: '验证码',
    },
    ownersReminder: '您接手的警报仍未有处理结果',
    patient: '患者',
    fileNumberEnd: (end) => `（档案号尾号${end}）`,
    unnamedPatient: '患者信息请登录后查看',
    details: '详情',
    reference: '编号',
    several: (count, worst) => `${count}条警报，最高级别${worst}`,
    andMore: (count) => `另有${count}条`,
    colon: '：',
    comma: '，',
    stop: '。',
  },
  en: {
    product: 'Pulseward',
    test: '[TEST] ',
    severity: { info: 'Info', warning: 'Warning', critical: 'Critical', emergency: 'Emergency' },
    condition: {
      glucose: { low: 'low glucose', high: 'high glucose', none: 'abnormal glucose' },
      blood_pressure: { low: 'low blood pressure', high: 'high blood pressure', none: 'abnormal blood pressure' },
      device: always('device problem'),
      data: always('no data'),
      adherence: always('not measured as planned'),
      trend: { low: 'a trend to lows', high: 'control getting worse', none: 'a changed trend' },
      follow_up: always('follow-up needed'),
    },
    kind: {
      opened: '',
      changed: 'changed',
      reminder: 'nobody owns it yet',
      cleared: 'recovered',
      closed: 'closed',
      repeat_request: 'please measure again',
      handover: 'handover',
      incident: 'many devices are silent',
      verification: 'verification code',
    },
    ownersReminder: 'you took it over and its outcome is still to be entered',
    patient: 'Patient',
    fileNumberEnd: (end) => ` (file number ends in ${end})`,
    unnamedPatient: 'Sign in to see the patient',
    details: 'Details',
    reference: 'Reference',
    several: (count, worst) => `${count} alerts, the worst: ${worst}`,
    andMore: (count) => `and ${count} more`,
    colon: ': ',
    comma: ', ',
    stop: '. ',
  },
};
