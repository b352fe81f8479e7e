// Who lives in the demo: fifty characters of classic novels, so that nobody takes them for patients. Ordered by how much there is to see,
// because the first ones are registered and back-filled first.
import type { NewPatient } from '../api-client.ts';
import type { SensorKind } from '../fleet/virtual-person.ts';
import type { ScenarioName } from '../traces/scenarios.ts';

export interface DemoPerson extends Omit<NewPatient, 'teamId'> {
  /** Which of DEMO_TEAMS. */
  readonly team: 0 | 1;
  readonly kinds: readonly SensorKind[];
  readonly scenario: ScenarioName;
  readonly glucoseUnit: 'mg/dL' | 'mmol/L';
  readonly treatments: readonly { readonly class: string; readonly name: string }[];
}

export const DEMO_TEAMS = [
  {
    name: '花果山家庭医生团队',
    doctor: { username: 'doctor1', name: '太上老君' },
    others: [
      { name: '嫦娥', role: 'nurse' },
      { name: '土地公', role: 'village_worker' },
    ],
  },
  {
    name: '大观园家庭医生团队',
    doctor: { username: 'doctor2', name: '跛足道人' },
    others: [
      { name: '麻姑', role: 'nurse' },
      { name: '警幻仙子', role: 'public_health' },
    ],
  },
] as const;

/** Journey to the West for the first team, Dream of the Red Chamber for the second; ♀ marks women. */
const NAMES = [
  '孙悟空 猪八戒 铁扇公主♀ 牛魔王 沙悟净 红孩儿 白骨精♀ 玉兔精♀ 黄袍怪 镇元子 六耳猕猴 金角大王 银角大王 黑熊精 蜘蛛精♀ 蝎子精♀ 青牛精 灵感大王 玉面公主♀ 赛太岁 奎木狼 小白龙 九头虫 杏仙♀ 独角兕',
  '贾宝玉 林黛玉♀ 王熙凤♀ 薛宝钗♀ 史湘云♀ 刘姥姥♀ 贾政 贾琏 贾探春♀ 贾迎春♀ 贾惜春♀ 妙玉♀ 李纨♀ 晴雯♀ 袭人♀ 平儿♀ 鸳鸯♀ 紫鹃♀ 香菱♀ 薛蟠 贾环 贾雨村 甄士隐 尤三姐♀ 柳湘莲',
].map((names) => names.split(' '));

/** The first of each kind come first; whoever follows is mostly steady. */
const FIRST: readonly ScenarioName[] = [
  'nocturnal_low',
  'bp_crisis',
  'high_after_meals',
  'nocturnal_low',
  'high_after_meals',
  'bp_crisis',
  'dropout',
  'duplicates',
  'out_of_order',
  'malformed',
];
const LATER: readonly ScenarioName[] = [
  'steady',
  'steady',
  'high_after_meals',
  'steady',
  'nocturnal_low',
  'steady',
  'bp_crisis',
];

const KINDS: readonly (readonly SensorKind[])[] = [
  ['cgm', 'bp_monitor'],
  ['cgm', 'bp_monitor'],
  ['cgm', 'glucometer', 'bp_monitor'],
  ['glucometer', 'bp_monitor'],
  ['glucometer', 'bp_monitor'],
];

export const DEMO_PEOPLE: readonly DemoPerson[] = Array.from({ length: 50 }, (_, index) => {
  const team = index % 2 === 0 ? 0 : 1;
  const marked = NAMES[team]![Math.floor(index / 2)]!;
  const scenario = FIRST[index] ?? LATER[index % LATER.length]!;
  const isOld = index % 3 === 0;
  return {
    name: marked.replace('♀', ''),
    sex: marked.endsWith('♀') ? 'female' : 'male',
    birthDate: `${(isOld ? 1944 : 1962) + (index % 15)}-${String(1 + ((index * 5) % 12)).padStart(2, '0')}-${String(1 + ((index * 11) % 28)).padStart(2, '0')}`,
    conditions: ['type_2_diabetes', 'hypertension'],
    timeZone: 'Asia/Shanghai',
    riskGroup: isOld ? 'older_high_risk' : 'standard',
    team,
    // The interesting ones wear a sensor in any case.
    kinds: KINDS[index < FIRST.length ? index % 3 : index % KINDS.length]!,
    scenario,
    glucoseUnit: index % 4 === 3 ? 'mg/dL' : 'mmol/L',
    treatments: [
      { class: 'metformin', name: '二甲双胍' },
      ...(scenario === 'nocturnal_low' ? [{ class: 'insulin', name: '甘精胰岛素' }] : []),
    ],
  };
});
