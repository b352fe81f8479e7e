// Home blood pressure of one simulated person: a morning and an evening session a day, two readings one minute apart.
import { HOUR_MS, localDayOf, MINUTE_MS, startOfLocalDay } from './local-day.ts';
import { bell, between, createRandom, type Random, randomAt, seedFrom } from './random.ts';

export interface PressureTraits {
  /** Person's usual level, mmHg: drawn from these ranges. */
  readonly systolicMmHg: readonly [number, number];
  readonly diastolicMmHg: readonly [number, number];
  /** Share of sessions with a crisis. */
  readonly crisisShare: number;
}

export interface PressurePerson {
  readonly seed: number;
  readonly offsetMs: number;
  readonly traits: PressureTraits;
  /** Sessions beside the daily ones. */
  readonly extraSessions?: readonly ExtraSession[];
}

export interface ExtraSession {
  /** Of the first reading, epoch ms. */
  readonly at: number;
  readonly crisis: boolean;
}

export interface PressureMeasurement {
  /** Epoch ms, whole seconds. */
  readonly at: number;
  readonly systolicMmHg: number;
  readonly diastolicMmHg: number;
  readonly pulsePerMin: number;
}

/** The measurements with `from` ≤ at < `to` (epoch ms), in time order. */
export type PressureTrace = (from: number, to: number) => readonly PressureMeasurement[];

const SESSIONS = [
  { name: 'morning', atHours: 6.8, systolicRise: 5, diastolicRise: 3 },
  { name: 'evening', atHours: 20, systolicRise: -2, diastolicRise: -1 },
] as const;
type Shift = { readonly systolicRise: number; readonly diastolicRise: number };
const NO_SHIFT: Shift = { systolicRise: 0, diastolicRise: 0 };
const KEPT_SHARE = 0.93;
const SECOND_READING_AFTER_MS = MINUTE_MS;

export function createPressureTrace({ seed, offsetMs, traits, extraSessions = [] }: PressurePerson): PressureTrace {
  const random = createRandom(seedFrom(seed, 'pressure'));
  const usual = {
    systolicMmHg: between(random, ...traits.systolicMmHg),
    diastolicMmHg: between(random, ...traits.diastolicMmHg),
    pulsePerMin: between(random, 62, 82),
  };

  const sessionAt = (start: number, crisis: boolean, shift: Shift, drawn: Random) => {
    if (crisis) return twoReadings(start, crisisLevel(usual.pulsePerMin, drawn), drawn);
    const mood = bell(drawn);
    const level = {
      systolicMmHg: usual.systolicMmHg + shift.systolicRise + 6 * mood,
      diastolicMmHg: usual.diastolicMmHg + shift.diastolicRise + 3.5 * mood,
      pulsePerMin: usual.pulsePerMin,
    };
    return twoReadings(start, level, drawn);
  };

  const daily = (day: number): readonly PressureMeasurement[] =>
    SESSIONS.flatMap(({ name, atHours, ...shift }) => {
      const drawn = createRandom(seedFrom(seed, name, day));
      if (drawn() >= KEPT_SHARE) return [];
      const start = startOfLocalDay(day, offsetMs) + atHours * HOUR_MS + bell(drawn) * 25 * MINUTE_MS;
      const crisis = randomAt(seedFrom(seed, 'crises', name), day) < traits.crisisShare;
      return sessionAt(start, crisis, shift, drawn);
    });

  return (from, to) => {
    const measured: PressureMeasurement[] = [];
    const lastDay = localDayOf(to, offsetMs);
    for (let day = localDayOf(from, offsetMs); day <= lastDay; day++) measured.push(...daily(day));
    for (const { at, crisis } of extraSessions) {
      if (at < from - 2 * SECOND_READING_AFTER_MS || at >= to) continue;
      measured.push(...sessionAt(at, crisis, NO_SHIFT, createRandom(seedFrom(seed, 'extra', at))));
    }
    return measured.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
  };
}

type Level = Omit<PressureMeasurement, 'at'>;

const crisisLevel = (pulsePerMin: number, random: Random): Level => ({
  systolicMmHg: between(random, 190, 208),
  diastolicMmHg: between(random, 114, 124),
  pulsePerMin: pulsePerMin + 12,
});

/** The second reading of a session is usually a little lower. */
function twoReadings(start: number, level: Level, random: Random): readonly PressureMeasurement[] {
  const first = Math.round(start / 1_000) * 1_000;
  return [0, 1].map((n) => ({
    at: first + n * SECOND_READING_AFTER_MS,
    systolicMmHg: Math.round(level.systolicMmHg + 2 * bell(random) - 2 * n),
    diastolicMmHg: Math.round(level.diastolicMmHg + 1.5 * bell(random) - n),
    pulsePerMin: Math.round(level.pulsePerMin + 2 * bell(random)),
  }));
}
