// The glucose of one simulated person as a pure function of time: meals, dawn, slow drift, sensor noise, and lows and highs on order.
// Plausible to look at and within physiological rates of change; a data generator, not a physiological model.
import { HOUR_MS, localDayOf, MINUTE_MS, startOfLocalDay } from './local-day.ts';
import { type Meal, mealResponse, mealsOf } from './meals.ts';
import { between, createRandom, randomAt, seedFrom } from './random.ts';
import { smoothNoise } from './smooth-noise.ts';

export interface GlucoseTraits {
  /** Between meals, mg/dL: drawn from this range for each person. */
  readonly baseMgPerDl: readonly [number, number];
  /** Peak rise of a usual meal, mg/dL. */
  readonly mealRiseMgPerDl: readonly [number, number];
  /** How much longer than usual a meal works. */
  readonly mealStretch: number;
  /** Share of nights with a low. */
  readonly nocturnalLowShare: number;
}

/** Glucose is led to a level, held there and let go: how a scenario makes sure that something happens. */
export interface Excursion {
  /** Held from here to `to`, epoch ms; the way there and back takes `rampMs` before and after. */
  readonly from: number;
  readonly to: number;
  readonly rampMs: number;
  readonly mgPerDl: number;
}

export interface GlucosePerson {
  readonly seed: number;
  readonly offsetMs: number;
  readonly traits: GlucoseTraits;
  readonly excursions?: readonly Excursion[];
}

/** mg/dL at an instant, unrounded. */
export type GlucoseTrace = (at: number) => number;

const FLOOR_MG_PER_DL = 30;
const DRIFT = { periodMs: 5 * HOUR_MS, mgPerDl: 12 };
const WANDER = { periodMs: 45 * MINUTE_MS, mgPerDl: 6 };
const SENSOR_NOISE = { periodMs: 7 * MINUTE_MS, mgPerDl: 2.2 };

export function createGlucoseTrace({ seed, offsetMs, traits, excursions = [] }: GlucosePerson): GlucoseTrace {
  const random = createRandom(seedFrom(seed, 'person'));
  const base = between(random, ...traits.baseMgPerDl);
  const mealRise = between(random, ...traits.mealRiseMgPerDl);
  const dawnRise = between(random, 8, 22);
  const noise = { drift: seedFrom(seed, 'drift'), wander: seedFrom(seed, 'wander'), sensor: seedFrom(seed, 'sensor') };
  const planOf = createDayPlans(seed, offsetMs, traits);

  return (at) => {
    const day = localDayOf(at, offsetMs);
    const sinceMidnight = at - startOfLocalDay(day, offsetMs);
    const today = planOf(day);
    const yesterday = planOf(day - 1);
    const eaten =
      rise(today.meals, sinceMidnight, traits.mealStretch) +
      rise(yesterday.meals, sinceMidnight + 24 * HOUR_MS, traits.mealStretch);
    let mgPerDl =
      base +
      mealRise * eaten +
      dawnRise * dawn(sinceMidnight) +
      DRIFT.mgPerDl * smoothNoise(noise.drift, at, DRIFT.periodMs) +
      WANDER.mgPerDl * smoothNoise(noise.wander, at, WANDER.periodMs);
    if (today.low) mgPerDl = led(mgPerDl, at, today.low);
    for (const excursion of excursions) mgPerDl = led(mgPerDl, at, excursion);
    // Last, so that a person held at a level still doesn't show a flat line.
    mgPerDl += SENSOR_NOISE.mgPerDl * smoothNoise(noise.sensor, at, SENSOR_NOISE.periodMs);
    return Math.max(FLOOR_MG_PER_DL, mgPerDl);
  };
}

interface DayPlan {
  readonly meals: readonly Meal[];
  readonly low: Excursion | undefined;
}

/** The last few days' plans are kept: a trace is mostly asked for neighbouring instants. */
function createDayPlans(seed: number, offsetMs: number, traits: GlucoseTraits): (day: number) => DayPlan {
  const kept = new Map<number, DayPlan>();
  return (day) => {
    const known = kept.get(day);
    if (known) return known;
    if (kept.size >= 3) kept.clear();
    const plan = { meals: mealsOf(seed, day), low: nocturnalLow(seed, day, offsetMs, traits.nocturnalLowShare) };
    kept.set(day, plan);
    return plan;
  };
}

function nocturnalLow(seed: number, day: number, offsetMs: number, share: number): Excursion | undefined {
  if (randomAt(seedFrom(seed, 'nights'), day) >= share) return undefined;
  const random = createRandom(seedFrom(seed, 'nocturnal low', day));
  const from = startOfLocalDay(day, offsetMs) + between(random, 1.5, 3.5) * HOUR_MS;
  const to = from + between(random, 25, 60) * MINUTE_MS;
  return { from, to, rampMs: 50 * MINUTE_MS, mgPerDl: between(random, 42, 50) };
}

function rise(meals: readonly Meal[], sinceMidnightMs: number, stretch: number): number {
  let sum = 0;
  for (const meal of meals) sum += meal.size * mealResponse(sinceMidnightMs - meal.atMs, meal.peakAfterMs * stretch);
  return sum;
}

/** 0 to 1: rises from 04:00 local, full at 07:00, gone at 10:00. */
function dawn(sinceMidnightMs: number): number {
  const fromPeakHours = Math.abs(sinceMidnightMs / HOUR_MS - 7);
  return fromPeakHours >= 3 ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * fromPeakHours) / 3);
}

function led(mgPerDl: number, at: number, { from, to, rampMs, mgPerDl: target }: Excursion): number {
  const outside = Math.max(from - at, at - to, 0);
  if (outside >= rampMs) return mgPerDl;
  const x = 1 - outside / rampMs;
  const weight = x * x * (3 - 2 * x);
  return mgPerDl + (target - mgPerDl) * weight;
}
