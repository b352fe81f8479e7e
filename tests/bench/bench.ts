// npm run bench: drives running deployments, and the peer, from processes of its own, one after the other, and prints what they did side by
// side; with --json also as one line.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../runtime/run-command.ts';
import { type BenchOptions, describeBench, readBenchOptions } from './bench-options.ts';
import { type Figures, type MeasureParts, measureDeployment } from './measure-deployment.ts';
import { measurePeer, PEER_NAME } from './measure-peer.ts';
import { missingPeer, PEER_VERSIONS } from './peer-servers.ts';
import { PEER_SETTINGS } from './peer-settings.ts';
import { describeProjectionMemory, measureProjectionMemory, type ProjectionMemory } from './projection-memory.ts';
import { printReport } from './report.ts';
import { describeRulesCost, measureRulesCost, type RulesCost } from './rules-cost.ts';

await runCommand(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  if (options === undefined) console.log(describeBench());
  else await bench(options);
  return 0;
});

async function bench(options: BenchOptions): Promise<void> {
  const columns: Figures[] = [];
  const notes: string[] = [];
  const measure = async (name: string, work: (parts: MeasureParts) => Promise<Figures>) =>
    columns.push(await withParts(name, options, work));
  let rules: RulesCost | undefined;
  let projections: Readonly<Record<string, ProjectionMemory>> | undefined;
  try {
    if (options.only.has('rules')) {
      console.error('rules');
      rules = await measureRulesCost();
      notes.push(describeRulesCost(rules));
    }
    if (options.only.has('projections')) {
      console.error('projections');
      projections = await measureProjectionMemory();
      notes.push(describeProjectionMemory(projections));
    }
    const withoutDeployment = [rules, projections].filter((measured) => measured !== undefined).length;
    for (const deployment of options.only.size === withoutDeployment ? [] : options.deployments) {
      if (deployment.missing === undefined)
        await measure(deployment.name, (parts) => measureDeployment(deployment, parts));
      else notes.push(`NO COLUMN FOR ${deployment.name.toUpperCase()}: ${deployment.missing}`);
    }
    if (options.peer && missingPeer !== undefined) notes.push(`NO COLUMN FOR THE PEER: ${missingPeer}`);
    if (options.peer && missingPeer === undefined) {
      await measure(PEER_NAME, measurePeer);
      notes.push(`peer: ${PEER_VERSIONS}`, ...PEER_SETTINGS);
    }
  } finally {
    // Also what was measured before something failed: a run takes a quarter of an hour.
    const { seconds } = options;
    const report = {
      at: new Date().toISOString(),
      cores: cpus().length,
      node: process.version,
      seconds,
      columns,
      ...(rules && { rules }),
      ...(projections && { projections }),
      notes,
    };
    printReport(report);
    if (options.json) console.log(JSON.stringify(report));
  }
}

/** Ends whatever `work` has started, also where the bench is interrupted: the systems have process groups of their own. */
async function withParts(
  name: string,
  options: BenchOptions,
  work: (parts: MeasureParts) => Promise<Figures>,
): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-bench-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  let ending: Promise<void> | undefined;
  const interrupted = () => {
    ending ??= stack.disposeAsync().finally(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, interrupted);
    stack.defer(() => void process.removeListener(signal, interrupted));
  }
  try {
    return await work({ options, directory, stack, tell: (what) => console.error(`${name}: ${what}`) });
  } catch (error) {
    // Pulled away from under it: the process ends with that.
    await ending;
    throw error;
  }
}
