// Why there was an alert, or none: what every rule said of a patient at an instant, and on what it rested.
import Type from 'typebox';
import { EARLIEST_AT } from '../../domain/plausibility.ts';
import type { RuleDescription } from '../../domain/rules/rule.ts';
import { invalid } from '../../storage/registry/refusal.ts';
import { judgeAt } from '../../storage/verdicts/judge-at.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, parseOptionalInstant } from '../instant.ts';
import { pageOfAll } from '../page-cursor.ts';
import { patientEntryOf } from '../patient-entry.ts';
import { evidenceKey, readStoredEvidence } from '../read-evidence.ts';
import { patientOf } from '../route-access.ts';
import { restsOn, toVerdictWire, VerdictWire } from '../verdict-wire.ts';
import { InstantIn, InstantOut, PAGE_QUERY, Page, PatientParams, Strict } from '../wire.ts';

const VerdictsWire = Type.Object({
  at: InstantOut,
  timeZone: Type.String(),
  from: Type.String({ format: 'date-time', description: 'Rules of two days look back to here.' }),
  readingCount: Type.Integer({ description: 'Measured from `from` to `at`.' }),
  receivedLater: Type.Integer({ description: 'Of them, received only after `at`.' }),
  ...Page(VerdictWire).properties,
});

export const verdictRoutes: ApiRoutes = (services) => async (server) => {
  const { storage, log, now } = services;
  const onRuleBug = ({ id: ruleId }: RuleDescription, err: unknown) =>
    log.error({ err, ruleId }, 'a rule failed on a patient and says nothing of them');

  server.get(
    '/patients/:patientId/verdicts',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'verdicts' } },
      schema: {
        tags: ['rules'],
        description:
          'What every rule says of the readings measured up to `at` (now, where absent), as they are stored now, with the thresholds and facts that held at `at`. `asReceived` is what could be known then. What people were told is in the alerts.',
        params: PatientParams,
        querystring: Strict({ ...PAGE_QUERY, at: Type.Optional(InstantIn) }),
        response: { 200: VerdictsWire },
      },
    },
    async (request) => {
      const { at: asked, ...page } = request.query;
      const at = parseOptionalInstant(asked, 'at') ?? now();
      if (at > now()) throw invalid('at', '`at` must not lie in the future.');
      const entry = await patientEntryOf(services, patientOf(request));
      const { timeZone } = entry.profile;
      if (at < EARLIEST_AT)
        throw invalid('at', `\`at\` lies before all readings: ${formatInstant(EARLIEST_AT)} at the earliest.`);
      const { from, verdicts, readings, receivedLater } = await judgeAt({ ...storage, onRuleBug }, entry, at);
      const held = new Map(readings.map((stored) => [evidenceKey(stored.reading), stored]));
      const evidence = await readStoredEvidence(
        storage,
        verdicts.flatMap(({ judged }) => restsOn(judged)),
        held,
      );
      const firing = verdicts.flatMap(({ rule, judged: { verdict, severity } }) =>
        verdict === 'firing' ? { ruleId: rule.id, severity } : [],
      );
      const answer = pageOfAll(
        verdicts,
        page,
        ({ rule }) => rule.id,
        (verdict) => toVerdictWire(verdict, firing, evidence, at),
      );
      return {
        at: formatInstant(at),
        timeZone,
        from: formatInstant(from),
        readingCount: readings.length,
        receivedLater,
        ...answer,
      };
    },
  );
};
