// Why an item is not counted (DESIGN: rejection codes of the wire). Owns the codes; the words are for the one who mends the device.

export const REJECTION_CODES = [
  'malformed_json',
  'not_a_reading',
  'unknown_kind',
  'missing_field',
  'wrong_type',
  'unknown_unit',
  'implausible_value',
  'invalid_time',
  'time_in_future',
  'device_not_bound',
  'too_large',
  'too_many_readings',
  'internal_error',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

export interface Rejection {
  readonly code: RejectionCode;
  /** One sentence: the field, what came, what is allowed. No patient data beside the value itself. */
  readonly detail: string;
  /** Outside what is plausible, yet possible: a person may replay it with the check waived (clinical.md §2.3). */
  readonly waivable?: true;
  /** The sensor reported a fault in place of glucose; DATA-02 counts these (clinical.md §1.4). */
  readonly sensorError?: true;
}

/** What a check answers: the thing it accepts, or why not. Checks never throw for bad input. */
export type Checked<T> =
  | { readonly accepted: T; readonly rejection?: undefined }
  | { readonly accepted?: undefined; readonly rejection: Rejection };

export function accept<T>(accepted: T): Checked<T> {
  return { accepted };
}

export function reject<T>(
  code: RejectionCode,
  detail: string,
  extra: Pick<Rejection, 'waivable' | 'sensorError'> = {},
): Checked<T> {
  return { rejection: { code, detail, ...extra } };
}
