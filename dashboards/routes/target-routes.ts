// Targets of a team's patients: how many of each group meet them, and who misses which.
import Type from 'typebox';
import { RISK_GROUPS } from '../../domain/metrics/glucose-targets.ts';
import { readTeamGlucose } from '../../storage/readings/read-team-glucose.ts';
import { readPatients } from '../../storage/registry/read-patients.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant } from '../instant.ts';
import { DEFAULT_LIMIT, KeyPosition, readCursor, toPage } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import { countByGroup, MISSED_TARGETS, missingPatients, patientTargets, urgencyOf } from '../team-targets.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, TeamParams, Uuid } from '../wire.ts';

const Percent = Type.Number({ description: 'percent of time' });
const Count = Type.Integer();
const RiskGroup = Type.Enum([...RISK_GROUPS]);

const GroupWire = Type.Object({
  riskGroup: RiskGroup,
  targets: Type.Object(
    {
      inRangeAbove: Percent,
      belowRangeUnder: Percent,
      veryLowUnder: Type.Optional(Percent),
      aboveRangeUnder: Percent,
      veryHighUnder: Percent,
    },
    { description: 'To be exceeded, and not to be reached.' },
  ),
  patients: Count,
  measured: Type.Integer({ description: 'With any CGM reading in these days.' }),
  sufficient: Type.Integer({ description: 'With enough of them to be judged: the others neither meet nor miss.' }),
  met: Type.Integer({ description: 'All targets.' }),
  missed: Type.Object({ inRange: Count, belowRange: Count, veryLow: Count, aboveRange: Count, veryHigh: Count }),
});
const MissingWire = Type.Object({
  patientId: Uuid,
  name: Type.String(),
  riskGroup: RiskGroup,
  missed: Type.Array(Type.Enum([...MISSED_TARGETS])),
  activePercent: Type.Number(),
  timeInRange: Type.Optional(
    Type.Object({ veryLow: Percent, low: Percent, inRange: Percent, high: Percent, veryHigh: Percent }),
  ),
});
const TargetsWire = Type.Object({
  at: InstantOut,
  days: Type.Integer(),
  groups: Type.Array(GroupWire),
  ...Page(MissingWire).properties,
});
const Position = Type.Object({ urgency: KeyPosition, patientKey: KeyPosition });

export const targetRoutes: ApiRoutes = (services) => async (server) => {
  const { db, identities, storage, audit, now } = services;

  server.get(
    '/teams/:teamId/targets',
    {
      config: { access: { permission: 'read', over: 'team' } },
      schema: {
        tags: ['teams'],
        description:
          'Of CGM, by the targets of each patient’s group. `items` are those who miss one, lows first; by `missed` those who miss that one. From days that were summed up: a day’s newest readings may be a minute behind.',
        params: TeamParams,
        querystring: Strict({
          ...PAGE_QUERY,
          days: Type.Optional(Type.Integer({ minimum: 14, maximum: 90, default: 14 })),
          missed: Type.Optional(Type.Enum([...MISSED_TARGETS])),
        }),
        response: { 200: TargetsWire },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, days = 14, missed } = request.query;
      const at = now();
      const all = (await readTeamGlucose(storage.pool, request.params.teamId, days, at)).map(patientTargets);
      const after = readCursor(cursor, Position);
      const rows = missingPatients(all, missed).filter(
        (patient) =>
          after === undefined ||
          urgencyOf(patient) < after.urgency ||
          (urgencyOf(patient) === after.urgency && patient.patientKey > after.patientKey),
      );
      const shown = rows.slice(0, limit).map(({ patientKey }) => patientKey);
      const records = await readPatients(db, identities, shown, at);
      const names = new Map(records.map(({ patientKey, name }) => [patientKey, name]));
      await audit.addOpenings(callerOf(request), shown, 'list', at);
      const page = toPage(
        rows,
        limit,
        (patient) => ({ urgency: urgencyOf(patient), patientKey: patient.patientKey }),
        ({ patientKey, patientId, riskGroup, missed: which, activePercent, timeInRange }) => ({
          patientId,
          name: names.get(patientKey) ?? '',
          riskGroup,
          missed: [...which],
          activePercent,
          timeInRange,
        }),
      );
      return { at: formatInstant(at), days, groups: countByGroup(all), ...page };
    },
  );
};
