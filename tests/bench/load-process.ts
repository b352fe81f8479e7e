// The load generator's process, driven from here.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadCommand, LoadResult } from './load-generator.ts';

export interface LoadProcess {
  connect(port: number, fleetFile: string, connections: number): Promise<void>;
  run(inFlight: number, seconds: number, readingsPerMessage?: number): Promise<LoadResult>;
  /** As `run`, and nobody sinks. */
  warmUp(inFlight: number, seconds: number): Promise<void>;
  pace(perSecond: number, seconds: number): Promise<LoadResult>;
  close(): Promise<void>;
  stop(): void;
}

export function startLoadProcess(): LoadProcess {
  const child = fork(join(import.meta.dirname, 'load-generator.ts'), { execArgv: ['--max-old-space-size=2048'] });
  let waiting: { resolve: (result: LoadResult | undefined) => void; reject: (error: Error) => void } | undefined;
  child.on('message', (answer: { result?: LoadResult; error?: string }) => {
    if (answer.error === undefined) waiting?.resolve(answer.result);
    else waiting?.reject(new Error(`load generator: ${answer.error}`));
  });
  child.on('exit', (code) => waiting?.reject(new Error(`the load generator exited with ${code}`)));
  const tell = (command: LoadCommand): Promise<LoadResult | undefined> =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      child.send(command);
    });
  const measured = async (command: LoadCommand): Promise<LoadResult> => {
    const result = await tell(command);
    if (!result) throw new Error('the load generator measured nothing');
    return result;
  };
  return {
    connect: async (port, fleetFile, connections) => {
      await tell({ type: 'connect', port, fleetFile, connections });
    },
    run: (inFlight, seconds, readingsPerMessage = 1) =>
      measured({ type: 'run', inFlight, seconds, readingsPerMessage, isWarmUp: false }),
    warmUp: async (inFlight, seconds) => {
      await measured({ type: 'run', inFlight, seconds, readingsPerMessage: 1, isWarmUp: true });
    },
    pace: (perSecond, seconds) => measured({ type: 'pace', perSecond, seconds }),
    close: async () => {
      await tell({ type: 'close' });
    },
    stop: () => child.disconnect(),
  };
}
