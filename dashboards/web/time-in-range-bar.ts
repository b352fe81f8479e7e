// The five bands as one bar, lowest left, with their shares in words.
import { html } from 'lit-html';
import { t } from './texts.ts';
import type { Band } from './wire.ts';

const BANDS: readonly Band[] = ['veryLow', 'low', 'inRange', 'high', 'veryHigh'];

export function timeInRangeBar(percent: Readonly<Record<Band, number>>) {
  return html`<div class="time-in-range" role="img" aria-label=${BANDS.map((band) => `${t[band]} ${percent[band].toFixed(1)} %`).join(', ')}>
      ${BANDS.map((band) => html`<svg class="band ${band}" width="${percent[band]}%" height="28"><rect width="100%" height="28" /></svg>`)}
    </div>
    <ul class="legend">${BANDS.map((band) => html`<li class=${band}>${t[band]} <strong>${percent[band].toFixed(1)} %</strong></li>`)}</ul>`;
}
