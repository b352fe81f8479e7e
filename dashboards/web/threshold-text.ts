// Thresholds of a rule in words, with where they come from.
import { lineText } from './reason-text.ts';
import { language, t, words } from './texts.ts';
import { THRESHOLD_NAMES } from './threshold-names.ts';
import type { Threshold, Thresholds } from './wire.ts';

export const thresholdText = (name: string, line: Threshold): string =>
  `${THRESHOLD_NAMES[name]?.[language] ?? name} ${lineText(line)}`;

/** Those that a team or the patient has set; the empty text where all are the default's. */
export function ownLines(thresholds: Thresholds): string {
  return Object.entries(thresholds)
    .filter(([, { origin = 'default' }]) => origin !== 'default')
    .map(([name, line]) => `${thresholdText(name, line)} (${words(line.origin ?? 'default')})`)
    .join(t.comma);
}
