import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../../runtime/config.ts';
import { CONTACT_CHANNELS } from '../../storage/registry/contact-channels.ts';
import { createChannels } from './channel-catalogue.ts';

// Never connected to: what is there is asked for, and nothing sent.
const pool = new Pool();
const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

async function namesWith(env: Readonly<Record<string, string>>): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'pulseward-channels-'));
  directories.push(directory);
  const config = readConfig({ env: { ...env, PULSEWARD_DATA_DIR: directory } }).channels;
  const channels = await createChannels({ pool, allow: [], config, now: Date.now });
  for (const channel of channels.values()) await channel.stop?.();
  return [...channels.keys()].sort();
}

test('whatever a contact may have is there to send it, when all is set up', async () => {
  const env = {
    PULSEWARD_SMTP_URL: 'smtps://relay.example',
    PULSEWARD_MAIL_FROM: 'a@clinic.example',
    PULSEWARD_SMS_URL: 'https://sms.example/?to={phone}&text={text}',
    PULSEWARD_PUSH_CONTACT: 'mailto:admin@clinic.example',
  };
  expect(await namesWith(env)).toEqual(Object.keys(CONTACT_CHANNELS).sort());
});

test('what needs setting up is missing until it is', async () => {
  const withoutSetUp = Object.entries(CONTACT_CHANNELS).flatMap(([name, { setUp }]) => (setUp ? [] : [name]));
  expect(await namesWith({})).toEqual(withoutSetUp.sort());
});
