/** `npm test [-- unit|filter|browser|cluster|mesh] [--grep TEXT]`: provisions what the tests need and runs them, level by level. */
import { Argument } from 'commander';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../operator/api/errors.ts';
import { forget, killWithParent, removeWithParent } from './cluster/watchdog.ts';
import { commandLine } from './command-line.ts';
import { whyNoNode } from './node/prerequisites.ts';
import { provisionLevels } from './provision-levels.ts';
import type { LevelResult } from './test-level.ts';
import { toolsOfLevel, type ToolName } from './tools/catalog.ts';
import { ensureChromium, whyNoChromium } from './tools/chromium.ts';
import { argoRolloutsModuleDirectory, istioModuleDirectory } from './tools/go-module.ts';
import { showProgressAsLines } from './tools/progress.ts';
import { ensureTools } from './tools/tool.ts';

interface Level {
  readonly owns: (file: string) => boolean;
  readonly tools: readonly ToolName[];
  /** Milliseconds that one test may take. */
  readonly timeout: number;
}

/** How often CI, whose machine builds tools beside the tests, runs a failed test again; each time is reported. */
const retriesInCi = 1;

const below =
  (...folders: string[]) =>
  (file: string) =>
    folders.some((folder) => file.startsWith(join('test', folder) + '/'));

const levels = {
  unit: {
    owns: (file) =>
      !below(
        ...['filter', 'browser', 'cluster', 'robustness', 'mesh'],
        ...['security/filter', 'security/cluster'],
      )(file),
    tools: [],
    timeout: 120_000,
  },
  filter: {
    owns: below('filter', 'security/filter'),
    tools: ['envoy', 'envoy-1.36', 'prometheus', 'node-22'],
    timeout: 60_000,
  },
  browser: { owns: below('browser'), tools: [], timeout: 60_000 },
  cluster: {
    owns: below('cluster', 'robustness', 'security/cluster'),
    tools: toolsOfLevel(1),
    timeout: 180_000,
  },
  mesh: { owns: below('mesh'), tools: toolsOfLevel(3), timeout: 600_000 },
} as const satisfies Record<string, Level>;

type LevelName = keyof typeof levels;

/** Mocha colours its ticks wherever `CI` is set, terminal or not. */
const colours = process.stdout.isTTY ? {} : { NO_COLOR: '1' };

async function provision(name: LevelName): Promise<void> {
  // A machine that cannot be a node skips these tests, and needs nothing for that.
  if (name === 'mesh' && whyNoNode()) return;
  await ensureTools(levels[name].tools);
  if (name === 'browser' && !whyNoChromium()) await ensureChromium((line) => console.log(line));
  if (name === 'cluster' || name === 'mesh') await istioModuleDirectory();
  if (name === 'cluster') await argoRolloutsModuleDirectory();
}

function filesOf(name: LevelName): string[] {
  return globSync('test/**/*.test.ts').filter(levels[name].owns).sort();
}

async function runLevel(name: LevelName, grep: string): Promise<LevelResult> {
  const { timeout } = levels[name];
  const files = filesOf(name);
  const nothing: LevelResult = { passed: 0, failed: [], repeated: [], skipped: [] };
  if (files.length === 0) return nothing;
  await ready.get(name);
  console.log(`\n=== ${name} (${files.length} files)`);
  const directory = mkdtempSync(join(tmpdir(), 'sp-agent-test-'));
  removeWithParent(directory);
  try {
    const resultFile = join(directory, 'result.json');
    const script = join(import.meta.dirname, 'test-level.ts');
    const numbers = [timeout, process.env['CI'] ? retriesInCi : 0].map(String);
    const child = spawn(process.execPath, [script, resultFile, grep, ...numbers, ...files], {
      stdio: 'inherit',
      // The oldest and the newest Envoy that the filter supports; a single file run by hand takes the newest.
      env: { SP_AGENT_ENVOY_VERSIONS: '1.36,1.40', ...colours, ...process.env },
    });
    // So that a run that is killed leaves no process.
    if (child.pid) killWithParent(child.pid);
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (child.pid) forget(child.pid);
    if (existsSync(resultFile)) return JSON.parse(readFileSync(resultFile, 'utf8')) as LevelResult;
    const reason = `${name}: the tests ended before their time (${signal ?? `exit code ${code}`})`;
    return { ...nothing, failed: [reason] };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const names = Object.keys(levels) as LevelName[];
const program = commandLine('npm test', 'Provision what the tests need and run them, level by level')
  .addArgument(new Argument('[levels...]', 'levels to run, all if absent').choices(names))
  .option('--grep <text>', 'only tests whose title matches')
  .parse();
const { grep = '' } = program.opts<{ grep?: string }>();
const asked = program.args as LevelName[];

const wanted = asked.length > 0 ? asked : names;
// Tests write to the terminal meanwhile.
showProgressAsLines();
const ready = provisionLevels(
  names.filter((name) => wanted.includes(name) && filesOf(name).length > 0),
  provision,
);

const total: LevelResult = { passed: 0, failed: [], repeated: [], skipped: [] };
for (const name of wanted) {
  try {
    const { passed, failed, repeated, skipped } = await runLevel(name, grep);
    total.passed += passed;
    total.failed.push(...failed);
    total.repeated.push(...repeated);
    total.skipped.push(...skipped);
  } catch (error) {
    total.failed.push(`${name}: ${messageOf(error)}`);
  }
}
for (const title of total.skipped) console.log(`skipped: ${title}`);
for (const summary of total.repeated) console.log(`failed at first: ${summary}`);
for (const summary of total.failed) console.log(`failed: ${summary}`);
const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
console.log(`${total.passed} passed, ${total.failed.length} failed${skipped}`);
process.exitCode = total.failed.length === 0 ? 0 : 1;
