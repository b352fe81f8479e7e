// Which rule speaks for which others while it fires for the same patient (clinical.md §7, "Priorities"), as data.
// Promise: nothing silences what is more severe, and nothing about a high silences a low; rules of one condition and direction are
// reasons of one alert anyway, so a row only says which of them needs no notification of its own.

export interface Inhibition {
  readonly firing: string;
  readonly silences: readonly string[];
}

export const INHIBITIONS: readonly Inhibition[] = [{ firing: 'CGM-01', silences: ['CGM-02', 'CGM-03'] }];

/** The rule that speaks for `ruleId`, if one of the firing ones does. */
export function inhibitorOf(
  ruleId: string,
  firingRuleIds: readonly string[],
  table: readonly Inhibition[] = INHIBITIONS,
): string | undefined {
  return table.find(({ firing, silences }) => silences.includes(ruleId) && firingRuleIds.includes(firing))?.firing;
}

/** The reasons that are named in a notification. */
export function withoutInhibited<Reason extends { readonly ruleId: string }>(firing: readonly Reason[]): Reason[] {
  const ruleIds = firing.map(({ ruleId }) => ruleId);
  return firing.filter(({ ruleId }) => inhibitorOf(ruleId, ruleIds) === undefined);
}
