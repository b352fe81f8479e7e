// The page behind the link at the end of every message to a patient or carer. Looking at it does nothing: programs that preview links
// look, too. It is for strangers, who are slowed like any; what they withdraw is on the audit log.
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { findOptOutContact, withdrawConsent } from '../../storage/registry/opt-out.ts';
import { OPT_OUT_POLICY, type OptOutStage, renderOptOutPage } from '../opt-out-page.ts';
import type { DashboardsServices } from '../services.ts';
import { createStrangerBrake } from '../stranger-brake.ts';

const ROUTE = '/stop/:token';
const FORM_LIMIT_BYTES = 1_024;

export const optOutRoutes =
  ({ db, audit, now }: DashboardsServices): FastifyPluginAsyncTypebox =>
  async (server) => {
    const brake = createStrangerBrake();
    const schema = { hide: true, params: Type.Object({ token: Type.String() }) };
    // A browser's form says what type its nothing has.
    const form = { parseAs: 'string', bodyLimit: FORM_LIMIT_BYTES } as const;
    server.addContentTypeParser('application/x-www-form-urlencoded', form, (_request, _body, done) => done(null));
    server.addHook('onRequest', async (request) => {
      await delay(brake.delayMsFor(request.ip));
    });

    server.get(ROUTE, { schema }, async (request, reply) => {
      const contact = await findOptOutContact(db, request.params.token);
      return show(reply, contact === undefined ? 'unknown' : contact.isTold ? 'ask' : 'done');
    });

    server.post(ROUTE, { schema }, async (request, reply) => {
      const contact = await findOptOutContact(db, request.params.token);
      if (contact === undefined) return show(reply, 'unknown');
      const { contactId, patientKey } = contact;
      // The link is a credential: its route is written down, not the path.
      const detail = { method: 'POST', route: ROUTE, address: request.ip, contactId, what: 'consent_withdrawn' };
      const auditId = await audit.add({ actor: 'anonymous', action: 'write', patientKey, detail });
      await withdrawConsent(db, contact, now());
      await audit.complete(auditId, { actor: 'anonymous', status: 200, patientKey });
      return show(reply, 'done');
    });
  };

const show = (reply: FastifyReply, stage: OptOutStage) =>
  reply
    .code(stage === 'unknown' ? 404 : 200)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', OPT_OUT_POLICY)
    .header('cache-control', 'no-store')
    .send(renderOptOutPage(stage));
