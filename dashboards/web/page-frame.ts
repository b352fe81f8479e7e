// What is around every view: the name, the ways to the lists, whether this is live, and the way out.
import { html, type TemplateResult } from 'lit-html';
import { c } from './contact-texts.ts';
import { tm } from './team-texts.ts';
import { clockOf, t } from './texts.ts';

const TABS = [
  ['alerts', t.inbox],
  ['patients', t.patients],
  ['teams', tm.tab],
  ['devices', t.devices],
  ['rejections', t.rejections],
  ['rules', t.rules],
  ['contacts', c.tab],
] as const;

export interface FrameState {
  readonly content: TemplateResult;
  readonly isLive: boolean;
  readonly staleSince: number | undefined;
  readonly signOut: () => void;
}

export function frame({ content, isLive, staleSince, signOut }: FrameState): TemplateResult {
  const here = location.hash.split('/')[1] || 'alerts';
  return html`<header>
      <a class="brand" href="#/alerts">脉守 <span>Pulseward</span></a>
      <nav aria-label=${t.sections}>${TABS.map(
        ([name, title]) =>
          html`<a href="#/${name}" class=${name === here ? 'here' : ''} aria-current=${name === here ? 'page' : 'false'}>${title}</a>`,
      )}</nav>
      <span class="connection ${isLive ? 'live' : 'reconnecting'}" role="status">${isLive ? t.live : t.reconnecting}</span>
      <button class="quiet" @click=${signOut}>${t.signOut}</button>
    </header>
    ${staleSince === undefined ? '' : html`<p class="stale" role="alert">${t.staleSince(clockOf(staleSince))}</p>`}
    <main>${content}</main>`;
}
