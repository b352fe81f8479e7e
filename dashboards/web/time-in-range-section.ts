// Fourteen days: the five bands as one bar, lowest left, their shares in words, and the figures beside it.
import { html } from 'lit-html';
import { t } from './texts.ts';
import type { Band, GlucoseMetrics } from './wire.ts';

const BANDS: readonly Band[] = ['veryLow', 'low', 'inRange', 'high', 'veryHigh'];

export function timeInRangeSection(metrics: GlucoseMetrics) {
  return html`<section class="range"><h2>${t.timeInRange} · ${t.days14}</h2>
    ${metrics.timeInRange ? bar(metrics.timeInRange) : html`<p class="empty">${t.noCgm}</p>`}
    ${metrics.count > 0 ? figures(metrics) : ''}</section>`;
}

function bar(percent: Readonly<Record<Band, number>>) {
  return html`<div class="time-in-range" role="img" aria-label=${BANDS.map((band) => `${t[band]} ${percent[band].toFixed(1)} %`).join(', ')}>
      ${BANDS.map((band) => html`<svg class="band ${band}" width="${percent[band]}%" height="28"><rect width="100%" height="28" /></svg>`)}
    </div>
    <ul class="legend">${BANDS.map((band) => html`<li><span class="swatch ${band}"></span>${t[band]} <strong>${percent[band].toFixed(1)} %</strong></li>`)}</ul>`;
}

function figures(metrics: GlucoseMetrics) {
  const shown: [string, number | undefined, string, number][] = [
    [t.mean, metrics.meanMmolPerL, 'mmol/L', 1],
    [t.gmi, metrics.gmiPercent, '%', 1],
    [t.cv, metrics.cvPercent, '%', 1],
    [t.gri, metrics.gri, '', 0],
    [t.active, metrics.activePercent, '%', 0],
  ];
  return html`<dl class="figures">${shown
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value, unit, digits]) =>
        html`<div><dt>${name}</dt><dd>${value?.toFixed(digits)} <small>${unit}</small></dd></div>`,
    )}</dl>
    ${metrics.sufficient ? '' : html`<p class="note">${t.insufficient}</p>`}`;
}
