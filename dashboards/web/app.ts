// The page: sign-in, navigation by hash, one view at a time, read again when something it shows has changed.
import { html, render, type TemplateResult } from 'lit-html';
import { alertView } from './alert-view.ts';
import { del, isPassing, isSignedOut, Problem } from './api.ts';
import { createConnection } from './connection.ts';
import { contactsView } from './contacts-view.ts';
import { devicesView } from './devices-view.ts';
import { inboxView } from './inbox-view.ts';
import { followLiveEvents, type LiveEvents } from './live-events.ts';
import { forgetMe, myUserId } from './me.ts';
import { notice } from './notice.ts';
import type { Stage, View } from './page.ts';
import { frame } from './page-frame.ts';
import { forgetPatients } from './patient-names.ts';
import { patientView } from './patient-view.ts';
import { patientsView } from './patients-view.ts';
import { rejectionsView } from './rejections-view.ts';
import { createReloader } from './reloader.ts';
import { rulesView } from './rules-view.ts';
import { keepScrolling } from './scrolling.ts';
import { signInForm } from './sign-in.ts';
import { teamView } from './team-view.ts';
import { language, t } from './texts.ts';

/** Shown only by who waits. */
const LOADING_AFTER_MS = 200;
const TRY_AGAIN_MS = 3_000;
/** The net below the live events: a stream that is dead without knowing it costs no more than this. */
const READ_AGAIN_MS = 30_000;
const NAME = '脉守 Pulseward';

const root = document.getElementById('app') as HTMLElement;
const nothing = html``;
const scrolling = keepScrolling();
let content: TemplateResult = nothing;
/** Whether the view that is looked at has ever been shown. */
let hasShown = false;
let live: LiveEvents | undefined;
let waiting: number | undefined;
let tryingAgain: number | undefined;

const connection = createConnection(draw);
const reloader = createReloader({
  onDone: () => connection.questionWas(true),
  onFailure: tell,
});

function draw(): void {
  if (!live) return;
  render(frame({ content, isLive: connection.isLive, staleSince: connection.staleSince, signOut }), root);
}

function put(next: TemplateResult, title: string): void {
  clearTimeout(waiting);
  content = next;
  document.title = `${title} · ${NAME}`;
  draw();
  if (!hasShown) scrolling.restore();
  hasShown = true;
}

/** One place says what went wrong with reading. What is on screen stays, unless it may no longer be seen. */
function tell(error: unknown): void {
  if (isSignedOut(error)) askToSignIn(t.signInEnded);
  else if (isPassing(error)) waitForAnswer();
  else if (error instanceof Problem) putProblem(error.message);
  else {
    putProblem(t.bug);
    reportError(error);
  }
}

const putProblem = (message: string) => put(html`<p class="problem" role="alert">${message}</p>`, t.problem);

function waitForAnswer(): void {
  connection.questionWas(false);
  // One at a time: each failure ends here, whoever asked.
  clearTimeout(tryingAgain);
  tryingAgain = window.setTimeout(reloader.reload, TRY_AGAIN_MS);
  if (hasShown) return;
  clearTimeout(waiting);
  content = html`<p class="problem" role="alert">${t.unreachableTryingAgain}</p>`;
  draw();
}

function openView(): void {
  const [, name = 'alerts', id] = location.hash.split('/');
  let mine: View | undefined;
  const stage: Stage = {
    show: (next, title) => {
      if (mine === reloader.view) put(next, title);
    },
    reload: reloader.reload,
  };
  if (name === 'alerts' && id) mine = alertView(id, stage);
  else if (name === 'patients' && id) mine = patientView(id, stage);
  else if (name === 'patients') mine = patientsView(stage);
  else if (name === 'teams') mine = teamView(id, stage);
  else if (name === 'devices') mine = devicesView(stage);
  else if (name === 'rules') mine = rulesView(stage);
  else if (name === 'contacts') mine = contactsView(stage);
  else if (name === 'rejections') mine = rejectionsView(stage);
  else mine = inboxView(stage);
  hasShown = false;
  reloader.use(mine);
  clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    content = html`<p class="loading" role="status">${t.loading}</p>`;
    draw();
  }, LOADING_AFTER_MS);
  reloader.reload();
}

/** Nothing of who was signed in stays: not on screen, not in memory. */
function askToSignIn(why?: string): void {
  live?.close();
  live = undefined;
  clearTimeout(waiting);
  clearTimeout(tryingAgain);
  reloader.use(undefined);
  content = nothing;
  forgetPatients();
  forgetMe();
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  document.title = NAME;
  signInForm(root, enter, why);
}

function enter(): void {
  render(nothing, root);
  connection.reset();
  live = followLiveEvents({
    concerns: (change) => reloader.view?.concerns(change) ?? false,
    onChange: reloader.reload,
    onOpen: connection.streamIs,
  });
  draw();
  openView();
}

async function signOut(): Promise<void> {
  try {
    await del('/session');
  } catch (error) {
    // Ended already is ended; but one that goes on in silence would leave the door open.
    if (!isSignedOut(error)) return notice((error as Error).message);
  }
  askToSignIn();
}

function readAgain(): void {
  if (document.visibilityState === 'visible') reloader.reload();
}

addEventListener('hashchange', () => {
  scrolling.remember();
  if (live) openView();
});
addEventListener('online', () => live?.reopen());
document.addEventListener('visibilitychange', readAgain);
setInterval(readAgain, READ_AGAIN_MS);
document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';

function begin(): void {
  myUserId().then(enter, (error: unknown) => {
    if (isSignedOut(error)) return askToSignIn();
    render(
      html`<p class="problem start" role="alert">${isPassing(error) ? t.unreachableTryingAgain : t.bug}</p>`,
      root,
    );
    setTimeout(begin, TRY_AGAIN_MS);
  });
}
root.replaceChildren();
begin();
