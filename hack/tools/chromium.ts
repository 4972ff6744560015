import { existsSync } from 'node:fs';
import { ensureDebianPackages } from './debian-packages.ts';

/** Environment variable with the path of a Chromium or Chrome, for machines that have one elsewhere. */
const chromiumVariable = 'SP_AGENT_CHROMIUM';

const debianPath = '/usr/bin/chromium';

const knownPaths = [
  debianPath,
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The Chromium of this machine; undefined without one. */
export function findChromium(): string | undefined {
  return process.env[chromiumVariable] ?? knownPaths.find((path) => existsSync(path));
}

/** Why this machine cannot have a Chromium, or nothing when it has one or can install it. */
export function whyNoChromium(): string | undefined {
  if (findChromium()) return undefined;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get'))
    return undefined;
  return `no Chromium was found: install one (Debian: apt-get install chromium) or set ${chromiumVariable} to its path`;
}

/** Installs Chromium where this machine has none and can install it. */
export async function ensureChromium(log: (line: string) => void): Promise<void> {
  if (findChromium()) return;
  await ensureDebianPackages([{ name: 'chromium', file: debianPath }], {
    neededBy: 'the browser level',
    log,
  });
}
