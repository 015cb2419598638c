import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/**
 * Starts the system's Chromium without a window, on macOS and Windows the Chrome that is installed there. `FRAMELOOM_CHROMIUM` names
 * another one.
 */
export function startBrowser(): Promise<Browser> {
  const named = process.env.FRAMELOOM_CHROMIUM ?? (process.platform === 'linux' ? '/usr/bin/chromium' : undefined);
  return chromium.launch({
    ...(named === undefined ? { channel: 'chrome' } : { executablePath: named }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}
