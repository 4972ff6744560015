import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium, whyNoChromium } from '../../../hack/tools/chromium.ts';

/** Set to a directory, each test leaves the pages that it shows there, as PNG. */
const screenshots = process.env['SP_AGENT_SCREENSHOTS'];

let shared: Promise<Browser> | undefined;

/** The Chromium that all suites of a run share; it ends with the process. */
function sharedBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  assert.ok(executablePath, 'no Chromium was found; run npm test -- browser, which installs it');
  shared ??= chromium.launch({
    executablePath,
    // The tests open pages of this machine only. Chromium has no sandbox for root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  return shared;
}

after(async () => {
  await (await shared)?.close();
});

/** A suite that needs a browser; where there can be none, it is skipped and its title has the reason. */
export function describeInBrowser(title: string, suite: () => void): void {
  const reason = whyNoChromium();
  if (reason) describe.skip(`${title} (${reason})`, suite);
  else describe(title, suite);
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** What the reader types where the browser asks for it. */
  readonly password?: string;
}

/** A page in a profile of its own. A script error or a refused resource of the page fails the test when it is closed. */
export async function openPage(
  url: string,
  { width = 1280, height = 900, colorScheme = 'light', password }: PageOptions = {},
): Promise<OpenPage> {
  const browser = await sharedBrowser();
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    // So that times look the same on every machine.
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...(password === undefined ? {} : { httpCredentials: { username: 'reader', password } }),
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return {
    page,
    errors,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      assert.deepEqual(errors, [], 'errors in the page');
    },
  };
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** A test that expects errors empties it. */
  readonly errors: string[];
}

/** Leaves a picture for people to look at, where that was asked for. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** How many pixels a page is wider than its window; 0 when nothing has to be scrolled sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
