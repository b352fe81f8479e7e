// The way of a batch, in one place: each step takes the batch as the one before left it.
// Promise: a step that throws leaves nothing that is not run again with the same outcome (`forgetBatch` drops what memory learned).
import { type AttributeDeps, attribute } from './attribute/attribute.ts';
import type { Batch } from './batch.ts';
import { check } from './check/check.ts';
import { decode } from './decode/decode.ts';
import { type EvaluateDeps, evaluate } from './evaluate/evaluate.ts';
import type { IngestCounters } from './ingest-counters.ts';
import { type ProjectDeps, project } from './project/project.ts';
import type { Projections } from './project/projections.ts';
import { type SettleDeps, settle } from './settle/settle.ts';
import { type SignalDeps, signal } from './signal/signal.ts';
import { type StoreDeps, store, stored } from './store/store.ts';

export type PipelineDeps = AttributeDeps & SettleDeps & StoreDeps & ProjectDeps & EvaluateDeps & SignalDeps;

export interface ForgetDeps {
  readonly deviceStates: Pick<PipelineDeps['deviceStates'], 'drop'>;
  readonly projections: Projections;
}

type Step = (batch: Batch, deps: PipelineDeps) => void | Promise<void>;

const STEPS: readonly (readonly [name: string, step: Step])[] = [
  ['decode', decode],
  ['attribute', attribute],
  ['check', check],
  ['settle', settle],
  ['store', store],
  ['project', project],
  ['evaluate', evaluate],
  ['stored', stored],
  ['signal', signal],
];

export async function runPipeline(
  batch: Batch,
  deps: PipelineDeps,
  counters: Pick<IngestCounters, 'stepSeconds'>,
): Promise<void> {
  let startedAt = performance.now();
  try {
    for (const [name, step] of STEPS) {
      await step(batch, deps);
      const endedAt = performance.now();
      counters.stepSeconds.inc({ step: name }, (endedAt - startedAt) / 1000);
      startedAt = endedAt;
    }
  } catch (error) {
    // Whatever comes next must not meet a write that is still under way.
    await batch.stored.catch(() => undefined);
    throw error;
  }
}

/** After a failure: whatever the batch has touched is read anew when it is needed. */
export function forgetBatch(batch: Batch, { deviceStates, projections }: ForgetDeps): void {
  for (const { message, patientKey } of batch.items) {
    deviceStates.drop(message.deviceKey);
    if (patientKey !== 0) projections.forget(patientKey);
  }
  for (const { deviceKey } of batch.clockTells) deviceStates.drop(deviceKey);
  for (const { patientKey } of batch.touched) projections.forget(patientKey);
  // Whoever waits for an evaluation has not had one: the next turn is not to take this one's for it.
  if (projections.waiting.evaluatedAt === batch.now) projections.waiting.evaluatedAt = 0;
}
