// Serves the web page: its TypeScript with the types stripped, as the server runs its own; no bundle, no build.
// Promise: nothing but the page's own files, the pure domain modules it imports and its two libraries can be read.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

const WEB = join(import.meta.dirname, 'web');
const DOMAIN = join(import.meta.dirname, '..', 'domain');
/** What the page shares with the server, so that a conversion or a boundary exists once. */
const SHARED_DOMAIN_MODULES = [
  'age.ts',
  'alerts/alert-life.ts',
  'units.ts',
  'zone-offset.ts',
  'glucose-class.ts',
  'glucose-series.ts',
  'reading.ts',
];
/** What of lit-html the page uses; its modules import each other by these relative paths. */
const LIT_MODULES = ['lit-html.js', 'directive.js', 'directive-helpers.js', 'directives/repeat.js'];
const require = createRequire(import.meta.url);

interface Asset {
  readonly type: string;
  readonly body: string;
  readonly policy?: string;
}

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

function script(path: string): Asset {
  return { type: JAVASCRIPT, body: stripTypeScriptTypes(readFileSync(path, 'utf8')) };
}

function file(path: string, type: string): Asset {
  return { type, body: readFileSync(path, 'utf8') };
}

function readAssets(): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of readdirSync(WEB)) {
    if (name.endsWith('.ts')) assets.set(`/web/${name}`, script(join(WEB, name)));
    if (name.endsWith('.css')) assets.set(`/web/${name}`, file(join(WEB, name), CSS));
  }
  for (const name of SHARED_DOMAIN_MODULES) assets.set(`/domain/${name}`, script(join(DOMAIN, name)));
  // At the root, so that its scope is the whole page. It loads nothing itself.
  assets.set('/service-worker.js', {
    ...script(join(WEB, 'worker', 'service-worker.ts')),
    policy: "default-src 'none'",
  });
  const uPlot = join(require.resolve('uplot'), '..');
  const lit = join(require.resolve('lit-html'), '..');
  for (const name of LIT_MODULES) assets.set(`/web/lib/lit-html/${name}`, file(join(lit, name), JAVASCRIPT));
  assets.set('/web/lib/uplot.js', file(join(uPlot, 'uPlot.esm.js'), JAVASCRIPT));
  assets.set('/web/lib/uplot.css', file(join(uPlot, 'uPlot.min.css'), CSS));
  return assets;
}

/** The import map is the only inline script: the policy allows it by its hash and no other. */
function contentSecurityPolicy(page: string): string {
  const inline = /<script type="importmap">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(inline).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    // uPlot sizes its canvases by style attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export async function webApp(server: FastifyInstance): Promise<void> {
  const page = readFileSync(join(WEB, 'index.html'), 'utf8');
  const policy = contentSecurityPolicy(page);
  const assets = readAssets();

  server.get('/', { schema: { hide: true } }, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('cache-control', 'no-cache')
      .send(page),
  );
  for (const [path, { type, body, policy: own }] of assets) {
    server.get(path, { schema: { hide: true } }, (_request, reply) => {
      if (own) reply.header('content-security-policy', own);
      return reply.type(type).header('cache-control', 'no-cache').send(body);
    });
  }
}
