// Closing an alert asks what it led to. It can't be undone, so a choice is not yet the deed.
import { html, render } from 'lit-html';
import { OUTCOMES } from '../../domain/alerts/alert-life.ts';
import { isSignedOut } from './api.ts';
import { t, words } from './texts.ts';

const LONGEST_NOTE = 2000;

export interface Closing {
  readonly outcome: string;
  readonly note?: string;
}

/** Resolves when the alert is closed or the person changed their mind; a refusal is told in the dialog. */
export function resolveDialog(about: string, close: (closing: Closing) => Promise<void>): Promise<void> {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-label', t.resolveTitle);
  document.body.append(dialog);
  const { promise, resolve } = Promise.withResolvers<void>();
  dialog.addEventListener('close', () => {
    dialog.remove();
    resolve();
  });

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const note = String(form.get('note') ?? '').trim();
    draw({ isBusy: true });
    try {
      await close({ outcome: String(form.get('outcome')), ...(note && { note }) });
      dialog.close();
    } catch (error) {
      if (isSignedOut(error)) dialog.close();
      else draw({ problem: (error as Error).message });
    }
  };
  const draw = ({ problem, isBusy = false }: { problem?: string; isBusy?: boolean }) =>
    render(
      html`<form @submit=${submit}>
        <h2>${t.resolveTitle}</h2>
        <p class="facts">${about}</p>
        <fieldset class="outcomes"><legend>${t.outcome}</legend>${OUTCOMES.map(
          (code) =>
            html`<label data-outcome=${code}><input type="radio" name="outcome" value=${code} required />${words(code)}</label>`,
        )}</fieldset>
        <label class="note">${t.note}<textarea name="note" rows="2" maxlength=${LONGEST_NOTE}></textarea></label>
        ${problem ? html`<p class="problem" role="alert">${problem}</p>` : ''}
        <p class="actions">
          <button data-action="close-alert" ?disabled=${isBusy}>${t.resolve}</button>
          <button type="button" class="quiet" @click=${() => dialog.close()}>${t.back}</button>
        </p>
      </form>`,
      dialog,
    );
  draw({});
  dialog.showModal();
  return promise;
}
