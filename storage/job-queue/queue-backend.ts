// Where BullMQ keeps its jobs: what the adapter needs of Postgres or Redis, and nothing else that differs between them.
import type { BackendFactory, IQueueBackend } from 'bullmq';

export interface QueueBackend<Connection> {
  readonly createBackend: BackendFactory<IQueueBackend, Connection>;
  readonly connection: Connection;
  /** Brings the engine's own schema up to date; a second call costs a read. Throws while the engine is away. */
  prepare(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
