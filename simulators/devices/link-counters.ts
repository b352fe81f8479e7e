// What happened on the links of a fleet, counted where it happens. One object is shared by all devices of a run.

export interface LinkCounters {
  /** Entries (readings, copies of readings, broken messages) that devices wanted to deliver. */
  measured: number;
  /** Of those: sent at least once. */
  published: number;
  /** Of those: acknowledged by the broker. */
  acknowledged: number;
  /** Sendings beyond the first. */
  resent: number;
  /** Accepted connections, the first ones of each link and later ones. */
  connects: number;
  reconnects: number;
  /** CONNECTs that the broker refused. */
  refused: number;
  /** Items the system rejected, as far as it told; it tells a device at most once a second. */
  rejected: number;
  /** Requests received, e.g. to measure again. */
  requests: number;
}

export const createLinkCounters = (): LinkCounters => ({
  measured: 0,
  published: 0,
  acknowledged: 0,
  resent: 0,
  connects: 0,
  reconnects: 0,
  refused: 0,
  rejected: 0,
  requests: 0,
});
