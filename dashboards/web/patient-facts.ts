// What one knows of a patient before looking at figures: age, sex, conditions, and how to call them.
import { html } from 'lit-html';
import { ageYears } from '../../domain/age.ts';
import { calendarDateOf, t, words } from './texts.ts';
import type { Patient } from './wire.ts';

export function patientFacts({ birthDate, sex, conditions, phone, timeZone }: Patient) {
  const age = birthDate && t.years(ageYears(birthDate, calendarDateOf(Date.now(), timeZone)));
  const facts = [age, sex && words(sex), ...conditions.map(words)].filter(Boolean).join(' · ');
  return html`${facts}${phone ? html` · <a class="phone" href="tel:${phone.replaceAll(/[^+\d]/g, '')}">${phone}</a>` : ''}`;
}
