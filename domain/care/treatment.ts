// What a patient was treated with at an instant. An absent treatment is unknown, not "none" (clinical.md §7).

/**
 * What is known of a medicine beyond its name. A closed list, because rules ask for classes: a misspelt one would count as another
 * medicine. A combination is one treatment per class it holds.
 */
export const TREATMENT_CLASSES = [
  'insulin',
  'sulfonylurea',
  'glinide',
  'metformin',
  'alpha_glucosidase_inhibitor',
  'thiazolidinedione',
  'dpp4_inhibitor',
  'sglt2_inhibitor',
  'glp1_receptor_agonist',
  'ace_inhibitor',
  'angiotensin_receptor_blocker',
  'calcium_channel_blocker',
  'beta_blocker',
  'diuretic',
  'other',
] as const;
export type TreatmentClass = (typeof TREATMENT_CLASSES)[number];

/** With these a mild low is dangerous already (CGM-02, SMBG-02). */
export const HYPOGLYCAEMIC_TREATMENTS = ['insulin', 'sulfonylurea'] as const satisfies readonly TreatmentClass[];

/** What is given against high glucose. `other` isn't: it may be anything, so it tells nothing of whether it can cause a low. */
const GLUCOSE_LOWERING_TREATMENTS = [
  ...HYPOGLYCAEMIC_TREATMENTS,
  'glinide',
  'metformin',
  'alpha_glucosidase_inhibitor',
  'thiazolidinedione',
  'dpp4_inhibitor',
  'sglt2_inhibitor',
  'glp1_receptor_agonist',
] as const satisfies readonly TreatmentClass[];

export interface DatedTreatment {
  readonly class: TreatmentClass;
  /** [from, to), epoch ms; without `to` it goes on. */
  readonly from: number;
  readonly to?: number | undefined;
}

/** A word that no version knows is a medicine of a class of which nothing is known. */
export const treatmentClassOf = (word: string): TreatmentClass =>
  TREATMENT_CLASSES.find((known) => known === word) ?? 'other';

export function treatmentsAt<T extends DatedTreatment>(treatments: readonly T[], at: number): T[] {
  return treatments.filter(({ from, to }) => from <= at && (to === undefined || at < to));
}

export function onInsulinOrSulfonylurea(treatments: readonly DatedTreatment[], at: number): boolean {
  return isOnAnyAt(treatments, HYPOGLYCAEMIC_TREATMENTS, at);
}

export function onGlucoseLoweringTreatment(treatments: readonly DatedTreatment[], at: number): boolean {
  return isOnAnyAt(treatments, GLUCOSE_LOWERING_TREATMENTS, at);
}

function isOnAnyAt(treatments: readonly DatedTreatment[], classes: readonly TreatmentClass[], at: number): boolean {
  return treatmentsAt(treatments, at).some((treatment) => classes.includes(treatment.class));
}
