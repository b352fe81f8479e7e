// Fourteen days: the five bands as one bar, lowest left, their shares in words, and the figures beside it.
import { html } from 'lit-html';
import { t, words } from './texts.ts';
import type { Band, EventKind, GlucoseMetrics } from './wire.ts';

const EVENTS: readonly EventKind[] = ['hypoL1', 'hypoL2', 'hypoExtended', 'hyperL1', 'hyperL2', 'hyperExtended'];
const BANDS: readonly Band[] = ['veryLow', 'low', 'inRange', 'high', 'veryHigh'];

export function timeInRangeSection(metrics: GlucoseMetrics) {
  return html`<section class="range"><h2>${t.timeInRange} · ${t.days14}</h2>
    ${metrics.timeInRange ? bar(metrics.timeInRange) : html`<p class="empty">${t.noCgm}</p>`}
    ${metrics.count > 0 ? figures(metrics) : ''}
    ${metrics.eventCounts ? events(metrics.eventCounts) : ''}</section>`;
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

/** Lows and highs that lasted; what never happened is left out. */
function events(counts: Readonly<Record<EventKind, number>>) {
  const happened = EVENTS.filter((kind) => counts[kind] > 0);
  return html`<p class="events">${t.events}: ${
    happened.length === 0 ? t.none : happened.map((kind) => `${words(kind)} ${counts[kind]}`).join(t.comma)
  }</p>`;
}
