// Patients of the viewer's teams, those at most risk first.
import { html } from 'lit-html';
import { get } from './api.ts';
import type { Show, View } from './page.ts';
import { t, words } from './texts.ts';
import type { Page, Patient } from './wire.ts';

export function patientsView(show: Show): View {
  let query = '';
  const refresh = async () => {
    const page = await get<Page<Patient>>(
      query ? `/patients?q=${encodeURIComponent(query)}` : '/patients?sort=risk&limit=100',
    );
    show(html`<input type="search" placeholder=${t.search} @change=${search} aria-label=${t.search} />
      <table class="patients">
        <thead><tr><th>${t.name}</th><th>${t.conditions}</th><th>${t.risk}</th><th>${t.reason}</th></tr></thead>
        <tbody>${page.items.map(
          (patient) => html`<tr data-patient-id=${patient.patientId}>
          <td><a href="#/patients/${patient.patientId}">${patient.name}</a></td>
          <td>${patient.conditions.map(words).join('、')}</td>
          <td class="score">${patient.risk?.score.toFixed(0) ?? ''}</td>
          <td>${patient.risk?.reasons.map(words).join('、') ?? ''}</td>
        </tr>`,
        )}</tbody>
      </table>`);
  };
  const search = (event: Event) => {
    query = (event.target as HTMLInputElement).value.trim();
    return refresh();
  };
  return { refresh };
}
