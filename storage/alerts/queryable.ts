// Anything of pg that runs a statement: a pool, or the client that holds the transaction.
import type { Pool, PoolClient } from 'pg';

export type Queryable = Pick<Pool, 'query'> | Pick<PoolClient, 'query'>;
