// The sign-in form; the session lives in an HttpOnly cookie that this page never sees.
import { html, render } from 'lit-html';
import { isSignedOut, Problem, post } from './api.ts';
import { t } from './texts.ts';

/** `why` says what brought one here, where it wasn't one's own wish. */
export function signInForm(root: HTMLElement, signedIn: () => void, why?: string): void {
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    draw({ isBusy: true });
    try {
      await post('/session', { username: form.get('username'), password: form.get('password') });
    } catch (error) {
      return draw({ problem: inWords(error) });
    }
    signedIn();
  };
  const draw = ({ problem, isBusy = false }: { problem?: string; isBusy?: boolean }) =>
    render(
      html`<form class="sign-in" @submit=${submit}>
        <h1>脉守 <span>Pulseward</span></h1>
        <p>${why ?? t.signInHint}</p>
        <label>${t.username}<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required /></label>
        <label>${t.password}<input name="password" type="password" autocomplete="current-password" required /></label>
        ${problem ? html`<p class="problem" role="alert">${problem}</p>` : ''}
        <button ?disabled=${isBusy}>${t.signIn}</button>
      </form>`,
      root,
    );
  draw({});
  root.querySelector('input')?.focus();
}

function inWords(error: unknown): string {
  if (isSignedOut(error)) return t.wrongPassword;
  if (error instanceof Problem && error.status === 429) return t.tooManyAttempts(error.retryAfterS ?? 1);
  return (error as Error).message;
}
