// What tests of the production engines do where an engine is missing: they are skipped with a note that the closing summary prints in
// capitals (tooling/closing-line-reporter.ts), and with REQUIRE_PRODUCTION=1 they fail instead.
import { beforeEach } from 'vitest';

const isRequired = process.env.REQUIRE_PRODUCTION === '1';

/** To be called first in a file or a `describe`. `missing`: what isn't there and what isn't tested for it; undefined: it is there. */
export function requireEngine(missing: string | undefined): void {
  beforeEach((context) => {
    if (missing === undefined) return;
    if (isRequired) throw new Error(`REQUIRE_PRODUCTION=1, but ${missing}`);
    context.skip(missing);
  });
}
