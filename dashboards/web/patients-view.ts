// Patients of the viewer's teams, those at most risk first.
import { html } from 'lit-html';
import type { Show, View } from './page.ts';
import { createPagedList } from './paged-list.ts';
import { t, words } from './texts.ts';
import type { Patient } from './wire.ts';

export function patientsView(show: Show): View {
  const list = createPagedList<Patient>();
  let query = '';
  const refresh = async () => {
    const patients = await list.load(
      query ? `/patients?sort=risk&q=${encodeURIComponent(query)}` : '/patients?sort=risk',
    );
    show(html`<input type="search" placeholder=${t.search} @change=${search} aria-label=${t.search} />
      ${
        patients.length === 0
          ? html`<p class="empty">${t.noData}</p>`
          : html`<table class="patients">
        <thead><tr><th>${t.name}</th><th>${t.conditions}</th><th>${t.risk}</th><th>${t.reason}</th></tr></thead>
        <tbody>${patients.map(patientRow)}</tbody>
      </table>`
      }
      ${list.more(refresh)}`);
  };
  const search = (event: Event) => {
    query = (event.target as HTMLInputElement).value.trim();
    return refresh();
  };
  return { refresh, concerns: ({ name }) => name === 'alert' };
}

function patientRow({ patientId, name, conditions, risk }: Patient) {
  return html`<tr data-patient-id=${patientId}>
    <td><a href="#/patients/${patientId}">${name}</a></td>
    <td>${conditions.map(words).join('、')}</td>
    <td class="score">${risk && risk.score > 0 ? risk.score : ''}</td>
    <td>${risk?.reasons.map(words).join('、') ?? ''}</td>
  </tr>`;
}
