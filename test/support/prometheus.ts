import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { startReadyProcess } from '../../hack/cluster/background-process.ts';
import { freePorts } from '../../hack/cluster/free-ports.ts';
import { tool } from '../../hack/tools/tool.ts';
import type { SelfSigned } from '../../hack/cluster/self-signed.ts';

export interface PrometheusOptions {
  /** `scrape_configs` of its configuration. */
  readonly scrapes?: readonly object[];
  /** Address that it listens on. Default: loopback. */
  readonly host?: string;
  /** Serves https, with this certificate. */
  readonly certificate?: SelfSigned;
  readonly queryTimeout?: string;
}

export interface Prometheus extends AsyncDisposable {
  /** Base URL of its API. */
  readonly url: string;
}

const startDeadlineSeconds = 30;

/** A real Prometheus that scrapes each second, on a free port. It ends when disposed, or with this process. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const { scrapes = [], host = '127.0.0.1', certificate, queryTimeout = '10s' } = options;
  await using starting = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-prometheus-'));
  starting.defer(() => rm(directory, { recursive: true, force: true }));
  const file = async (name: string, text: string) => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  // Its YAML contains JSON.
  const global = { scrape_interval: '1s', scrape_timeout: '1s' };
  const configuration = await file('prometheus.yml', JSON.stringify({ global, scrape_configs: scrapes }));
  const web = certificate && {
    cert_file: await file('certificate.pem', certificate.certificate),
    key_file: await file('key.pem', certificate.key),
  };
  const webFile = await file('web.yml', JSON.stringify(web ? { tls_server_config: web } : {}));
  const [port = 0] = await freePorts(1);
  const url = `${web ? 'https' : 'http'}://${host}:${port}`;
  const server = await startReadyProcess(
    {
      name: 'prometheus',
      command: [
        await tool('prometheus'),
        `--config.file=${configuration}`,
        `--web.config.file=${webFile}`,
        `--web.listen-address=${host}:${port}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--query.timeout=${queryTimeout}`,
      ],
      logFile: join(directory, 'log'),
      stopSignal: 'SIGKILL',
    },
    'prometheus to be ready',
    {
      probe: () => isReady(`${url}/-/ready`, certificate?.certificate),
      deadlineSeconds: startDeadlineSeconds,
    },
  );
  starting.use(server);
  const running = starting.move();
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function isReady(url: string, ca: string | undefined): Promise<boolean> {
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  try {
    return (await fetch(url, { dispatcher })).ok;
  } finally {
    await dispatcher.close();
  }
}
