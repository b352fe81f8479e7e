// What a patient was treated with at an instant. An absent treatment is unknown, not "none" (clinical.md §7).

/** Classes that a rule asks for; the registry takes any other word as well. */
export const HYPOGLYCAEMIC_TREATMENTS = ['insulin', 'sulfonylurea'] as const;

export interface DatedTreatment {
  readonly class: string;
  /** [from, to), epoch ms; without `to` it goes on. */
  readonly from: number;
  readonly to?: number | undefined;
}

export function treatmentsAt<T extends DatedTreatment>(treatments: readonly T[], at: number): T[] {
  return treatments.filter(({ from, to }) => from <= at && (to === undefined || at < to));
}

export function onInsulinOrSulfonylurea(treatments: readonly DatedTreatment[], at: number): boolean {
  const risky: readonly string[] = HYPOGLYCAEMIC_TREATMENTS;
  return treatmentsAt(treatments, at).some((treatment) => risky.includes(treatment.class));
}
