// Every writing request is written down before it is carried out, every refused one when it is (DESIGN §9.12); one set of hooks.
// Refusals of strangers are counted over a second by route and address, so that nobody can flood the log from outside.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditEntry } from '../storage/registry/audit-log.ts';
import type {} from './route-access.ts';
import type { DashboardsServices } from './services.ts';

const FOLD_MS = 1_000;
const MAX_FOLDED = 1_000;
const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const REFUSED = new Set([401, 403, 404, 409, 429]);

export function auditRequests(server: FastifyInstance, { audit, access, storage, log }: DashboardsServices): void {
  const folded = new Map<string, AuditEntry>();
  let timer: NodeJS.Timeout | undefined;
  server.decorateRequest('auditId', undefined);

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const entries = [...folded.values()];
    folded.clear();
    for (const entry of entries) await audit.add(entry).catch(failed);
  }

  const failed = (err: unknown) => log.error({ err }, 'an audit row could not be written');

  function fold(entry: AuditEntry): void {
    const { method = '', route = '', address = '' } = entry.detail;
    const key = JSON.stringify([entry.status, method, route, address]);
    const isNew = !folded.has(key);
    // From more addresses than fit into a second, the rest is one row: that it happened is never lost.
    const [place, detail] = isNew && folded.size >= MAX_FOLDED ? ['', {}] : [key, { method, route, address }];
    folded.set(place, { ...entry, detail, count: (folded.get(place)?.count ?? 0) + 1 });
    timer ??= setTimeout(() => void flush(), FOLD_MS);
  }

  server.addHook('preHandler', async (request) => {
    // A stranger's only writing request is to sign in: written down once it is known who it was.
    if (READING_METHODS.has(request.method) || !request.signedIn) return;
    request.auditId = await audit.add({ ...entryOf(request), action: 'write' });
  });

  // What was changed decides what the next request may do and what it answers; other processes are told by registry_changes.
  server.addHook('onSend', async (request) => {
    if (READING_METHODS.has(request.method)) return;
    access.clear();
    if (request.patient) storage.profiles.invalidate(request.patient.patientKey);
  });

  server.addHook('onResponse', async (request, reply) => {
    const { statusCode: status } = reply;
    try {
      if (request.auditId !== undefined) await audit.complete(request.auditId, { ...entryOf(request), status });
      else if (isRefused(request, reply)) {
        const entry: AuditEntry = { ...entryOf(request), action: 'refuse', status };
        if (request.signedIn) await audit.add(entry);
        else fold(entry);
      } else if (!READING_METHODS.has(request.method))
        await audit.add({ ...entryOf(request), action: 'write', status });
    } catch (error) {
      failed(error);
    }
  });

  server.addHook('onClose', flush);
}

function isRefused(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  if (REFUSED.has(statusCode)) return true;
  return statusCode >= 400 && statusCode < 500 && !READING_METHODS.has(request.method);
}

function entryOf(request: FastifyRequest): Pick<AuditEntry, 'userId' | 'actor' | 'patientKey' | 'teamId' | 'detail'> {
  const { signedIn, patient } = request;
  return {
    userId: signedIn?.userId,
    actor: signedIn?.username ?? 'anonymous',
    patientKey: patient?.patientKey,
    teamId: patient?.teamId,
    detail: {
      method: request.method,
      route: request.routeOptions.url ?? '',
      address: request.ip,
      ...(request.params as Readonly<Record<string, string>>),
    },
  };
}
