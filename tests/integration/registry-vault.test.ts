import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigurationError } from '../../runtime/errors.ts';
import { openKysely } from '../../storage/database.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { createTestDatabase } from '../test-database.ts';

test('of machines that start at once with a key of their own each, one encrypts and the others are refused', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-vault-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const db = openKysely(database.pool);
  const starts = Array.from({ length: 6 }, (_, index) => openVault(db, join(directory, `${index}.key`)));
  const outcomes = await Promise.allSettled(starts);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConfigurationError);
});
