// Keeps a demo's made-up patients and a real installation apart: a demo's directory carries a marker, and each refuses the other's.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { ConfigurationError } from './errors.ts';

/** In the data directory; written by `npm run demo` before anything else. */
export const DEMO_MARKER = 'demo.json';

/** Throws ConfigurationError where directory and command don't match, or a demo was pointed at a production service. */
export async function checkDemoMarker({ dataDir, demo, ...config }: Config): Promise<void> {
  const isMarked = await stat(join(dataDir, DEMO_MARKER)).then(
    () => true,
    () => false,
  );
  const given = JSON.stringify(dataDir);
  const problems = [];
  if (!demo && isMarked) {
    problems.push({
      name: 'PULSEWARD_DATA_DIR',
      given: `${given}, which holds a demo`,
      allowed: 'another directory, or "npm run demo"',
    });
  }
  if (demo && !isMarked && (await readdir(dataDir).catch(() => [])).length > 0) {
    problems.push({
      name: 'PULSEWARD_DATA_DIR',
      given: `${given}, which holds something else than a demo`,
      allowed: 'a new directory for the demo',
    });
  }
  const urls = { DATABASE_URL: config.databaseUrl, REDIS_URL: config.redisUrl, INFLUX_URL: config.influx };
  for (const [name, url] of Object.entries(urls)) {
    if (demo && url)
      problems.push({ name, given: '(hidden)', allowed: 'nothing: a demo never touches a production service' });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}
