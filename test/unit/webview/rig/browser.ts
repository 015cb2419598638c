import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** Starts the system's Chromium without a window. `FRAMELOOM_CHROMIUM` names another one. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.FRAMELOOM_CHROMIUM ?? '/usr/bin/chromium',
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
