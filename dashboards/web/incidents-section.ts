// What was wrong with a team's devices as a whole.
import { html, type TemplateResult } from 'lit-html';
import { tm } from './team-texts.ts';
import type { Incident } from './team-wire.ts';
import { timeOf, words } from './texts.ts';

export function incidentsSection(incidents: readonly Incident[], timeZone: string): TemplateResult {
  return html`<section class="incidents">
    <h2>${tm.incidents}</h2>
    ${
      incidents.length === 0
        ? html`<p class="note">${tm.noIncidents}</p>`
        : html`<ul class="open-alerts">${incidents.map((incident) => incidentLine(incident, timeZone))}</ul>`
    }
  </section>`;
}

function incidentLine({ incidentId, kind, openedAt, closedAt, detail }: Incident, timeZone: string) {
  const { silent, devices } = detail;
  const share = typeof silent === 'number' && typeof devices === 'number' ? ` ${silent} / ${devices}` : '';
  const end = closedAt === undefined ? tm.lasting : timeOf(closedAt, timeZone);
  return html`<li class=${closedAt === undefined ? 'warning' : ''} data-incident-id=${incidentId}><strong>${words(`incident_${kind}`)}${share}</strong>
    <span>${timeOf(openedAt, timeZone)} – ${end}</span></li>`;
}
