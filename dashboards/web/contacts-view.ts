// How one is reached oneself: one's contacts in each team, the codes that make them count, and whether this device is notified.
import { html, type TemplateResult } from 'lit-html';
import { getAll } from './api.ts';
import { c } from './contact-texts.ts';
import { attempt, notice } from './notice.ts';
import { type DeviceState, leaveThisDevice, notifyThisDevice, readDeviceState } from './notify-device.ts';
import {
  type Membership,
  type OwnContact,
  ownOf,
  putOwn,
  readMemberships,
  sendCode,
  verifyContact,
} from './own-contacts.ts';
import type { Stage, View } from './page.ts';
import { t, timeOf, words } from './texts.ts';
import type { Team } from './wire.ts';

const CHANNELS = ['sms', 'email', 'webhook'];
const SHOWN_LENGTH = 60;

export function contactsView({ show, reload }: Stage): View {
  const refresh = async () => {
    const memberships = await readMemberships();
    const teams = memberships.length > 1 ? await getAll<Team>('/teams') : [];
    const device = memberships.length > 0 ? await readDeviceState(memberships) : undefined;
    const nameOf = ({ teamId }: Membership) => teams.find((team) => team.teamId === teamId)?.name;
    show(
      html`<h1>${c.contacts}</h1>
      ${device === undefined ? html`<p class="empty">${c.noTeam}</p>` : deviceSection(device, memberships, reload)}
      ${memberships.map((membership) => teamSection(membership, nameOf(membership), reload))}`,
      c.contacts,
    );
  };
  return { refresh, concerns: () => false };
}

function deviceSection(state: DeviceState, memberships: readonly Membership[], reload: () => Promise<void>) {
  const enable = async () => {
    const became = await notifyThisDevice(memberships);
    if (became !== 'on') notice(c.device[became]);
  };
  const disable = () => leaveThisDevice(memberships);
  return html`<section class="this-device" data-state=${state}>
    <h2>${c.thisDevice}</h2>
    <p>${c.device[state]}</p>
    ${state === 'off' ? html`<button data-action="notify-device" @click=${(event: Event) => attempt(event, enable, reload)}>${c.notifyDevice}</button>` : ''}
    ${state === 'on' ? html`<button class="quiet" data-action="leave-device" @click=${(event: Event) => attempt(event, disable, reload)}>${c.leaveDevice}</button>` : ''}
  </section>`;
}

function teamSection(membership: Membership, name: string | undefined, reload: () => Promise<void>): TemplateResult {
  const own = ownOf(membership);
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const contact = { channel: String(fields.get('channel')), address: String(fields.get('address')).trim() };
    return attemptForm(
      event,
      async () => {
        const { contacts } = await putOwn(membership, [...own, contact]);
        form.reset();
        const { secret } = contacts.find((each) => each.secret !== undefined) ?? {};
        if (secret !== undefined) notice(c.secret(secret));
      },
      reload,
    );
  };
  const remove = ({ contactId }: OwnContact) =>
    putOwn(
      membership,
      own.filter((each) => each.contactId !== contactId),
    );
  return html`<section class="contacts" data-team-id=${membership.teamId}>
    ${name === undefined ? '' : html`<h2>${name}</h2>`}
    ${
      membership.contacts.length === 0
        ? html`<p class="empty">${c.noContacts}</p>`
        : html`<table class="stacks"><thead><tr><th>${c.channel}</th><th>${c.address}</th><th>${t.state}</th><th></th></tr></thead>
      <tbody>${membership.contacts.map((contact) => contactRow(contact, () => remove(contact), reload))}</tbody></table>`
    }
    <form class="add-contact" @submit=${add}>
      <select name="channel" aria-label=${c.channel}>${CHANNELS.map((channel) => html`<option value=${channel}>${words(channel)}</option>`)}</select>
      <input name="address" aria-label=${c.address} placeholder=${c.addressHint} required maxlength="2000" />
      <button>${c.add}</button>
    </form>
  </section>`;
}

function contactRow(contact: OwnContact, remove: () => Promise<unknown>, reload: () => Promise<void>) {
  const { contactId, channel, verified, enteredBy } = contact;
  return html`<tr data-contact-id=${contactId}>
    <td>${words(channel)}</td>
    <td class="detail" data-label=${c.address}>${shownAddress(contact)}</td>
    <td>${verified ? c.verified : c.unverified}${enteredBy === 'team' ? ` · ${c.byTeam}` : ''}${verified ? '' : codeForm(contact, reload)}</td>
    <td class="do">${enteredBy === 'team' ? '' : html`<button class="quiet" data-action="remove" @click=${(event: Event) => attempt(event, remove, reload)}>${c.remove}</button>`}</td>
  </tr>`;
}

function codeForm(contact: OwnContact, reload: () => Promise<void>): TemplateResult {
  const { codeExpiresAt } = contact;
  const send = html`<button class="quiet" type="button" data-action="send-code" @click=${(event: Event) => attempt(event, () => sendCode(contact), reload)}>${c.sendCode}</button>`;
  if (codeExpiresAt === undefined) return html`<div class="code-form">${send}</div>`;
  const verify = (event: SubmitEvent) => {
    event.preventDefault();
    const code = String(new FormData(event.target as HTMLFormElement).get('code'));
    return attemptForm(event, () => verifyContact(contact, code), reload);
  };
  return html`<form class="code-form" @submit=${verify}>
    <small>${c.codeUntil(timeOf(codeExpiresAt))}</small>
    <input name="code" aria-label=${c.code} placeholder=${c.code} inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" required />
    <button>${c.verify}</button> ${send}
  </form>`;
}

function attemptForm({ submitter }: SubmitEvent, action: () => Promise<unknown>, reload: () => Promise<void>) {
  return attempt({ currentTarget: submitter }, action, reload);
}

/** Of a push subscription its address says nothing to anybody. */
function shownAddress({ channel, address }: OwnContact): string {
  if (channel === 'web_push') return c.browser;
  return address.length > SHOWN_LENGTH ? `${address.slice(0, SHOWN_LENGTH)}…` : address;
}
