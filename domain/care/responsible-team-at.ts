// Which team is responsible for a patient at an instant, from the dated history.

export interface DatedResponsibility {
  readonly teamId: string;
  /** [from, to), epoch ms; without `to` it goes on. */
  readonly from: number;
  readonly to?: number | undefined;
}

/** Where periods overlap the one that began last counts; undefined where nobody was responsible. */
export function responsibleTeamAt(history: readonly DatedResponsibility[], at: number): string | undefined {
  return history
    .filter(({ from, to }) => from <= at && (to === undefined || at < to))
    .reduce<DatedResponsibility | undefined>((a, b) => (a === undefined || b.from >= a.from ? b : a), undefined)
    ?.teamId;
}
