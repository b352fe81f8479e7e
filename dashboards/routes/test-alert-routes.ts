// A trial of the whole way from an alert to people, asked for by who runs the team.
import Type from 'typebox';
import { CONDITIONS, DIRECTIONS, SEVERITIES } from '../../domain/rules/rule.ts';
import { MAX_TESTS_AN_HOUR, MAX_UNCLOSED_TESTS, openTestAlert } from '../../storage/alerts/open-test-alert.ts';
import { invalid } from '../../storage/registry/refusal.ts';
import { AlertWire, toAlertWire } from '../alert-wire.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { findAsked } from '../find-asked.ts';
import { callerOf } from '../route-access.ts';
import { Strict, Uuid } from '../wire.ts';

const Optional = Type.Optional;

export const testAlertRoutes: ApiRoutes = (services) => async (server) => {
  const { storage, now } = services;

  server.post(
    '/alerts/test',
    {
      config: { access: { permission: 'configure', over: 'anything' } },
      schema: {
        tags: ['alerts'],
        description: `Opens an alert that goes the whole way, marked as a test in every message: by the team’s policy, schedule and contacts, step by step until somebody takes it over. It touches no real alert, counts in no figure, and ends by itself after two hours. At most ${MAX_UNCLOSED_TESTS} of a team at once, and ${MAX_TESTS_AN_HOUR} within an hour (429 with Retry-After). In debug mode nothing is sent of it either.`,
        body: Strict({
          teamId: Optional(Uuid),
          patientId: Optional(Type.String({ format: 'uuid', description: 'Instead of teamId.' })),
          severity: Type.Enum([...SEVERITIES]),
          condition: Optional(Type.Enum([...CONDITIONS], { default: 'glucose' })),
          direction: Optional(Type.Enum([...DIRECTIONS], { default: 'low' })),
          includePatient: Optional(
            Type.Boolean({ default: false, description: 'With patientId: patient and carers are told, too.' }),
          ),
        }),
        response: { 201: AlertWire },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { severity, condition = 'glucose', direction = 'low', includePatient = false } = request.body;
      const { teamId, patientKey } = await findAsked(services, caller, request.body, 'configure');
      if (includePatient && patientKey === undefined)
        throw invalid('includePatient', 'Nobody in particular is the patient: give patientId instead of teamId.');
      const { userId } = caller;
      const test = { teamId, patientKey, severity, condition, direction, includePatient, userId };
      return reply.code(201).send(toAlertWire(await openTestAlert(storage.pool, test, now())));
    },
  );
};
