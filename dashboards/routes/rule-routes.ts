// The rules and their thresholds: by default, a team's own, a patient's own; each says where it comes from.
import Type from 'typebox';
import type { RuleOverrides } from '../../domain/rules/rule-overrides.ts';
import { createRuleSet, usableOverrides } from '../../domain/rules/rule-set.ts';
import { mayInTeam } from '../../storage/registry/access.ts';
import { putDocument } from '../../storage/registry/dated-documents.ts';
import { findPatient, notPermitted } from '../../storage/registry/find-in-scope.ts';
import { readOverridesInTeam, readPatientRules } from '../../storage/registry/read-rule-overrides.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { type OverridesVersion, putTeamRules, readTeamRules } from '../../storage/registry/team-rules.ts';
import { listTeams } from '../../storage/registry/teams.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { checkPatientThresholds, checkTeamThresholds } from '../check-thresholds.ts';
import { formatOptionalInstant } from '../instant.ts';
import { namedInBody } from '../named-in-body.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import { RuleWire, toRulesWire } from '../rule-wire.ts';
import { Revision, Thresholds } from '../threshold-body.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, Uuid } from '../wire.ts';

const OVERRIDES = {
  revision: Type.Integer({ description: 'Of the thresholds that were set here last; 0: none ever were.' }),
  thresholds: Thresholds,
  setAt: Type.Optional(InstantOut),
  setBy: Type.Optional(Uuid),
};
const OverridesWire = Type.Object({ teamId: Type.Optional(Uuid), patientId: Type.Optional(Uuid), ...OVERRIDES });
const RulesWire = Type.Object({ ...Page(RuleWire).properties, overrides: Type.Optional(OverridesWire) });

interface Place {
  readonly teamId?: string | undefined;
  readonly patientId?: string | undefined;
}

const toOverridesWire = (place: Place, { setAt, setBy, ...version }: OverridesVersion) => ({
  ...place,
  ...version,
  setAt: formatOptionalInstant(setAt),
  setBy,
});

export const ruleRoutes: ApiRoutes = (services) => async (server) => {
  const { db, audit, now } = services;
  const tags = ['rules'];

  server.get(
    '/rules',
    {
      config: { access: { permission: 'read', over: 'anything' } },
      schema: {
        tags,
        description:
          'As they hold by default, for a team or for a patient, whose own thresholds come before those of their team. `overrides` is what was set for them and what PUT takes the place of.',
        querystring: Strict({ ...PAGE_QUERY, teamId: Type.Optional(Uuid), patientId: Type.Optional(Uuid) }),
        response: { 200: RulesWire },
      },
    },
    async (request) => {
      const { teamId, patientId, ...page } = request.query;
      const caller = callerOf(request);
      const { access } = caller;
      if (teamId !== undefined && patientId !== undefined)
        throw invalid('teamId', 'Ask for a team or for a patient: not for both.');
      if (patientId !== undefined) {
        const patient = await findPatient(db, access, patientId, 'read');
        await audit.addOpenings(caller, [patient.patientKey], 'care', now());
        const own = await readPatientRules(db, patient.patientKey, now());
        const team = await readTeamRules(db, patient.teamId);
        return answer(page, team.thresholds, own.thresholds, toOverridesWire({ patientId }, own));
      }
      if (teamId === undefined) return answer(page, {}, {});
      if (!mayInTeam(access, 'read', teamId) || (await listTeams(db, [teamId])).length === 0) throw notFound('team');
      const own = await readTeamRules(db, teamId);
      return answer(page, own.thresholds, {}, toOverridesWire({ teamId }, own));
    },
  );

  function answer(
    page: { readonly limit?: number; readonly cursor?: string },
    team: RuleOverrides,
    patient: RuleOverrides,
    overrides?: ReturnType<typeof toOverridesWire>,
  ) {
    const rules = toRulesWire(createRuleSet(usableOverrides(team), usableOverrides(patient)));
    const items = pageOfAll(
      rules,
      page,
      ({ ruleId }) => ruleId,
      (rule) => rule,
    );
    return { ...items, ...(overrides && { overrides }) };
  }

  server.put(
    '/rules',
    {
      config: { access: { permission: 'treat', over: 'anything' } },
      schema: {
        tags,
        description:
          'A team’s own thresholds (needs the permission to configure the team) or a patient’s own (to treat them; the same as PUT /patients/{patientId}/targets from now on). They take the place of all that were set for them: {} gives the defaults back. Each is a new revision, the former ones are kept. With `revision`, who has not seen the newest is refused (409).',
        body: Strict({
          teamId: Type.Optional(Uuid),
          patientId: Type.Optional(Uuid),
          thresholds: Thresholds,
          revision: Type.Optional(Revision),
        }),
        response: { 200: OverridesWire },
      },
    },
    async (request) => {
      const { teamId, patientId, thresholds, revision } = request.body;
      const { access, userId } = callerOf(request);
      if ((teamId === undefined) === (patientId === undefined))
        throw invalid('teamId', 'Name a team (teamId) or a patient (patientId): one of them.');
      if (teamId !== undefined) {
        if (!mayInTeam(access, 'read', teamId) || (await listTeams(db, [teamId])).length === 0)
          throw invalid('teamId', 'There is no such team.');
        if (!mayInTeam(access, 'configure', teamId)) throw notPermitted('configure');
        checkTeamThresholds(thresholds, await readOverridesInTeam(db, teamId, now()));
        const set = await putTeamRules(db, teamId, { thresholds, revision }, userId, now());
        await noteWhat(request.auditId, { teamId, revision: set.revision });
        return toOverridesWire({ teamId }, set);
      }
      const patient = await namedInBody('patientId', () => findPatient(db, access, patientId ?? '', 'treat'));
      request.patient = patient;
      checkPatientThresholds(thresholds, (await readTeamRules(db, patient.teamId)).thresholds);
      const document = { document: { thresholds }, from: now() };
      const put = await putDocument(db, 'targets', patient, document, {
        now: now(),
        by: userId,
        revision,
        endsAtNext: true,
      });
      await noteWhat(request.auditId, { revision: put.revision });
      const { recordedAt: setAt, recordedBy: setBy } = put;
      return toOverridesWire({ patientId }, { thresholds, revision: put.revision, setAt, setBy });
    },
  );

  /** Beside who and when: of what it was. */
  async function noteWhat(auditId: number | undefined, detail: Readonly<Record<string, string | number>>) {
    if (auditId !== undefined) await audit.addDetail(auditId, detail);
  }
};
