// Owning and closing an alert. Closing needs an outcome, so it asks for one.
import { html, render } from 'lit-html';
import { post } from './api.ts';
import { attempt } from './notice.ts';
import { t, words } from './texts.ts';
import type { Alert } from './wire.ts';

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

/** The buttons for what one may do with it now. */
export function alertActions({ alertId, state }: Alert, refresh: () => Promise<void>) {
  const acknowledge = () => attempt(() => post(`/alerts/${alertId}/acknowledge`), refresh);
  const resolve = () => resolveDialog(alertId).then(refresh);
  return html`<span class="actions">
    ${state === 'acknowledged' ? '' : html`<button data-action="acknowledge" @click=${acknowledge}>${t.acknowledge}</button>`}
    <button class="quiet" data-action="resolve" @click=${resolve}>${t.resolve}</button>
  </span>`;
}

/** Resolves when the alert is closed or the person changed their mind. */
function resolveDialog(alertId: string): Promise<void> {
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
          <div class="outcomes">${OUTCOMES.map((code) => html`<button class="quiet" data-outcome=${code} @click=${() => close(code)}>${words(code)}</button>`)}</div>
          <button class="quiet" @click=${() => dialog.close()}>${t.back}</button>`,
        dialog,
      );
    draw();
    dialog.showModal();
  });
}
