// The catalogue of scenarios: what a simulated person's body does, and what happens to the readings on their way.
import type { GlucoseTraits } from './glucose-trace.ts';
import type { PressureTraits } from './pressure-trace.ts';

export const SCENARIO_NAMES = [
  'steady',
  'nocturnal_low',
  'high_after_meals',
  'bp_crisis',
  'dropout',
  'duplicates',
  'out_of_order',
  'malformed',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** How a device treats its readings; shares are of readings. */
export interface DeliveryTraits {
  /** Sent a second time, unchanged. */
  readonly duplicateShare: number;
  /** Held back and sent after up to six later ones. */
  readonly heldBackShare: number;
  /** Accompanied by a message that can't be accepted. */
  readonly malformedShare: number;
  /** Off the network for about an hour in every three, by simulated time; the connection is cut, not closed. */
  readonly dropsOut: boolean;
}

export interface Scenario {
  /** For `--help`. */
  readonly description: string;
  readonly glucose: GlucoseTraits;
  readonly pressure: PressureTraits;
  readonly delivery: DeliveryTraits;
}

const steady: Scenario = {
  description: 'meals, dawn, treated blood pressure; nothing special',
  glucose: { baseMgPerDl: [98, 125], mealRiseMgPerDl: [30, 60], mealStretch: 1, nocturnalLowShare: 0 },
  pressure: { systolicMmHg: [118, 132], diastolicMmHg: [72, 82], crisisShare: 0 },
  delivery: { duplicateShare: 0, heldBackShare: 0, malformedShare: 0, dropsOut: false },
};

const delivering = (description: string, delivery: Partial<DeliveryTraits>): Scenario => ({
  ...steady,
  description,
  delivery: { ...steady.delivery, ...delivery },
});

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  steady,
  nocturnal_low: {
    ...steady,
    description: 'a low in about half of all nights',
    glucose: { ...steady.glucose, baseMgPerDl: [92, 112], nocturnalLowShare: 0.5 },
  },
  high_after_meals: {
    ...steady,
    description: 'long high hours after every meal, blood pressure above target',
    glucose: { baseMgPerDl: [140, 170], mealRiseMgPerDl: [110, 150], mealStretch: 1.5, nocturnalLowShare: 0 },
    pressure: { systolicMmHg: [138, 152], diastolicMmHg: [84, 94], crisisShare: 0 },
  },
  bp_crisis: {
    ...steady,
    description: 'a hypertensive crisis in about every fifth session',
    pressure: { systolicMmHg: [142, 156], diastolicMmHg: [86, 94], crisisShare: 0.2 },
  },
  dropout: delivering('offline for an hour in every three, then a backlog in arrays', { dropsOut: true }),
  duplicates: delivering('every tenth reading is sent twice', { duplicateShare: 0.1 }),
  out_of_order: delivering('every tenth reading arrives after later ones', { heldBackShare: 0.1 }),
  malformed: delivering('a broken message beside every twentieth reading', { malformedShare: 0.05 }),
};

/** `mix` deals the scenarios out in turn. */
export function scenarioFor(chosen: ScenarioName | 'mix', index: number): ScenarioName {
  return chosen === 'mix' ? (SCENARIO_NAMES[index % SCENARIO_NAMES.length] ?? 'steady') : chosen;
}
