// Patients of the viewer's teams, those at most risk first.
import { html } from 'lit-html';
import type { Stage, View } from './page.ts';
import { createPagedList } from './paged-list.ts';
import { t, words } from './texts.ts';
import type { Patient } from './wire.ts';

export function patientsView({ show, reload }: Stage): View {
  const list = createPagedList<Patient>();
  let query = '';
  const refresh = async () => {
    const patients = await list.load(
      query ? `/patients?sort=risk&q=${encodeURIComponent(query)}` : '/patients?sort=risk',
    );
    show(
      html`<h1>${t.patients} <small>${t.byRisk}</small></h1>
      <input type="search" placeholder=${t.search} @change=${search} @search=${search} aria-label=${t.search} />
      ${
        patients.length === 0
          ? html`<p class="empty">${query ? t.noneFound : t.noPatients}</p>`
          : html`<table class="patients stacks">
        <thead><tr><th>${t.name}</th><th>${t.conditions}</th><th class="number">${t.risk}</th><th>${t.reason}</th></tr></thead>
        <tbody>${patients.map(patientRow)}</tbody>
      </table>`
      }
      ${list.more(reload)}`,
      t.patients,
    );
  };
  const search = (event: Event) => {
    const asked = (event.target as HTMLInputElement).value.trim();
    if (asked === query) return undefined;
    query = asked;
    return reload();
  };
  return { refresh, concerns: ({ name }) => name === 'alert' };
}

function patientRow({ patientId, name, conditions, risk }: Patient) {
  return html`<tr data-patient-id=${patientId}>
    <td class="who"><a href="#/patients/${patientId}">${name}</a></td>
    <td>${conditions.map(words).join(t.comma)}</td>
    <td class="number" data-label=${t.risk}>${risk && risk.score > 0 ? risk.score : ''}</td>
    <td>${risk?.reasons.map(words).join(t.comma) ?? ''}</td>
  </tr>`;
}
