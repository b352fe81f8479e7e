// The sentences of a team's page and of an alert's escalation, Chinese and English.
import type { Target } from './team-wire.ts';
import { knownWords, language, words } from './texts.ts';

const zh = {
  tab: '团队',
  noTeams: '还没有团队',
  onCall: '值班',
  onCallNow: '现在值班',
  until: (time: string) => `至 ${time}`,
  next: '接班',
  nobody: '无人值班',
  everyMember: '没有排班：通知团队全体成员',
  handover: '交接',
  summary: (alerts: number, urgent: number, unowned: number) =>
    `未结 ${alerts} 条，紧急或危急 ${urgent} 条，其中无人接手 ${unowned} 条`,
  nothingOpen: '没有未结警报',
  justNow: '刚刚',
  withRole: (name: string, role: string) => `${name}（${role}）`,
  openFor: (time: string) => `已 ${time}`,
  ownedBy: (name: string) => `${name} 处理中`,
  thenAt: (time: string, what: string) => `${time} ${what}`,
  othersInInbox: (count: number) => `其余 ${count} 条见警报栏`,
  snoozesEnding: '本班内暂缓到期',
  watch: '需关注患者',
  sinceShift: (time: string) => `自 ${time} 以来`,
  opened: '新警报',
  urgent: '紧急或危急',
  acknowledged: '已接手',
  resolved: '已结案',
  closedThemselves: '自行恢复',
  expired: '过期未复核',
  retrospective: '补录',
  figures: '警报统计',
  lastDays: (days: number) => `最近 ${days} 天`,
  period: '时间范围',
  noFigures: '这段时间没有警报',
  alerts: '警报',
  perPatientWeek: '每患者每周',
  perShift: '每班',
  toAcknowledge: '接手用时（中位数）',
  toResolve: '结案用时（中位数）',
  p90: '90%',
  useful: '有用的警报',
  messagesPerAlert: '每条警报的通知数',
  escalated: '升级比例',
  neverTaken: '无人接手',
  stillOpen: '仍未结案',
  bySeverity: '级别',
  byRule: '规则',
  byMember: '成员',
  taken: '接手',
  somebodyElse: '团队以外',
  onlyYou: '仅显示您自己的数据',
  apart: (tests: number, retrospective: number) => `另有测试 ${tests} 条、补录 ${retrospective} 条，不计入`,
  alertingProblems: '通知设置有待处理的问题',
  incidents: '设备事件',
  noIncidents: '没有设备事件',
  lasting: '持续中',
  escalation: '通知升级',
  atOnce: '立即',
  afterMin: (minutes: number) => `${minutes} 分钟后`,
  stepNext: (time: string) => `将于 ${time} 执行`,
  stepNotNeeded: '未执行',
  nobodyFurther: '没有其他可用的联系方式',
  delivered: (count: number) => `送达 ${count}`,
  failed: (count: number) => `失败 ${count}`,
  onTheWay: (count: number) => `发送中 ${count}`,
  skipped: (whom: string, why: string) => `跳过${whom}：${why}`,
  outcomeDue: (time: string) => `请在 ${time} 前填写处理结果`,
  outcomeBy: (time: string) => `${time} 前填写结果`,
  outcomeDueOthers: (time: string) => `接手人须在 ${time} 前填写处理结果`,
  lapses: (time: string) => `尚未填写处理结果，${time} 起将重新待处理`,
  minutes: (count: number) => `${count} 分钟`,
  seconds: (count: number) => `${count} 秒`,
  hours: (count: number) => `${count} 小时`,
  days: (count: number) => `${count} 天`,
};

type Texts = {
  readonly [Name in keyof typeof zh]: (typeof zh)[Name] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : string;
};

const en: Texts = {
  tab: 'Team',
  noTeams: 'No teams yet',
  onCall: 'On call',
  onCallNow: 'Now',
  until: (time) => `until ${time}`,
  next: 'Next',
  nobody: 'nobody',
  everyMember: 'No schedule: every member is told',
  handover: 'Handover',
  summary: (alerts, urgent, unowned) => `${alerts} open, ${urgent} urgent, ${unowned} of them without an owner`,
  nothingOpen: 'Nothing is open',
  justNow: 'just now',
  withRole: (name, role) => `${name} (${role})`,
  openFor: (time) => `for ${time}`,
  ownedBy: (name) => `${name} handles it`,
  thenAt: (time, what) => `${time} ${what}`,
  othersInInbox: (count) => `${count} more under Alerts`,
  snoozesEnding: 'Put off until within this shift',
  watch: 'Patients to watch',
  sinceShift: (time) => `Since ${time}`,
  opened: 'New alerts',
  urgent: 'Urgent',
  acknowledged: 'Taken over',
  resolved: 'Resolved',
  closedThemselves: 'Over by themselves',
  expired: 'Expired',
  retrospective: 'In hindsight',
  figures: 'Figures',
  lastDays: (days) => `Last ${days} days`,
  period: 'Period',
  noFigures: 'No alerts in this time',
  alerts: 'Alerts',
  perPatientWeek: 'per patient and week',
  perShift: 'per shift',
  toAcknowledge: 'Time to take over (median)',
  toResolve: 'Time to resolve (median)',
  p90: '90 %',
  useful: 'Worth it',
  messagesPerAlert: 'Messages per alert',
  escalated: 'Escalated',
  neverTaken: 'Taken by nobody',
  stillOpen: 'Still open',
  bySeverity: 'Severity',
  byRule: 'Rule',
  byMember: 'Member',
  taken: 'Taken over',
  somebodyElse: 'from outside the team',
  onlyYou: 'Only your own are shown',
  apart: (tests, retrospective) => `Not counted: ${tests} tests, ${retrospective} in hindsight`,
  alertingProblems: 'To be mended, so that alerts reach the team',
  incidents: 'Incidents',
  noIncidents: 'No incidents',
  lasting: 'lasts',
  escalation: 'Escalation',
  atOnce: 'At once',
  afterMin: (minutes) => `After ${minutes} min`,
  stepNext: (time) => `at ${time}`,
  stepNotNeeded: 'not taken',
  nobodyFurther: 'no further contact to tell',
  delivered: (count) => `${count} delivered`,
  failed: (count) => `${count} failed`,
  onTheWay: (count) => `${count} on the way`,
  skipped: (whom, why) => `not ${whom}: ${why}`,
  outcomeDue: (time) => `Say what it led to by ${time}`,
  outcomeBy: (time) => `outcome by ${time}`,
  outcomeDueOthers: (time) => `Its owner has to say by ${time} what it led to`,
  lapses: (time) => `No outcome yet: it is open again at ${time}`,
  minutes: (count) => `${count} min`,
  seconds: (count) => `${count} s`,
  hours: (count) => `${count} h`,
  days: (count) => `${count} d`,
};

export const tm: Texts = language === 'zh' ? zh : en;

const S_PER_MIN = 60;
const S_PER_HOUR = 3_600;
const S_PER_DAY = 86_400;

/** A length of time in its two largest units, e.g. `1 h 20 min`. */
export function durationText(seconds: number): string {
  if (seconds < S_PER_MIN) return tm.seconds(Math.round(seconds));
  if (seconds < S_PER_HOUR) return tm.minutes(Math.round(seconds / S_PER_MIN));
  const hours = Math.floor((seconds % S_PER_DAY) / S_PER_HOUR);
  const parts =
    seconds < S_PER_DAY
      ? [tm.hours(hours), tm.minutes(Math.floor((seconds % S_PER_HOUR) / S_PER_MIN))]
      : [tm.days(Math.floor(seconds / S_PER_DAY)), tm.hours(hours)];
  return parts.join(' ');
}

/** A policy of a team's own has the name that the team gave it. */
export const policyText = (policy: string): string => knownWords(`policy_${policy}`) ?? policy;

/** Whom a step of an escalation is for. */
export function targetText({ kind, role }: Target): string {
  return role === undefined ? words(`target_${kind}`) : words(`role_${role}`);
}
