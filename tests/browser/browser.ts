// Debian's Chromium, headless, with a profile of its own and without its own errands on the network.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const hasBrowser = spawnSync(EXECUTABLE, ['--version']).status === 0;
if (!hasBrowser && process.env.REQUIRE_CHROMIUM !== '1')
  console.warn(`NO CHROMIUM AT ${EXECUTABLE}: THE BROWSER TESTS ARE SKIPPED`);

export interface TestBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

export async function openBrowser(locale = 'zh-CN'): Promise<TestBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'pulseward-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: EXECUTABLE,
    headless: true,
    locale,
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1280, height: 900 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
