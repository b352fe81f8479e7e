// Proves that every dependency rule fires: a checker that no longer reads TypeScript would find no violation and call that success.
// Part of `npm run check`. Each rule meets a small tree of files that breaks it, and only what was broken may be reported.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const RULES = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };

/** For each rule: the offending file and what it says. Type imports count as well, except where they close a circle. */
const OFFENCES: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'domain-boundary': ['domain/a.ts', "import type { b } from '../storage/b.ts';\nexport type A = typeof b;"],
  'domain-libraries': ['domain/c.ts', "import { readFileSync } from 'node:fs';\nexport const c = readFileSync;"],
  'storage-boundary': ['storage/a.ts', "import { b } from '../broker/b.ts';\nexport const a = b;"],
  'broker-boundary': ['broker/a.ts', "import type { b } from '../ingest/b.ts';\nexport type A = typeof b;"],
  'ingest-boundary': ['ingest/a.ts', "import { b } from '../alerting/b.ts';\nexport const a = b;"],
  'alerting-boundary': ['alerting/a.ts', "export { b } from '../dashboards/b.ts';"],
  'dashboards-boundary': ['dashboards/a.ts', "export const a = () => import('../broker/b.ts');"],
  'simulators-boundary': ['simulators/a.ts', "import { b } from '../storage/b.ts';\nexport const a = b;"],
  'runtime-boundary': ['runtime/a.ts', "import type { b } from '../domain/b.ts';\nexport type A = typeof b;"],
  'no-circular': ['runtime/c.ts', "import { d } from './d.ts';\nexport const c = () => d;"],
  'not-to-tests': ['broker/c.ts', "import { b } from '../tests/b.ts';\nexport const c = b;"],
};
const BYSTANDERS: readonly (readonly [file: string, text: string])[] = [
  ...['domain', 'storage', 'broker', 'ingest', 'alerting', 'dashboards', 'tests'].map(
    (folder) => [`${folder}/b.ts`, 'export const b = 1;'] as const,
  ),
  ['runtime/d.ts', "import { c } from './c.ts';\nexport const d = () => c;"],
  // Allowed, and must stay unreported.
  [
    'broker/e.ts',
    "import type { b } from '../storage/b.ts';\nimport { b as pure } from '../domain/b.ts';\nexport const e = (x: typeof b) => x + pure;",
  ],
];
/** Breaking these rules breaks a second one too. */
const ALSO: readonly string[] = ['domain/a.ts domain-libraries', 'broker/c.ts broker-boundary'];

const tree = mkdtempSync(join(tmpdir(), 'pulseward-boundaries-'));
try {
  for (const [file, text] of [...Object.values(OFFENCES), ...BYSTANDERS]) {
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    writeFileSync(join(tree, file), `${text}\n`);
  }
  for (const shared of ['node_modules', '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
    symlinkSync(join(ROOT, shared), join(tree, shared));

  const program = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const folders = [...new Set([...Object.values(OFFENCES), ...BYSTANDERS].map(([file]) => dirname(file)))];
  const run = spawnSync(
    process.execPath,
    [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders],
    {
      cwd: tree,
      encoding: 'utf8',
    },
  );
  if (!run.stdout) throw new Error(`dependency-cruiser says: ${run.stderr}`);
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  const reported = new Set(summary.violations.map(({ from, rule }) => `${from} ${rule.name}`));
  const expected = new Set([...Object.entries(OFFENCES).map(([rule, [file]]) => `${file} ${rule}`), ...ALSO]);

  const problems = [
    ...RULES.forbidden
      .filter(({ name }) => !(name in OFFENCES))
      .map(({ name }) => `no offence proves the rule ${name}`),
    ...[...expected].filter((violation) => !reported.has(violation)).map((violation) => `not reported: ${violation}`),
    ...[...reported]
      .filter((violation) => !expected.has(violation))
      .map((violation) => `reported without reason: ${violation}`),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`✔ all ${RULES.forbidden.length} dependency rules fire`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(tree, { recursive: true, force: true });
}
