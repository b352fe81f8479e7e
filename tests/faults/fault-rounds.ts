// How many rounds each fault test makes, and the chance of each round: seeded, so that a round that failed can be made again.
// FAULT_ROUNDS (2 where nothing is said; `npm run faults` makes 20), FAULT_KILLS, FAULT_SIGNALS, FAULT_SEED (as a failed run has printed it).
import { createRandom, type Random, seedFrom } from '../../simulators/traces/random.ts';

export const FAULT_ROUNDS = wholeNumber('FAULT_ROUNDS') ?? 2;

/** Kills of a run that takes its targets in turn and then at random; where nothing is said, each once. */
export const FAULT_KILLS = wholeNumber('FAULT_KILLS');

/** Of a storm; `npm run faults` makes the whole 10,000. */
export const FAULT_SIGNALS = wholeNumber('FAULT_SIGNALS') ?? 2_000;

const seed = wholeNumber('FAULT_SEED') ?? Date.now() % 1_000_000;
console.log(`FAULT_SEED=${seed}`);

/** Other numbers for every test, and every round of it; the same ones for the same seed. */
export function chanceOf(test: string, round: number): Random {
  return createRandom(seedFrom(seed, test, round));
}

function wholeNumber(name: string): number | undefined {
  const given = process.env[name];
  if (given === undefined || given === '') return undefined;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new Error(`${name} must be a whole number above 0, not ${given}`);
  return Number(given);
}
