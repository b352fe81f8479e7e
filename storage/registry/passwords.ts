// Passwords as scrypt hashes. Promises: a wrong password, an unknown user and a disabled one take the same time, and at most two
// are computed at once, because each takes 32 MiB and a core; a few wait, the others are refused (429).
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.ts';

/** OWASP's equivalent of N = 2^17, p = 1 at a quarter of its memory; M: 216 ms on the reference machine. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const AT_ONCE = 2;
/** About three seconds of work; who comes later is told to come again, instead of waiting behind a flood. */
const MOST_WAITING = 30;

/** `scrypt$N$r$p$salt$hash`, so that a later cost can be told from today's. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** `stored` undefined: nobody has that name; takes as long and is false. Throws Refusal `too_many_attempts`. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = (stored ?? NOBODY).split('$');
  if (scheme !== 'scrypt' || !salt || !hash) throw new Error('a stored password hash has an unknown form');
  const expected = Buffer.from(hash, 'base64');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt, 'base64'), cost);
  return timingSafeEqual(given, expected) && stored !== undefined;
}

const nothing = (bytes: number) => Buffer.alloc(bytes).toString('base64');
const NOBODY = ['scrypt', COST.N, COST.r, COST.p, nothing(SALT_BYTES), nothing(HASH_BYTES)].join('$');

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  if (waiting.length >= MOST_WAITING) {
    const detail = 'Too many people sign in at this moment: try again in a few seconds.';
    throw new Refusal('too_many_attempts', detail, { retryAfterMs: 5_000 });
  }
  if (running >= AT_ONCE) await new Promise<void>((resume) => waiting.push(resume));
  else running += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const options = { ...cost, maxmem: MAX_MEMORY_BYTES };
      scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
  } finally {
    // The place is handed on, so that nobody who comes meanwhile can take it.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
