// The first user: `admin`, over the whole installation. Promise: a password that was made up is told once and kept nowhere.
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Config } from '../../runtime/config.ts';
import { ConfigurationError } from '../../runtime/errors.ts';
import type { Database } from '../database-schema.ts';
import { addGrant } from './grants.ts';
import { verifyPassword } from './passwords.ts';
import { changeUser, createUser } from './users.ts';

const ADMIN = 'admin';
const MIN_LENGTH = 8;
const MAX_LENGTH = 256;
/** Any number that nothing else locks. */
const LOCK = 5_177_201;

export interface EnsureAdminDeps {
  readonly db: Kysely<Database>;
  readonly config: Pick<Config, 'adminPassword'>;
  /** Shows a line to the person who started it; never a log. */
  readonly announce: (line: string) => void;
}

/** A configured password holds at every start, so that whoever runs the installation can always get back in. Throws ConfigurationError. */
export async function ensureAdmin({ db, config, announce }: EnsureAdminDeps): Promise<void> {
  checkLength(config.adminPassword);
  const password = config.adminPassword ?? randomBytes(15).toString('base64url');
  const created = await db.transaction().execute(async (tx) => {
    await tx.executeQuery(tx.selectNoFrom((eb) => eb.fn('pg_advisory_xact_lock', [eb.val(LOCK)]).as('lock')).compile());
    if (await anyAdmin(tx)) return false;
    const { userId } = await createUser(tx, ADMIN, password);
    await addGrant(tx, userId, { role: 'admin' });
    return true;
  });
  if (created && config.adminPassword === undefined)
    announce(
      `Sign in as "${ADMIN}" with the password ${password} (shown this once; PULSEWARD_ADMIN_PASSWORD sets another)`,
    );
  if (!created && config.adminPassword !== undefined) await keepPassword(db, config.adminPassword);
}

/** As the API asks of every password. */
function checkLength(password: string | undefined): void {
  if (password === undefined || (password.length >= MIN_LENGTH && password.length <= MAX_LENGTH)) return;
  const given = `${password.length} characters`;
  const allowed = `${MIN_LENGTH} to ${MAX_LENGTH} characters`;
  throw new ConfigurationError([{ name: 'PULSEWARD_ADMIN_PASSWORD', given, allowed }]);
}

async function anyAdmin(db: Kysely<Database>): Promise<boolean> {
  const row = await db.selectFrom('users').select('user_id').where('username', '=', ADMIN).executeTakeFirst();
  return row !== undefined;
}

/** Whoever runs the installation gets back in, also where `admin` was disabled. */
async function keepPassword(db: Kysely<Database>, password: string): Promise<void> {
  const {
    user_id: userId,
    password_hash,
    disabled_at,
  } = await db
    .selectFrom('users')
    .select(['user_id', 'password_hash', 'disabled_at'])
    .where('username', '=', ADMIN)
    .executeTakeFirstOrThrow();
  const isOther = !(await verifyPassword(password, password_hash));
  if (isOther || disabled_at !== null)
    await changeUser(db, userId, { password: isOther ? password : undefined, disabled: false });
}
