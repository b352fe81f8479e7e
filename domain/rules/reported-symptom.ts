// Whether a symptom that was reported belongs to a sitting with the cuff (BP-02, BP-05).
// What clinical.md leaves open, how long before a measurement a symptom counts, is the 12 h of its §7 c.
import type { DatedSymptom, SymptomCode } from '../care/symptom.ts';

/** BP-02: a danger symptom beside an emergency pressure. */
export const DANGER_SYMPTOMS = [
  'chest_pain',
  'breathlessness',
  'altered_mind',
  'weakness',
  'severe_headache',
  'vision',
] as const satisfies readonly SymptomCode[];

/** BP-05: of a low pressure. */
export const LOW_PRESSURE_SYMPTOMS = ['dizziness', 'fall'] as const satisfies readonly SymptomCode[];

/**
 * When (epoch ms) the first of such symptoms was felt, from `withinMs` before the sitting until the episode's end; undefined: none was.
 * @param until epoch ms, excluded
 */
export function symptomFeltAt(
  symptoms: readonly DatedSymptom[],
  codes: readonly SymptomCode[],
  sittingAt: number,
  withinMs: number,
  until: number,
): number | undefined {
  let earliestAt: number | undefined;
  for (const { code, at } of symptoms) {
    if (!codes.includes(code) || at < sittingAt - withinMs || at >= until) continue;
    earliestAt = Math.min(at, earliestAt ?? at);
  }
  return earliestAt;
}
