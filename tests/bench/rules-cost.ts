// What all rules together cost ingest: the pipeline over a real Postgres, in batches of 1,000 single readings of patients with two days of
// CGM behind them, 1 % of them low, with the rules and without.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BatchFigures } from './ingest-batch.ts';

export interface RulesCost {
  readonly withRules: BatchFigures;
  readonly without: BatchFigures;
}

const LOAD = ['--devices', '1000', '--history-hours', '48', '--readings', '300000', '--batch', '1000', '--json'];

export async function measureRulesCost(): Promise<RulesCost> {
  const run = async (more: readonly string[]): Promise<BatchFigures> => {
    const script = join(import.meta.dirname, 'ingest-batch.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...LOAD, ...more]);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  };
  return { withRules: await run([]), without: await run(['--without-rules']) };
}

export function describeRulesCost({ withRules, without }: RulesCost): string {
  const perSecond = ({ readingsPerSecond }: BatchFigures) => `${readingsPerSecond.toLocaleString('en')} readings/s`;
  return (
    `rules: ${withRules.evaluateP50Us} µs a reading for all of them (median of batches of 1,000; p99 ${withRules.evaluateP99Us}), ` +
    `ingest's CPU ${withRules.ingestCpuUs} µs a reading with them and ${without.ingestCpuUs} without; ` +
    `${perSecond(withRules)} and ${perSecond(without)} on an embedded Postgres`
  );
}
