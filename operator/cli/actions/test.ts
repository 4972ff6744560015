import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { redactionKeyEnvName } from '../../api/names.ts';
import type { SpAgent } from '../../api/schema.ts';
import { UsageFailure } from '../failure.ts';
import { withGivenFile } from '../given-file.ts';
import type { Terminal } from '../terminal.ts';
import { tryExchanges, withoutRules } from '../trial/exchanges.ts';
import { findEnvoy } from '../trial/find-envoy.ts';
import { localAgent } from '../trial/local-agent.ts';
import type { TrialModule } from '../trial/local-proxy.ts';
import { logTo } from '../trial/log-lines.ts';
import { startTrial, type Trial, type TrialOptions } from '../trial/trial.ts';
import { trialModule } from '../trial/trial-module.ts';
import { writeEnvoyConfig } from '../trial/write-config.ts';
import { tryRequest, type TriedRequest } from '../trial/try-request.ts';
import { requestOutcomeText } from '../view/request-outcome.ts';

interface TestOptions {
  readonly module?: string;
  readonly file?: string;
  readonly request?: Pick<TriedRequest, 'method' | 'host' | 'path'>;
  readonly header: readonly string[];
  readonly body?: string;
  readonly upstreamStatus: number;
  readonly envoy?: string;
  readonly keep?: boolean;
  readonly writeConfig?: string;
}

export async function run(terminal: Terminal, options: TestOptions): Promise<void> {
  if (options.writeConfig !== undefined) return writeConfig(terminal, options, options.writeConfig);
  const envoy = await findEnvoy(options.envoy);
  const request = await requestOf(options);
  const agent = await localAgent(options.file);
  await using stack = new AsyncDisposableStack();
  const module = await trialModule(stack, options.module);
  pass(terminal, `module: ${module.sizeBytes} bytes, sha256 ${module.digest}`);
  const usesSpec = request !== undefined || !module.readsSpec;
  const triedAgent = usesSpec ? agent : withoutRules(agent);
  const onLog = logTo(terminal);
  const { upstreamStatus } = options;
  const common: TrialOptions = {
    envoy,
    module,
    // Who keeps Envoy sends requests of their own, and wants to see what becomes of them.
    agent: usesSpec || options.keep ? withRequestLog(triedAgent) : triedAgent,
    onLog,
    upstreamStatus,
  };
  const sides = agent.spec.direction === 'Both' ? (['Inbound', 'Outbound'] as const) : [agent.spec.direction];
  for (const side of usesSpec ? sides : (['Outbound'] as const)) {
    const trial = stack.use(
      await startTrial({ ...common, side: side === 'Inbound' ? 'inbound' : 'outbound' }),
    );
    pass(terminal, `Envoy runs it${usesSpec ? `, ${side.toLowerCase()}` : ''}`);
    await runTrial(terminal, trial, { request, module });
    if (options.keep) await keep(terminal, trial);
  }
}

/** Its lines name the rule that decided. */
function withRequestLog(agent: SpAgent): SpAgent {
  return { ...agent, spec: { ...agent.spec, logLevel: 'Debug' } };
}

async function writeConfig(
  terminal: Terminal,
  { file, module }: TestOptions,
  directory: string,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const agent = await localAgent(file);
  const config = await writeEnvoyConfig(directory, { agent, module: await trialModule(stack, module) });
  terminal.out(`${config}\n`);
  terminal.note(
    [
      'Upstream is 127.0.0.1:8080, the backend 127.0.0.1:8787, and requests go to 127.0.0.1:8788. To run it:',
      '  spagent backend',
      `  ${redactionKeyEnvName}=$(openssl rand -hex 32) envoy -c ${config} --component-log-level wasm:debug`,
      '',
    ].join('\n'),
  );
}

async function runTrial(
  terminal: Terminal,
  trial: Trial,
  { request, module }: { readonly request: TriedRequest | undefined; readonly module: TrialModule },
): Promise<void> {
  if (request === undefined && module.readsSpec) {
    return tryExchanges(trial, (line) => pass(terminal, line));
  }
  const sent = request ?? {
    method: 'GET',
    host: 'localhost',
    path: '/',
    headers: {},
    body: new Uint8Array(),
  };
  terminal.out(requestOutcomeText(sent, await tryRequest(trial, sent)));
}

async function requestOf({ request, header, body }: TestOptions): Promise<TriedRequest | undefined> {
  if (request === undefined) {
    if (header.length === 0 && body === undefined) return undefined;
    throw new UsageFailure('--header and --body belong to --request: give it too');
  }
  return { ...request, headers: headersOf(header), body: await bodyOf(body) };
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([^\s:]+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageFailure(`--header ${line}: give a name and a value, such as 'accept: */*'`);
      }
      return [name, value];
    }),
  );
}

async function bodyOf(given: string | undefined): Promise<Uint8Array> {
  if (given === undefined) return new Uint8Array();
  if (!given.startsWith('@')) return Buffer.from(given);
  return withGivenFile(`--body ${given}`, () => readFile(given.slice(1)), 'give a file after @');
}

async function keep(terminal: Terminal, { proxy, backend }: Trial): Promise<void> {
  terminal.out(
    [
      `through the filter  curl -H 'x-softprobe-session-id: mine' ${proxy.url}/anything`,
      `recordings          ${backend.url}`,
      `Envoy's admin page  ${proxy.envoy.adminUrl}`,
      'Ctrl-C stops everything',
      '',
    ].join('\n'),
  );
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
}

function pass(terminal: Terminal, line: string): void {
  terminal.out(`${terminal.paint('good', '✓')} ${line}\n`);
}
