// Which rule speaks for which others of the same patient (clinical.md §7, "Priorities"), as data.
// Promise: nothing silences what is more severe, and nothing about a high silences a low. A row only says whose word counts: rules of
// one condition and direction are reasons of one alert anyway.

/** While `speaks` fires, at least as severe, the others need no notification of their own. */
export interface Priority {
  readonly speaks: string;
  readonly silences: readonly string[];
}

export const PRIORITIES: readonly Priority[] = [
  { speaks: 'CGM-01', silences: ['CGM-02', 'CGM-03'] },
  { speaks: 'BP-02', silences: ['BP-01'] },
];

/** While `speaks` fires, an alert of which only these fire is not told; it is once that is over. */
export interface Holding {
  readonly speaks: string;
  readonly holds: readonly string[];
  /** In snake_case, on the timeline. */
  readonly reason: string;
}

/** A sensor that can't be believed: nobody is told of its highs, nor of what is computed from them, until it can be again. */
export const HOLDINGS: readonly Holding[] = [
  { speaks: 'DATA-02', holds: ['CGM-05', 'TREND-01', 'TREND-02'], reason: 'inhibited_by_sensor_fault' },
];

/**
 * "SMBG overrides CGM for 30 min after a concordant pair", read safely: a fingerstick that is in agreement with the sensor and not low
 * puts off what only warns of a low. It never silences CGM-01 or CGM-04, and a pair that disagrees silences nothing.
 */
export const FINGERSTICK_PRIORITY = {
  speaks: 'fingerstick',
  silences: ['CGM-02', 'CGM-03'],
  forMs: 30 * 60_000,
} as const;
