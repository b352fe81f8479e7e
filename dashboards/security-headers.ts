// Headers that hold for every answer; the web page sets a content policy of its own.
import type { FastifyInstance } from 'fastify';

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};
const NOTHING_MAY_LOAD = "default-src 'none'; frame-ancestors 'none'";
const A_YEAR_OF_TLS = 'max-age=31536000';

export function securityHeaders(server: FastifyInstance, { tls }: { readonly tls: boolean }): void {
  server.addHook('onSend', async (request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
    if (tls) reply.header('strict-transport-security', A_YEAR_OF_TLS);
    if (!request.url.startsWith('/api/')) return;
    // Patients' data stays in no cache on the way.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', NOTHING_MAY_LOAD);
  });
}
