// How a patient and their carers are reached, with consent.
import Type from 'typebox';
import {
  listPatientContacts,
  type PatientContact,
  putPatientContacts,
} from '../../storage/registry/patient-contacts.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatOptionalInstant } from '../instant.ts';
import { patientOf } from '../route-access.ts';
import { InstantOut, PatientParams, Strict, Text, Uuid } from '../wire.ts';

const CONTACT = {
  relation: Type.Enum(['self', 'carer']),
  name: Type.Optional(Text(100)),
  channel: Type.String({ format: 'code' }),
  address: Type.String({ maxLength: 2000 }),
  language: Type.Optional(Type.Enum(['zh', 'en'], { description: 'Of messages; absent: as the team has it.' })),
};
const Secret = Type.Optional(Type.String({ minLength: 16, maxLength: 200 }));
const ContactsOut = Type.Object({
  contacts: Type.Array(
    Type.Object({
      contactId: Uuid,
      ...CONTACT,
      consent: Type.Boolean(),
      consentAt: Type.Optional(InstantOut),
      consentWithdrawnAt: Type.Optional(InstantOut),
      secret: Type.Optional(
        Type.String({ description: 'Of a webhook, only where it was made just now: it is not shown again.' }),
      ),
    }),
  ),
});

const toWire = (contacts: readonly PatientContact[]) => ({
  contacts: contacts.map((contact) => ({
    ...contact,
    consentAt: formatOptionalInstant(contact.consentAt),
    consentWithdrawnAt: formatOptionalInstant(contact.consentWithdrawnAt),
  })),
});

export const patientContactRoutes: ApiRoutes =
  ({ db, vault, config, now }) =>
  async (server) => {
    const deps = { vault, plainHttpHosts: config.webhookAllow, channels: config.channels };
    const tags = ['patients'];

    server.put(
      '/patients/:patientId/contacts',
      {
        config: { access: { permission: 'treat', over: 'patient', opens: 'contacts' } },
        schema: {
          tags,
          description:
            'Takes the place of the present contacts. Without consent a contact is kept and never told anything.',
          params: PatientParams,
          body: Strict({
            contacts: Type.Array(Strict({ ...CONTACT, secret: Secret, consent: Type.Boolean() }), { maxItems: 20 }),
          }),
          response: { 200: ContactsOut },
        },
      },
      async (request) => toWire(await putPatientContacts(db, deps, patientOf(request), request.body.contacts, now())),
    );

    server.get(
      '/patients/:patientId/contacts',
      {
        config: { access: { permission: 'read', over: 'patient', opens: 'contacts' } },
        schema: { tags, params: PatientParams, response: { 200: ContactsOut } },
      },
      async (request) => toWire(await listPatientContacts(db, vault, patientOf(request).patientKey)),
    );
  };
