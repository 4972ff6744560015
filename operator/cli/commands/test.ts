import type { Command } from 'commander';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupVersion } from '../../api/names.ts';
import { compile } from '../../artifact/compiler/compile.ts';
import { bundledJob } from '../../artifact/compiler/job.ts';
import { checkModule } from '../../artifact/check/check-module.ts';
import { agentOf, readAgentFile } from '../agent-file.ts';
import { Failure } from '../failure.ts';
import { findEnvoy } from '../trial/find-envoy.ts';
import { readModule } from '../given-file.ts';
import type { Terminal } from '../terminal.ts';
import { exchanges, startTrial, tryExchange, type Trial } from '../trial/trial.ts';

interface TestOptions {
  readonly module?: string;
  readonly file?: string;
  readonly envoy?: string;
  readonly keep?: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .option('--module <file>', 'compiled module (default: the bundled filter is built)')
    .option('-f, --file <file>', 'configure the filter as the SpAgent in this YAML does')
    .option(
      '--envoy <file>',
      'Envoy to use, 1.36 or later (default: envoy in PATH, else the one of npm run tools)',
    )
    .option('--keep', 'keep Envoy running until Ctrl-C')
    .action(async (options: TestOptions) => {
      const envoy = await findEnvoy(options.envoy);
      const agent = options.file === undefined ? defaultAgent() : (await readAgentFile(options.file))[0];
      if (agent === undefined) throw new Failure(`${options.file}: holds no SpAgent`);
      await using stack = new AsyncDisposableStack();
      const module = options.module ?? (await buildInto(stack));
      const { digest, sizeBytes } = await checkModule(await readModule(module));
      pass(terminal, `module: ${sizeBytes} bytes, sha256 ${digest}`);
      const trial = stack.use(await startTrial({ envoy, module, agent }));
      pass(terminal, 'Envoy runs it');
      await runExchanges(terminal, trial);
      if (options.keep) await keep(terminal, trial);
    });
}

function defaultAgent() {
  return agentOf({
    apiVersion: groupVersion,
    metadata: { namespace: 'default', name: 'test' },
    spec: { selector: { matchLabels: { app: 'test' } } },
  });
}

async function buildInto(stack: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spagent-test-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const module = join(directory, 'sp_agent.wasm');
  await writeFile(module, await compile(await bundledJob({ optimize: 3, debug: false })));
  return module;
}

/** The filter's log is shown in any case: it says why something went wrong. */
async function runExchanges(terminal: Terminal, trial: Trial): Promise<void> {
  try {
    for (const exchange of exchanges) await tryExchange(trial, exchange, (line) => pass(terminal, line));
  } finally {
    const lines = trial.envoy
      .log()
      .split('\n')
      .filter((line) => line.includes('SP '));
    terminal.out(lines.map((line) => `  ${terminal.paint('faint', line)}\n`).join(''));
  }
}

async function keep(terminal: Terminal, trial: Trial): Promise<void> {
  terminal.out(
    [
      `through the filter  curl -H 'x-softprobe-session-id: mine' ${trial.url}/anything`,
      `recordings          ${trial.backend.url}`,
      `Envoy's admin page  ${trial.envoy.adminUrl}`,
      'Ctrl-C stops everything',
      '',
    ].join('\n'),
  );
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
}

function pass(terminal: Terminal, line: string): void {
  terminal.out(`${terminal.paint('good', '✓')} ${line}\n`);
}
