// Where the patient of an emergency is and how they are called, for whoever has taken it over.
import { html } from 'lit-html';
import { t } from './texts.ts';
import type { AlertDetail } from './wire.ts';

export function emergencyContact({ phone, address }: NonNullable<AlertDetail['contact']>) {
  if (phone === undefined && address === undefined)
    return html`<p class="emergency-contact note">${t.noPhoneOrAddress}</p>`;
  return html`<dl class="emergency-contact">
    ${phone === undefined ? '' : html`<dt>${t.phone}</dt><dd><a class="phone" href="tel:${phone.replaceAll(/[^+\d]/g, '')}">${phone}</a></dd>`}
    ${address === undefined ? '' : html`<dt>${t.address}</dt><dd>${address}</dd>`}
  </dl>`;
}
