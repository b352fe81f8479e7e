// Runs worked clinical cases (tests/clinical-cases.json or any file of that shape) against the domain.
// Promise: ids and titles are ignored; a kind that nothing covers says so instead of passing.
import { bloodPressureCases } from './blood-pressure-cases.ts';
import { fingerstickCases } from './fingerstick-cases.ts';
import { glucoseCases } from './glucose-cases.ts';

export interface ClinicalCase {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** `x_tol` is the absolute tolerance of `x`; null means not computable. */
  readonly expected: Readonly<Record<string, unknown>>;
}

/** Each narrows the input it was written for; the file's shape is the contract. */
const runners: Readonly<Record<string, (input: never) => Readonly<Record<string, unknown>>>> = {
  ...glucoseCases,
  ...fingerstickCases,
  ...bloodPressureCases,
};

const RELATIVE_TOLERANCE = 1e-6;

export function isCovered(kind: string): boolean {
  return kind in runners;
}

/** One line for each expected field that came out otherwise; none means the case passes. */
export function runCase({ kind, input, expected }: ClinicalCase): string[] {
  const run = runners[kind];
  if (run === undefined) return [`kind ${kind} is not covered`];
  const got = run(input as never);
  return Object.entries(expected)
    .filter(([name]) => !name.endsWith('_tol'))
    .filter(([name, value]) => !(name in got) || !agrees(value, got[name], expected[`${name}_tol`]))
    .map(([name, value]) => `${name}: expected ${JSON.stringify(value)}, got ${JSON.stringify(got[name])}`);
}

function agrees(expected: unknown, got: unknown, tolerance: unknown): boolean {
  if (expected === null) return got === undefined || got === null;
  if (typeof expected === 'number' && typeof got === 'number') {
    const allowed = typeof tolerance === 'number' ? tolerance : RELATIVE_TOLERANCE * Math.abs(expected);
    return Math.abs(expected - got) <= allowed;
  }
  if (Array.isArray(expected)) {
    return (
      Array.isArray(got) &&
      got.length === expected.length &&
      expected.every((item, i) => agrees(item, got[i], tolerance))
    );
  }
  return expected === got;
}
