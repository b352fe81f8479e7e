// Who would get what, when and why: asked without telling anybody.
import Type from 'typebox';
import { NOTIFICATION_KINDS } from '../../domain/alerts/decide-notification.ts';
import { TARGET_KINDS } from '../../domain/alerts/escalation-policy.ts';
import type { Routing } from '../../domain/alerts/route-step.ts';
import { MAX_SIMULATED_MESSAGES, SIMULATED_MS, simulateRoute } from '../../domain/alerts/simulate-route.ts';
import { CONDITIONS, DIRECTIONS, SEVERITIES } from '../../domain/rules/rule.ts';
import { readReach } from '../../storage/alerts/dead-contacts.ts';
import { type Access, mayInTeam } from '../../storage/registry/access.ts';
import { offeredChannels } from '../../storage/registry/contact-channels.ts';
import { readMemberNames } from '../../storage/registry/members.ts';
import { invalid } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { findAsked } from '../find-asked.ts';
import { formatInstant, parseOptionalInstant } from '../instant.ts';
import { callerOf } from '../route-access.ts';
import { InstantIn, InstantOut, Strict, Uuid } from '../wire.ts';

/** As far as a schedule is answered for. */
const FURTHEST_MS = 400 * 86_400_000;

const Optional = Type.Optional;
const Audience = Type.Enum(['team', 'patient', 'carer']);
const Target = Type.Enum([...TARGET_KINDS]);
const RouteWire = Type.Object({
  ok: Type.Boolean({ description: 'false: something urgent would at first reach nobody of the team beyond the app.' }),
  problems: Type.Array(Type.String(), { description: 'What somebody has to mend.' }),
  policy: Optional(Type.String()),
  settingsVersion: Type.Integer({ description: 'Of the team’s alerting settings; 0: the defaults.' }),
  from: InstantOut,
  to: InstantOut,
  messages: Type.Array(
    Type.Object({
      at: InstantOut,
      step: Optional(Type.Integer({ description: 'Which step of the policy, from 0; absent: it goes to the owner.' })),
      target: Optional(Target),
      audience: Audience,
      memberId: Optional(
        Type.String({
          format: 'uuid',
          description: 'Absent, as contactId is, of whoever is of a team that the caller may not read.',
        }),
      ),
      name: Optional(Type.String({ description: 'Of members of the team itself.' })),
      role: Optional(Type.String()),
      channel: Type.String(),
      contactId: Optional(Uuid),
      kind: Type.Enum([...NOTIFICATION_KINDS]),
      reason: Type.String(),
    }),
    { description: `In their order; the first ${MAX_SIMULATED_MESSAGES}.` },
  ),
  waits: Type.Array(Type.Object({ at: InstantOut, until: InstantOut, reason: Type.String() }), {
    description: 'Of what is not urgent: until when it waits, and why.',
  }),
  isCut: Type.Boolean({ description: 'There would be more messages.' }),
  inApp: Type.Array(Uuid, { description: 'Members who see it in the app from the beginning.' }),
  skipped: Type.Array(
    Type.Object({
      at: InstantOut,
      target: Target,
      reason: Type.String(),
      isProblem: Type.Boolean({ description: 'false: it may be meant so, as with a patient who has no contact.' }),
      memberId: Optional(Uuid),
      name: Optional(Type.String()),
      contactId: Optional(Uuid),
      channel: Optional(Type.String()),
    }),
  ),
});

export const routeTestRoutes: ApiRoutes = (services) => async (server) => {
  const { db, storage, config, now } = services;

  server.post(
    '/routes/test',
    {
      config: { access: { permission: 'read', over: 'anything' } },
      schema: {
        tags: ['teams', 'alerts'],
        description:
          'What would become of an alert that began at `at` (now, where absent) and fired for a day: whom it would be told, when and why, by the settings, schedule and contacts of now; a contact whose last message failed for good is passed over (`dead_contact`). Nobody is told anything. Repetitions are at the interval that holds where a rule has none of its own.',
        body: Strict({
          teamId: Optional(Uuid),
          patientId: Optional(
            Type.String({ format: 'uuid', description: 'Instead of teamId: with patient and carers.' }),
          ),
          condition: Type.Enum([...CONDITIONS]),
          direction: Type.Enum([...DIRECTIONS]),
          severity: Type.Enum([...SEVERITIES]),
          at: Optional(InstantIn),
          acknowledgeAfterMin: Optional(
            Type.Integer({ minimum: 0, maximum: 1440, description: 'Somebody takes it over, and gives no outcome.' }),
          ),
        }),
        response: { 200: RouteWire },
      },
    },
    async (request) => {
      const { condition, direction, severity, acknowledgeAfterMin } = request.body;
      const at = parseOptionalInstant(request.body.at, 'at') ?? now();
      if (Math.abs(at - now()) > FURTHEST_MS) throw invalid('at', 'at lies too far away: at most 400 days from now.');
      const caller = callerOf(request);
      const { access } = caller;
      const { teamId, patientKey } = await findAsked(services, caller, request.body, 'read');
      const { settings, settingsVersion, timeZone, ...routing } = await readReach(storage.pool, {
        teamId,
        patientKey,
      });
      const offered = new Set(offeredChannels(config.channels));
      const route = simulateRoute({
        ...{ condition, direction, severity, at, acknowledgeAfterMin, settings, routing, timeZone },
        hasPatient: patientKey !== undefined,
        hasChannel: (channel) => offered.has(channel),
      });
      const names = await readMemberNames(db, teamId);
      const strangers = strangersIn(routing, access);
      const named = <T extends Simulated>(each: T) => ({
        ...each,
        ...(strangers.has(each.memberId) && { memberId: undefined, contactId: undefined }),
        at: formatInstant(each.at),
        name: each.memberId === undefined ? undefined : names.get(each.memberId),
      });
      return {
        ...route,
        settingsVersion,
        from: formatInstant(at),
        to: formatInstant(at + SIMULATED_MS),
        problems: [...route.problems],
        inApp: [...route.inApp],
        waits: route.waits.map(({ at: from, until, reason }) => ({
          at: formatInstant(from),
          until: formatInstant(until),
          reason,
        })),
        messages: route.messages.map(named),
        skipped: route.skipped.map(named),
      };
    },
  );
};

interface Simulated {
  readonly at: number;
  readonly memberId?: string | undefined;
  readonly contactId?: string | undefined;
}

/** Who of the organisation behind the team is nobody whom the caller could look up. */
function strangersIn({ backing }: Pick<Routing, 'backing'>, access: Access): ReadonlySet<string | undefined> {
  const unread = backing.filter(({ teamId }) => !mayInTeam(access, 'read', teamId));
  return new Set(unread.flatMap(({ members }) => members.map(({ memberId }) => memberId)));
}
