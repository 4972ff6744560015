import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { userJob } from '../../artifact/compiler/job.ts';
import { checkModule } from '../../artifact/check/check-module.ts';
import { requirePackageFiles } from '../package-files.ts';
import { repeatUntil } from '../repeat-until.ts';
import { readSource } from '../source-directory.ts';
import { startEnvoy, type Envoy } from './envoy.ts';
import type { EnvoyListener } from './envoy-bootstrap.ts';
import { LoadedCompiler } from './loaded-compiler.ts';

/** A custom filter of a folder in a real Envoy. */
export interface FilterSession extends AsyncDisposable {
  readonly url: string;
  readonly adminUrl: string;
  /**
   * Builds the folder as it is now, and gives Envoy what came out.
   * @throws {AgentError} where it does not build; {Error} where Envoy does not take it. The last one then keeps running.
   */
  reload(): Promise<Loaded>;
}

export interface Loaded {
  readonly sizeBytes: number;
  readonly seconds: number;
}

export interface SessionOptions {
  /** Path of Envoy. */
  readonly envoy: string;
  readonly directory: string;
  readonly upstream: URL;
  /** 0: a free one. */
  readonly port: number;
  readonly onLog: (text: string) => void;
}

/** The file of the folder that holds the filter's configuration; it may be absent. */
export const configurationFile = 'config.json';

const listenerName = 'dev';
const takeDeadlineSeconds = 10;

export async function startFilterSession(options: SessionOptions): Promise<FilterSession> {
  requirePackageFiles();
  await using starting = new AsyncDisposableStack();
  const modules = await mkdtemp(join(tmpdir(), 'spagent-dev-'));
  starting.defer(() => rm(modules, { recursive: true, force: true }));
  const compiler = starting.use(new LoadedCompiler());
  const port = options.port === 0 ? await freePort() : options.port;
  let built: BuiltModule | undefined;
  const listenerOf = async (): Promise<{ listener: EnvoyListener; sizeBytes: number }> => {
    const source = await readSource(options.directory, 'directory');
    // Often only the configuration was saved.
    if (built === undefined || !isDeepStrictEqual(built.source, source)) {
      built = await build(compiler, source, modules);
    }
    const { file: module, rootId, sizeBytes } = built;
    const configuration = await configurationOf(options.directory);
    const filter = { module, configuration, holdHeaders: false, hostEnvironment: [], rootId };
    const listener = { name: listenerName, port, upstream: 'upstream', rewritesHost: true, filter };
    return { listener, sizeBytes };
  };
  const envoy = starting.use(
    await startEnvoy({
      binary: options.envoy,
      listeners: [],
      clusters: { upstream: options.upstream },
      wasmLogLevel: 'debug',
      replaceable: true,
      node: { id: 'spagent-dev', cluster: 'spagent-dev' },
      onLog: options.onLog,
    }),
  );
  const running = starting.move();
  return {
    url: `http://127.0.0.1:${port}`,
    adminUrl: envoy.adminUrl,
    reload: async () => {
      const began = performance.now();
      try {
        const { listener, sizeBytes } = await listenerOf();
        await replace(envoy, listener);
        return { sizeBytes, seconds: (performance.now() - began) / 1000 };
      } finally {
        compiler.prepare();
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface BuiltModule {
  readonly source: Readonly<Record<string, string>>;
  readonly file: string;
  readonly sizeBytes: number;
  readonly rootId: string;
}

/** @param directory to write the module to. */
async function build(
  compiler: LoadedCompiler,
  source: BuiltModule['source'],
  directory: string,
): Promise<BuiltModule> {
  // Without the optimizer, which takes most of the time of a build.
  const job = await userJob(source, { optimize: 0, debug: true });
  const { bytes, digest, sizeBytes, rootId = '' } = await checkModule(await compiler.compile(job));
  const file = join(directory, `${digest}.wasm`);
  await writeFile(file, bytes);
  return { source, file, sizeBytes, rootId };
}

/** Text, which need not be JSON. */
async function configurationOf(directory: string): Promise<string> {
  try {
    return await readFile(join(directory, configurationFile), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Waits until Envoy has taken the listener, or says why not. */
async function replace(envoy: Envoy, listener: EnvoyListener): Promise<void> {
  const before = await updatesOf(envoy);
  await envoy.replaceListeners([listener]);
  const outcome = await repeatUntil(
    async () => {
      const now = await updatesOf(envoy);
      if (now.rejected > before.rejected) return 'rejected';
      return now.taken > before.taken ? 'taken' : undefined;
    },
    { seconds: takeDeadlineSeconds, pollMilliseconds: 20 },
  );
  if (outcome === 'taken') return connectable(listener.port ?? 0);
  throw new Error(
    outcome === 'rejected'
      ? 'Envoy refuses the filter; its lines above say why. The last one keeps running'
      : `Envoy has not taken the filter in ${takeDeadlineSeconds} s`,
  );
}

/** How many updates of its listeners Envoy has taken and refused so far. */
async function updatesOf({ adminUrl }: Envoy): Promise<{ taken: number; rejected: number }> {
  const response = await fetch(`${adminUrl}/stats?filter=^listener_manager.lds.update_(success|rejected)$`);
  const text = await response.text();
  const count = (name: string) => Number(new RegExp(`update_${name}: (\\d+)`).exec(text)?.[1] ?? 0);
  return { taken: count('success'), rejected: count('rejected') };
}

/** Workers open the port a moment after the main thread has taken the listener. */
async function connectable(port: number): Promise<void> {
  const attempt = async () => {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  };
  if (await repeatUntil(attempt, { seconds: takeDeadlineSeconds, pollMilliseconds: 20 })) return;
  throw new Error(
    `Envoy does not listen on port ${port}; another program may have it: choose another --port`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
