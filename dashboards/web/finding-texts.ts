// What a team has to mend in how it can be reached, a sentence each, Chinese and English.
import { policyText } from './team-texts.ts';
import type { AlertingFinding } from './team-wire.ts';
import { language, timeOf, words } from './texts.ts';

type Say = (finding: AlertingFinding, timeZone: string) => string;
type Sentences = Readonly<Record<AlertingFinding['kind'], Say>>;

const instant = (at: string | undefined, timeZone: string): string => (at === undefined ? '' : timeOf(at, timeZone));
const span = ({ from, to }: AlertingFinding, timeZone: string): string =>
  `${instant(from, timeZone)} – ${instant(to, timeZone)}`;
const channelOf = ({ channel = '' }: AlertingFinding) => words(channel);
const policyOf = ({ policy = '' }: AlertingFinding) => policyText(policy);
const placeOf = ({ step = 0 }: AlertingFinding) => step + 1;
const whyOf = ({ reason }: AlertingFinding) => (reason === undefined ? '' : words(reason));
const shiftsOf = ({ shifts = [] }: AlertingFinding) => shifts.map((shift) => shift + 1);

const zh: Sentences = {
  debug_mode: () => '处于调试模式：一切照常记录，但不发送任何通知',
  no_members: () => '团队没有成员：警报无人可通知',
  nobody_beyond_the_app: () => '除页面外，没有任何成员可以被通知到：请为成员登记联系方式',
  no_lead: () => '团队没有负责人：通知负责人的步骤改为通知全体成员',
  member_without_channel: ({ name = '某成员' }) => `${name}没有可用的联系方式（页面除外）`,
  only_unconfirmed_push: ({ name = '某成员' }) =>
    `${name}只登记了浏览器推送，无法确认能收到：请再登记一个短信、邮箱或其他联系方式`,
  unverified_contact: (finding) => `${finding.name ?? '某成员'}的联系方式尚未验证：${channelOf(finding)}`,
  unknown_channel: (finding) => `${finding.name ?? '某成员'}的联系方式在此无法使用：${channelOf(finding)}`,
  dead_contact: (finding) =>
    `${finding.name ?? '某成员'}的联系方式最近一次发送失败，此后没有送达：${channelOf(finding)}，请核对后发送测试警报`,
  step_reaches_nobody: (finding) =>
    `“${policyOf(finding)}”第 ${placeOf(finding)} 步目前通知不到任何人：${whyOf(finding)}`,
  urgent_comes_late: (finding) =>
    finding.step === undefined
      ? `“${policyOf(finding)}”没有通知团队的步骤，紧急警报只会通知患者或照护人：请修改`
      : `“${policyOf(finding)}”到第 ${placeOf(finding)} 步才通知团队，紧急警报须在 15 分钟内通知：请修改`,
  gap: (finding, zone) => `${span(finding, zone)} 无人值班（${words(finding.cause ?? 'no_shift')}）`,
  nobody_reachable: (finding, zone) => `${span(finding, zone)} 值班人员都无法被通知到`,
  overlap: (finding, zone) =>
    `第 ${shiftsOf(finding).join('、')} 班同层重叠，首次为 ${span(finding, zone)}，共 ${finding.count ?? 1} 次`,
  member_left: ({ from }, zone) => `${instant(from, zone)} 起值班的一名成员已离开团队`,
  holidays_unknown: ({ year = 0 }) => `${year} 年的节假日安排尚未公布，暂按周一至周五为工作日`,
  shift_unusable: (finding) => `第 ${shiftsOf(finding).join('、')} 班无法识别：请重新保存排班`,
};

const en: Sentences = {
  debug_mode: () => 'Debug mode: everything is recorded as ever, and nothing is sent',
  no_members: () => 'The team has no members: there is nobody to tell',
  nobody_beyond_the_app: () => 'Nobody of the team can be told beyond this page: give members a contact',
  no_lead: () => 'The team has no lead: steps for the lead go to every member',
  member_without_channel: ({ name = 'A member' }) => `${name} has no contact that works beside this page`,
  only_unconfirmed_push: ({ name = 'A member' }) =>
    `${name} has only a browser’s push, which nobody has confirmed to arrive: add an SMS, e-mail or other contact`,
  unverified_contact: (finding) =>
    `${finding.name ?? 'A member'} has a contact that is not verified: ${channelOf(finding)}`,
  unknown_channel: (finding) =>
    `${finding.name ?? 'A member'} has a contact that is of no use here: ${channelOf(finding)}`,
  dead_contact: (finding) =>
    `${finding.name ?? 'A member'} has a contact whose last message failed, and none has arrived since: ${channelOf(finding)}. Correct it, then send a test alert`,
  step_reaches_nobody: (finding) =>
    `Step ${placeOf(finding)} of “${policyOf(finding)}” reaches nobody now: ${whyOf(finding)}`,
  urgent_comes_late: (finding) =>
    finding.step === undefined
      ? `“${policyOf(finding)}” is for urgent alerts and names nobody of the team: add a step`
      : `“${policyOf(finding)}” is for urgent alerts and comes to the team with step ${placeOf(finding)}, after more than 15 minutes: let it come sooner`,
  gap: (finding, zone) => `Nobody is on call ${span(finding, zone)} (${words(finding.cause ?? 'no_shift')})`,
  nobody_reachable: (finding, zone) => `Nobody who is on call can be reached ${span(finding, zone)}`,
  overlap: (finding, zone) =>
    `Shifts ${shiftsOf(finding).join(' and ')} of one layer overlap, first ${span(finding, zone)}, ${finding.count ?? 1} times`,
  member_left: ({ from }, zone) => `On call from ${instant(from, zone)} is a member who has left`,
  holidays_unknown: ({ year = 0 }) =>
    `Public holidays of ${year} aren’t published yet: Monday to Friday are taken as workdays`,
  shift_unusable: (finding) => `Shift ${shiftsOf(finding).join(', ')} can’t be read: save the schedule again`,
};

const SENTENCES = language === 'zh' ? zh : en;

export const findingText: Say = (finding, timeZone) =>
  SENTENCES[finding.kind]?.(finding, timeZone) ?? words(finding.kind);
