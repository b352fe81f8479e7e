// Symptoms that rules ask for (clinical.md §2.2, §4.2, BP-02, BP-05). A closed list: a misspelt danger symptom would warn nobody.

export const SYMPTOM_CODES = [
  // BP-02: with a pressure above the emergency line, an emergency.
  'chest_pain',
  'breathlessness',
  'altered_mind',
  'weakness',
  'severe_headache',
  'vision',
  // BP-05: of a low pressure.
  'dizziness',
  'fall',
  // §4.2: danger symptoms of glucose, together with `altered_mind`.
  'acetone_breath',
  'palpitation',
  'sweating',
  // §2.2: level 3 hypoglycaemia is known by nothing else.
  'needs_help',
  'other',
] as const;
export type SymptomCode = (typeof SYMPTOM_CODES)[number];

/** §4.2: with any of them it is an emergency whatever the meter shows. */
export const GLUCOSE_DANGER_SYMPTOMS = [
  'altered_mind',
  'acetone_breath',
  'palpitation',
  'sweating',
] as const satisfies readonly SymptomCode[];

export interface DatedSymptom {
  readonly code: SymptomCode;
  /** Epoch ms. */
  readonly at: number;
}

/** A word that no version knows is a symptom that no rule asks for. */
export const symptomCodeOf = (word: string): SymptomCode => SYMPTOM_CODES.find((known) => known === word) ?? 'other';
