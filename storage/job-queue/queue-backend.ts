// Where BullMQ keeps its jobs: what the adapter needs of Postgres or Redis, and nothing else that differs between them.
import type { BackendFactory, IQueueBackend } from 'bullmq';

export interface QueueBackend<Connection> {
  readonly createBackend: BackendFactory<IQueueBackend, Connection>;
  readonly connection: Connection;
  /** In front of the engine's keys, where it has keys. */
  readonly prefix?: string | undefined;
  /** Brings the engine's own schema up to date; a second call costs a read at most. Throws while the engine is away. */
  prepare(): Promise<void>;
  ping(): Promise<void>;
  /** Is told what BullMQ's objects fail with. */
  noteFailure?(error: unknown): void;
  close(): Promise<void>;
}
