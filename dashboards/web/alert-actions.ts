// Owning and closing an alert. Closing needs an outcome, so it asks for one.
import { html, render } from 'lit-html';
import { post } from './api.ts';
import { t, words } from './texts.ts';

const OUTCOMES = [
  'called',
  'advice_given',
  'drug_changed',
  'visit_arranged',
  'referred',
  'device_fault',
  'false_alarm',
  'no_action',
];

export async function acknowledge(alertId: string): Promise<void> {
  await post(`/alerts/${alertId}/acknowledge`);
}

/** Resolves when the alert is closed or the person changed their mind. */
export function resolveDialog(alertId: string): Promise<void> {
  const dialog = document.createElement('dialog');
  document.body.append(dialog);
  return new Promise((done) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      done();
    });
    const close = async (outcome: string) => {
      try {
        await post(`/alerts/${alertId}/resolve`, { outcome });
        dialog.close();
      } catch (error) {
        draw((error as Error).message);
      }
    };
    const draw = (problem?: string) =>
      render(
        html`<h2>${t.outcome}</h2>
          ${problem ? html`<p class="problem" role="alert">${problem}</p>` : ''}
          <div class="outcomes">${OUTCOMES.map((code) => html`<button data-outcome=${code} @click=${() => close(code)}>${words(code)}</button>`)}</div>
          <button class="quiet" @click=${() => dialog.close()}>${t.back}</button>`,
        dialog,
      );
    draw();
    dialog.showModal();
  });
}
