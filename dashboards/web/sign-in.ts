// The sign-in form; the session lives in an HttpOnly cookie that this page never sees.
import { html, render } from 'lit-html';
import { Problem, post } from './api.ts';
import { t } from './texts.ts';

const REFUSALS: Readonly<Record<number, string>> = { 401: t.wrongPassword, 429: t.tooManyAttempts };

export function signInForm(root: HTMLElement, signedIn: () => void): void {
  const draw = (problem?: string) =>
    render(
      html`<form class="sign-in" @submit=${submit}>
        <h1>脉守 <span>Pulseward</span></h1>
        <p>${t.signInHint}</p>
        <label>${t.username}<input name="username" autocomplete="username" required autofocus /></label>
        <label>${t.password}<input name="password" type="password" autocomplete="current-password" required /></label>
        ${problem ? html`<p class="problem" role="alert">${problem}</p>` : ''}
        <button>${t.signIn}</button>
      </form>`,
      root,
    );
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    try {
      await post('/session', { username: form.get('username'), password: form.get('password') });
      signedIn();
    } catch (error) {
      draw(error instanceof Problem ? (REFUSALS[error.status] ?? error.message) : (error as Error).message);
    }
  };
  draw();
}
