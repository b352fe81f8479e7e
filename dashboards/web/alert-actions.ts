// Owning and closing an alert: the two buttons.
import { html } from 'lit-html';
import { Problem, post } from './api.ts';
import { myUserId } from './me.ts';
import { attempt, notice } from './notice.ts';
import { resolveDialog } from './resolve-dialog.ts';
import { t } from './texts.ts';
import type { Alert } from './wire.ts';

export interface AlertActionsOptions {
  /** Patient and alert in words: whoever closes one is to see which. */
  readonly about: string;
  readonly reload: () => Promise<void>;
  /** What is under the pointer has just changed: nobody meant this one. */
  readonly isMisclick?: () => boolean;
}

/** The buttons for what one may do with it now. */
export function alertActions(alert: Alert, { about, reload, isMisclick = () => false }: AlertActionsOptions) {
  const { alertId, state } = alert;
  const acknowledge = async (event: Event) => {
    if (isMisclick()) return;
    const buttons = (event.currentTarget as HTMLElement).parentElement;
    await attempt(event, () => takeOver(alertId), reload);
    // The button one has just used is gone: the keyboard goes on beside it.
    if (document.activeElement === document.body) buttons?.querySelector<HTMLElement>('[data-action=resolve]')?.focus();
  };
  const resolve = async () => {
    if (isMisclick()) return;
    await resolveDialog(about, (closing) => closeAlert(alertId, closing));
    await reload();
  };
  return html`<span class="actions">
    ${state === 'acknowledged' ? '' : html`<button data-action="acknowledge" @click=${acknowledge}>${t.acknowledge}</button>`}
    <button class="quiet" data-action="resolve" @click=${resolve}>${t.resolve}</button>
  </span>`;
}

async function takeOver(alertId: string): Promise<void> {
  const { acknowledgedBy } = await post<Alert>(`/alerts/${alertId}/acknowledge`).catch(inWords);
  // The first one owns it; the second is not told by an error.
  if (acknowledgedBy !== undefined && acknowledgedBy !== (await myUserId())) notice(t.takenByColleague);
}

async function closeAlert(alertId: string, closing: { outcome: string; note?: string }): Promise<void> {
  await post(`/alerts/${alertId}/resolve`, closing).catch(inWords);
}

function inWords(error: unknown): never {
  throw error instanceof Problem && error.status === 409 ? new Problem(409, t.closedMeanwhile) : error;
}
