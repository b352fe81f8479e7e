// Patients: who they are, what is true of them, and which of them to look at first.
import Type from 'typebox';
import { mayInTeam, teamsWith } from '../../storage/registry/access.ts';
import { erasePatient } from '../../storage/registry/erase-patient.ts';
import type { PatientRef } from '../../storage/registry/find-in-scope.ts';
import { listPatients } from '../../storage/registry/list-patients.ts';
import { changePatient, createPatient } from '../../storage/registry/patients.ts';
import { readFollowUp } from '../../storage/registry/read-follow-up.ts';
import { readPatients } from '../../storage/registry/read-patients.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { listTeams } from '../../storage/registry/teams.ts';
import { readPatientRisks } from '../../storage/risk/patient-risks.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { parseOptionalInstant } from '../instant.ts';
import { DEFAULT_LIMIT, KeyPosition, readCursor, toPage } from '../page-cursor.ts';
import {
  PatientDetail,
  PatientListing,
  RiskGroupWire,
  SexWire,
  toPatientDetail,
  toPatientListing,
} from '../patient-wire.ts';
import { callerOf, patientOf } from '../route-access.ts';
import {
  CalendarDate,
  Code,
  InstantIn,
  OrNull,
  PAGE_QUERY,
  Page,
  PatientParams,
  Strict,
  Text,
  TimeZone,
  Uuid,
} from '../wire.ts';

const Identifiers = Type.Array(Strict({ system: Type.String({ format: 'identifier-system' }), value: Text(100) }), {
  maxItems: 20,
});
const Conditions = Type.Array(Code, {
  maxItems: 50,
  description: 'e.g. type_2_diabetes, type_1_diabetes, hypertension',
});
const Position = Type.Object({ patientKey: KeyPosition, score: KeyPosition });

export const patientRoutes: ApiRoutes = (services) => async (server) => {
  const { db, identities, storage, audit, now } = services;
  const tags = ['patients'];

  async function detail({ patientKey }: Pick<PatientRef, 'patientKey'>) {
    const [patient] = await readPatients(db, identities, [patientKey], now());
    if (!patient) throw notFound('patient');
    const [risks, followUp] = await Promise.all([readPatientRisks(db, [patientKey]), readFollowUp(db, patient, now())]);
    return toPatientDetail(patient, risks.get(patientKey), followUp);
  }

  server.post(
    '/patients',
    {
      config: { access: { permission: 'treat', over: 'anything' } },
      schema: {
        tags,
        body: Strict({
          name: Text(100),
          birthDate: CalendarDate,
          sex: SexWire,
          conditions: Conditions,
          teamId: Uuid,
          timeZone: Type.Optional(TimeZone),
          identifiers: Type.Optional(Identifiers),
          phone: Type.Optional(Text(50)),
          address: Type.Optional(Text(300)),
          riskGroup: Type.Optional(RiskGroupWire),
        }),
        response: { 201: PatientDetail },
      },
    },
    async (request, reply) => {
      const { access, userId } = callerOf(request);
      const { teamId, birthDate } = request.body;
      if (!mayInTeam(access, 'treat', teamId) || (await listTeams(db, [teamId])).length === 0)
        throw invalid('teamId', 'There is no such team whose patients you may register.');
      if (Date.parse(birthDate) > now()) throw invalid('birthDate', 'birthDate must not lie in the future.');
      const patient = await createPatient({ db, identities }, request.body, userId, now());
      request.patient = patient;
      return reply.code(201).send(await detail(patient));
    },
  );

  server.get(
    '/patients',
    {
      config: { access: { permission: 'read', over: 'anything' } },
      schema: {
        tags,
        querystring: Strict({
          ...PAGE_QUERY,
          q: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 100,
              description: 'Part of a name, its pinyin or initials; or a whole identifier or phone number.',
            }),
          ),
          sort: Type.Optional(Type.Enum(['registration', 'risk'])),
          teamId: Type.Optional(Uuid),
        }),
        response: { 200: Page(PatientListing) },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, q, sort = 'registration', teamId } = request.query;
      const caller = callerOf(request);
      const { access } = caller;
      if (teamId !== undefined && !mayInTeam(access, 'read', teamId)) throw notFound('team');
      const teamIds = teamId === undefined ? teamsWith(access, 'read') : [teamId];
      const after = readCursor(cursor, Position);
      const found = await listPatients({ db, identities }, { teamIds, query: q }, sort, after, limit + 1);
      const keys = found.map(({ patientKey }) => patientKey);
      const records = new Map(
        (await readPatients(db, identities, keys, now())).map((record) => [record.patientKey, record]),
      );
      const rows = found.flatMap((listing) => {
        const record = records.get(listing.patientKey);
        return record ? [{ ...listing, record }] : [];
      });
      const shown = rows.slice(0, limit).map(({ patientKey }) => patientKey);
      await audit.addOpenings(caller, shown, 'list', now());
      const positionOf = ({ patientKey, score }: (typeof rows)[number]) => ({ patientKey, score });
      return toPage(rows, limit, positionOf, ({ record, risk }) => toPatientListing(record, risk));
    },
  );

  server.get(
    '/patients/:patientId',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'profile' } },
      schema: { tags, params: PatientParams, response: { 200: PatientDetail } },
    },
    async (request) => detail(patientOf(request)),
  );

  server.patch(
    '/patients/:patientId',
    {
      config: { access: { permission: 'treat', over: 'patient', opens: 'profile' } },
      schema: {
        tags,
        description:
          'What is absent stays; null removes. Conditions are those that hold from `from` (now, where absent) on; what held before is kept.',
        params: PatientParams,
        body: Strict({
          name: Type.Optional(Text(100)),
          birthDate: Type.Optional(CalendarDate),
          sex: Type.Optional(SexWire),
          timeZone: Type.Optional(TimeZone),
          identifiers: Type.Optional(Identifiers),
          phone: Type.Optional(OrNull(Text(50))),
          address: Type.Optional(OrNull(Text(300))),
          conditions: Type.Optional(Conditions),
          riskGroup: Type.Optional(RiskGroupWire),
          from: Type.Optional(InstantIn),
        }),
        response: { 200: PatientDetail },
      },
    },
    async (request) => {
      const patient = patientOf(request);
      const { birthDate } = request.body;
      if (birthDate !== undefined && Date.parse(birthDate) > now())
        throw invalid('birthDate', 'birthDate must not lie in the future.');
      const from = parseOptionalInstant(request.body.from, 'from');
      if (from !== undefined && from > now()) throw invalid('from', 'from must not lie in the future.');
      await changePatient({ db, identities }, patient, { ...request.body, from }, now());
      return detail(patient);
    },
  );

  server.delete(
    '/patients/:patientId',
    {
      config: { access: { permission: 'configure', over: 'patient' } },
      schema: {
        tags,
        description: 'Erases who the patient is and every reading. It can’t be undone.',
        params: PatientParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await erasePatient({ db, timeSeries: storage.timeSeries }, patientOf(request).patientKey, now());
      return reply.code(204).send(null);
    },
  );
};
