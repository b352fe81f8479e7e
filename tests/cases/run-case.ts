// Runs worked clinical cases (tests/clinical-cases.json or any file of that shape) against the domain.
// Promise: ids, titles, arithmetic and rule numbers are ignored; a kind or a field, given or expected, that nothing covers says so
// instead of passing.
import { alertCases } from './alert-cases.ts';
import { bloodPressureCases } from './blood-pressure-cases.ts';
import { CaseError } from './case-input.ts';
import { eventCases } from './event-cases.ts';
import { fingerstickCases } from './fingerstick-cases.ts';
import { followUpCases } from './follow-up-cases.ts';
import { homePressureCases } from './home-pressure-cases.ts';
import { unreadFields } from './input-fields.ts';
import { metricCases } from './metric-cases.ts';
import { profileCases } from './profile-cases.ts';
import { timeCases } from './time-cases.ts';
import { trendCases } from './trend-cases.ts';
import { unitCases } from './unit-cases.ts';

export interface ClinicalCase {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** `x_tol` is the absolute tolerance of `x`; null means not computable. */
  readonly expected: Readonly<Record<string, unknown>>;
}

type Answer = Readonly<Record<string, unknown>>;

/** Each narrows the input it was written for; the file's shape is the contract. */
const runners: Readonly<Record<string, (input: never, expected: Answer) => Answer>> = {
  ...unitCases,
  ...metricCases,
  ...eventCases,
  ...profileCases,
  ...trendCases,
  ...timeCases,
  ...fingerstickCases,
  ...bloodPressureCases,
  ...homePressureCases,
  ...alertCases,
  ...followUpCases,
};

/** Other names under which a file may ask for the same. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  'glucose.quarantine': 'glucose.validity',
  'glucose.codes': 'glucose.classify',
  'cgm.quality': 'cgm.metrics',
  'cgm.duplicates': 'cgm.metrics',
  'cgm.grid': 'cgm.metrics',
  'cgm.mage': 'cgm.metrics',
  'cgm.risk': 'cgm.metrics',
  'cgm.flatline': 'cgm.metrics',
  'cgm.compression': 'cgm.metrics',
  'cgm.sufficiency': 'cgm.window',
  'cgm.active': 'cgm.window',
  'cgm.arrow': 'cgm.trend',
  'cgm.rate': 'cgm.trend',
  'cgm.percentiles': 'agp.percentiles',
  'smbg.target': 'smbg.classify',
  'smbg.pair': 'cgm_smbg.pair',
  'bp.plausibility': 'bp.validity',
  'bp.home_mean': 'bp.home',
  'bp.home_average': 'bp.home',
  'bp.home_protocol': 'bp.home',
  'time.day': 'time.local_day',
  'time.day_length': 'time.local_day',
  'followup.due': 'followup.next',
};

const RELATIVE_TOLERANCE = 1e-6;
/** Nothing is a millionth of 0; what floating point leaves of it is less than this. */
const TOLERANCE_AT_ZERO = 1e-9;
const TOLERANCE_SUFFIX = '_tol';

export function isCovered(kind: string): boolean {
  return Object.hasOwn(runners, ALSO_CALLED[kind] ?? kind);
}

/** One line for each expected field that came out otherwise; none means the case passes. */
export function runCase({ kind: asked, input, expected }: Pick<ClinicalCase, 'kind' | 'input' | 'expected'>): string[] {
  if (!isCovered(asked)) return [`kind ${asked} is not covered`];
  const kind = ALSO_CALLED[asked] ?? asked;
  const unread = unreadFields(kind, input).map((name) => `not covered: input ${name}`);
  if (unread.length > 0) return unread;
  let got: Answer;
  try {
    got = runners[kind]!(input as never, expected);
  } catch (error) {
    if (error instanceof CaseError) return [`input can't be read: ${error.message}`];
    throw error;
  }
  return Object.entries(expected)
    .filter(([name]) => !name.endsWith(TOLERANCE_SUFFIX))
    .flatMap(([name, value]) => {
      if (!Object.hasOwn(got, name)) return [`not covered: ${name}`];
      return differences(name, value, got[name], expected[`${name}${TOLERANCE_SUFFIX}`]);
    });
}

/** What a list or an object doesn't hold of the expected one; more than is expected is no difference. */
function differences(name: string, expected: unknown, got: unknown, tolerance: unknown): string[] {
  const differs = [`${name}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got) ?? 'nothing'}`];
  if (expected === null) return got === undefined || got === null ? [] : differs;
  if (typeof expected === 'number' && typeof got === 'number') {
    const relative = Math.max(RELATIVE_TOLERANCE * Math.abs(expected), expected === 0 ? TOLERANCE_AT_ZERO : 0);
    const allowed = typeof tolerance === 'number' ? tolerance : relative;
    return Math.abs(expected - got) <= allowed ? [] : differs;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return differs;
    const found = expected.flatMap((item, index) => differences(`${name}[${index}]`, item, got[index], tolerance));
    return found.length === 0 || found.some((line) => line.startsWith('not covered')) ? found : differs;
  }
  if (typeof expected === 'object' && typeof got === 'object' && got !== null && !Array.isArray(got)) {
    const answer = got as Answer;
    return Object.entries(expected as Answer).flatMap(([key, value]) =>
      Object.hasOwn(answer, key)
        ? differences(`${name}.${key}`, value, answer[key], tolerance)
        : [`not covered: ${name}.${key}`],
    );
  }
  return expected === got ? [] : differs;
}
