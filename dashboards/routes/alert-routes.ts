// Alerts: what is open, the whole story of one, and what people do about it.
import Type from 'typebox';
import { ALERT_STATES, type AlertState, OUTCOMES } from '../../domain/alerts/alert-life.ts';
import { createAlertCommands } from '../../storage/alerts/alert-commands.ts';
import { type ListedAlert, listAlerts } from '../../storage/alerts/list-alerts.ts';
import { readAlertDetail } from '../../storage/alerts/read-alert-detail.ts';
import { mayInTeam, teamsWith } from '../../storage/registry/access.ts';
import { findPatient } from '../../storage/registry/find-in-scope.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { AlertDetailWire, AlertWire, toAlertDetailWire, toAlertWire } from '../alert-wire.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { readEmergencyContact } from '../emergency-contact.ts';
import { findAlert } from '../find-alert.ts';
import { parseInstant } from '../instant.ts';
import { DEFAULT_LIMIT, InstantPosition, readCursor, toPage } from '../page-cursor.ts';
import { readEvidence } from '../read-evidence.ts';
import { callerOf, type SignedIn } from '../route-access.ts';
import { InstantIn, Lines, PAGE_QUERY, Page, Strict, Uuid } from '../wire.ts';

const AlertParams = Strict({ alertId: Uuid });
const Position = Type.Object({ openedAt: InstantPosition, alertId: Uuid });
const Note = Lines(2000);

export const alertRoutes: ApiRoutes = (services) => async (server) => {
  const { storage, db, vault, audit, now } = services;
  const { pool } = storage;
  const commands = createAlertCommands({ pool, vault, now });
  const tags = ['alerts'];
  const handles = { access: { permission: 'acknowledge', over: 'anything' } } as const;

  async function noteOpenings(caller: SignedIn, alerts: readonly ListedAlert[]): Promise<void> {
    const patientKeys = alerts.flatMap(({ patientId, patientKey }) => (patientId === undefined ? [] : [patientKey]));
    await audit.addOpenings(caller, patientKeys, 'alerts', now());
  }

  server.get(
    '/alerts',
    {
      config: { access: { permission: 'read', over: 'anything' } },
      schema: {
        tags,
        description: 'Newest first.',
        querystring: Strict({
          ...PAGE_QUERY,
          state: Type.Optional(
            Type.String({ maxLength: 100, description: `One or more of ${ALERT_STATES.join(', ')}, by commas.` }),
          ),
          patientId: Type.Optional(Uuid),
          teamId: Type.Optional(Uuid),
        }),
        response: { 200: Page(AlertWire) },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, state, patientId, teamId } = request.query;
      const caller = callerOf(request);
      const { access } = caller;
      if (teamId !== undefined && !mayInTeam(access, 'read', teamId)) throw notFound('team');
      if (patientId !== undefined) await findPatient(db, access, patientId, 'read');
      const alerts = await listAlerts(pool, {
        // Who may see a patient sees all that ever was with them, also what another team handled.
        teams: patientId === undefined ? teamsWith(access, 'read') : undefined,
        states: state === undefined ? undefined : parseStates(state),
        patientId,
        teamId,
        after: readCursor(cursor, Position),
        limit: limit + 1,
      });
      await noteOpenings(caller, alerts.slice(0, limit));
      return toPage(alerts, limit, ({ openedAt, alertId }) => ({ openedAt, alertId }), toAlertWire);
    },
  );

  server.get(
    '/alerts/:alertId',
    {
      config: { access: { permission: 'read', over: 'anything' } },
      schema: { tags, params: AlertParams, response: { 200: AlertDetailWire } },
    },
    async (request) => {
      const caller = callerOf(request);
      const { alertId } = await findAlert(services, caller.access, request.params.alertId, 'read');
      const alert = await readAlertDetail({ pool, vault }, alertId);
      if (alert === undefined) throw notFound('alert');
      await noteOpenings(caller, [alert]);
      const contact = await readEmergencyContact(services, caller, alert);
      return toAlertDetailWire(alert, await readEvidence(storage, alert.evidence), contact);
    },
  );

  server.post(
    '/alerts/:alertId/acknowledge',
    {
      config: handles,
      schema: {
        tags,
        description: 'The caller owns it from now on: reminders and escalation stop.',
        params: AlertParams,
        body: Strict({ note: Type.Optional(Note) }),
        response: { 200: AlertWire },
      },
    },
    async (request) => {
      const { access, userId } = callerOf(request);
      const { alertId } = await findAlert(services, access, request.params.alertId, 'acknowledge');
      return toAlertWire(await commands.acknowledge(alertId, userId, request.body.note));
    },
  );

  server.post(
    '/alerts/:alertId/snooze',
    {
      config: handles,
      schema: {
        tags,
        description: 'Put off until then, unless it becomes worse. The longer, the less severe it is.',
        params: AlertParams,
        body: Strict({ until: InstantIn, reason: Note }),
        response: { 200: AlertWire },
      },
    },
    async (request) => {
      const { access, userId } = callerOf(request);
      const { alertId } = await findAlert(services, access, request.params.alertId, 'acknowledge');
      const until = parseInstant(request.body.until, 'until');
      return toAlertWire(await commands.snooze(alertId, userId, until, request.body.reason));
    },
  );

  server.post(
    '/alerts/:alertId/resolve',
    {
      config: handles,
      schema: {
        tags,
        description: 'Closes it, with what it led to. What fires after it is a new alert.',
        params: AlertParams,
        body: Strict({ outcome: Type.Enum([...OUTCOMES]), note: Type.Optional(Note) }),
        response: { 200: AlertWire },
      },
    },
    async (request) => {
      const { access, userId } = callerOf(request);
      const { alertId } = await findAlert(services, access, request.params.alertId, 'acknowledge');
      const { outcome, note } = request.body;
      return toAlertWire(await commands.resolve(alertId, userId, outcome, note));
    },
  );
};

/** Throws Refusal `invalid`. */
function parseStates(text: string): AlertState[] {
  return text.split(',').map((name) => {
    const state = ALERT_STATES.find((known) => known === name.trim());
    if (state === undefined)
      throw invalid('state', `state: ${JSON.stringify(name)} is none of ${ALERT_STATES.join(', ')}.`);
    return state;
  });
}
