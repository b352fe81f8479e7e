// The page: sign-in, navigation by hash, one view at a time, live events that refresh it.
import { html, render, type TemplateResult } from 'lit-html';
import { alertView } from './alert-view.ts';
import { del, get, Problem } from './api.ts';
import { devicesView } from './devices-view.ts';
import { inboxView } from './inbox-view.ts';
import { followLiveEvents, type LiveState } from './live-events.ts';
import type { View } from './page.ts';
import { patientView } from './patient-view.ts';
import { patientsView } from './patients-view.ts';
import { rejectionsView } from './rejections-view.ts';
import { signInForm } from './sign-in.ts';
import { language, t } from './texts.ts';

const root = document.getElementById('app') as HTMLElement;
const tabs = [
  ['alerts', t.inbox],
  ['patients', t.patients],
  ['devices', t.devices],
  ['rejections', t.rejections],
] as const;

let current: View | undefined;
let live: LiveState = 'reconnecting';
let content: TemplateResult = html``;
let stopFollowing: (() => void) | undefined;

function draw(): void {
  const tab = location.hash.split('/')[1] || 'alerts';
  render(
    html`<header>
        <a class="brand" href="#/alerts">脉守 <span>Pulseward</span></a>
        <nav>${tabs.map(([name, title]) => html`<a href="#/${name}" class=${name === tab ? 'here' : ''}>${title}</a>`)}</nav>
        <span class="live ${live}">${live === 'live' ? t.live : t.reconnecting}</span>
        <button class="quiet" @click=${signOut}>${t.signOut}</button>
      </header>
      <main>${content}</main>`,
    root,
  );
}

function openView(): void {
  const [, name = 'alerts', id] = location.hash.split('/');
  let mine: View | undefined;
  const show = (next: TemplateResult) => {
    if (mine !== current) return;
    content = next;
    draw();
  };
  if (name === 'alerts' && id) mine = alertView(id, show);
  else if (name === 'patients' && id) mine = patientView(id, show);
  else if (name === 'patients') mine = patientsView(show);
  else if (name === 'devices') mine = devicesView(show);
  else if (name === 'rejections') mine = rejectionsView(show);
  else mine = inboxView(show);
  current = mine;
  refresh();
}

function refresh(): void {
  const asked = current;
  asked?.refresh().catch((error: unknown) => {
    if (error instanceof Problem && error.status === 401) return askToSignIn();
    // Away for a moment: what is on screen stays, and is read again when the live stream is back.
    if (!(error instanceof Problem) || asked !== current) return;
    content = html`<p class="problem" role="alert">${error.message}</p>`;
    draw();
  });
}

function askToSignIn(): void {
  stopFollowing?.();
  stopFollowing = undefined;
  current = undefined;
  signInForm(root, enter);
}

function enter(): void {
  render(html``, root);
  stopFollowing = followLiveEvents({
    concerns: (change) => current?.concerns(change) ?? false,
    onChange: refresh,
    onRefused: refresh,
    onState: (state) => {
      live = state;
      draw();
    },
  });
  openView();
}

async function signOut(): Promise<void> {
  await del('/session');
  askToSignIn();
}

addEventListener('hashchange', () => {
  if (stopFollowing) openView();
});
document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
root.replaceChildren();
get('/alerts?limit=1').then(enter, (error: unknown) => {
  if (error instanceof Problem && error.status === 401) askToSignIn();
  else render(html`<p class="problem" role="alert">${(error as Error).message}</p>`, root);
});
