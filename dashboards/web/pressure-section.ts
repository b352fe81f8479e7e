// Home blood pressure of a week: the means, and the readings they come from, newest first.
import { html } from 'lit-html';
import { measuredAt, readingText } from './reading-text.ts';
import { t, timeOf } from './texts.ts';
import type { BloodPressure, PressureMean, Reading } from './wire.ts';

const SHOWN = 20;

export function pressureSection(
  { mean, morning, evening }: BloodPressure,
  readings: readonly Reading[],
  timeZone: string,
) {
  const means: [string, PressureMean | undefined][] = [
    [t.bloodPressureMean, mean],
    [t.morning, morning],
    [t.evening, evening],
  ];
  if (readings.length === 0)
    return html`<section class="pressure"><h2>${t.bloodPressure}</h2><p class="empty">${t.noPressures}</p></section>`;
  return html`<section class="pressure"><h2>${t.bloodPressure}</h2>
    ${
      mean === undefined
        ? html`<p class="note">${t.insufficientPressures}</p>`
        : html`<dl class="figures">${means.map(([name, value]) => (value ? html`<div><dt>${name}</dt><dd>${value.systolicMmHg}/${value.diastolicMmHg} <small>mmHg</small></dd></div>` : ''))}</dl>`
    }
    <ul class="bp">${readings
      .toReversed()
      .slice(0, SHOWN)
      .map(
        (reading) =>
          html`<li><time>${timeOf(measuredAt(reading), timeZone)}</time> <span>${readingText(reading)}</span></li>`,
      )}</ul></section>`;
}
