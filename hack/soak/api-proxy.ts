import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { writeKubeconfig } from '../cluster/kubeconfig.ts';
import type { SelfSigned } from '../cluster/self-signed.ts';

/** A request as it arrives. */
export interface ApiCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly isWatch: boolean;
}

/**
 * What becomes of a request: it is passed on; or also passed on, but the connection ends in place of the answer; or it gets no answer;
 * or this HTTP status without reaching the API server.
 */
export type Treatment = 'Forward' | 'LoseAnswer' | 'Hang' | number;

/** A request that changes something, and that the API server answered with success. */
export interface AcceptedWrite extends ApiCall {
  /** The process that sent it. */
  readonly sender: string;
  /** Milliseconds of `performance.now`. */
  readonly arrivedAt: number;
  readonly answeredAt: number;
  readonly body: Buffer;
}

/** An HTTPS server between one replica of the operator and the API server. */
export interface ApiProxy extends AsyncDisposable {
  /** Path of a file that leads to the API server through this proxy. */
  readonly kubeconfig: string;
  /** From now on; undefined: requests are passed on, and those that hang end. */
  treat(treatment: ((call: ApiCall) => Treatment) | undefined): void;
  /** Ends the connections of the requests in progress for which this holds. */
  endConnections(holds: (call: ApiCall) => boolean): void;
  /** New connections get the other certificate; clients trust both. */
  changeCertificate(): void;
}

export interface ApiProxyOptions {
  readonly plane: ControlPlane;
  readonly name: string;
  /** For `IP:127.0.0.1`. */
  readonly certificates: readonly [SelfSigned, SelfSigned];
  /** The process that uses the proxy now. */
  readonly sender: () => string;
  readonly accepted: (write: AcceptedWrite) => void;
}

interface Exchange extends ApiCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sender: string;
  readonly arrivedAt: number;
  readonly treatment: Treatment;
}

const changing: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export async function startApiProxy(options: ApiProxyOptions): Promise<ApiProxy> {
  const { plane, name, certificates, sender } = options;
  const target = await apiServerOf(plane);
  const open = new Set<Exchange>();
  let treatment: ((call: ApiCall) => Treatment) | undefined;
  let [current, other] = certificates;
  const server = createServer({ key: current.key, cert: current.certificate }, (request, response) => {
    const call = callOf(request);
    const became = treatment?.(call) ?? 'Forward';
    const exchange: Exchange = {
      ...call,
      ...{ request, response, sender: sender(), arrivedAt: performance.now(), treatment: became },
    };
    open.add(exchange);
    response.on('close', () => open.delete(exchange));
    pass(exchange, target, options.accepted).catch(() => response.destroy());
  });
  // Longer than any pause between two requests, as at the API server itself.
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = (holds: (exchange: Exchange) => boolean) => {
    for (const exchange of open) if (holds(exchange)) exchange.response.destroy();
  };
  return {
    kubeconfig: await kubeconfigOf(plane, name, {
      port: (server.address() as AddressInfo).port,
      certificates,
    }),
    treat: (wanted) => {
      treatment = wanted;
      if (wanted === undefined) end((exchange) => exchange.treatment === 'Hang');
    },
    endConnections: end,
    changeCertificate: () => {
      [current, other] = [other, current];
      server.setSecureContext({ key: current.key, cert: current.certificate });
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      target.agent.destroy();
      await closed;
    },
  };
}

function callOf({ method = 'GET', url = '/' }: IncomingMessage): ApiCall {
  const isWatch = new URLSearchParams(url.split('?', 2)[1]).get('watch') === 'true';
  return { method, path: url, isWatch };
}

interface Target {
  readonly url: URL;
  readonly agent: Agent;
}

async function apiServerOf({ url, stateDirectory }: ControlPlane): Promise<Target> {
  const ca = await readFile(join(stateDirectory, 'certificates', 'apiserver.crt'));
  return { url: new URL(url), agent: new Agent({ keepAlive: true, ca }) };
}

async function kubeconfigOf(
  { stateDirectory, adminConfig }: ControlPlane,
  name: string,
  { port, certificates }: { port: number; certificates: readonly SelfSigned[] },
): Promise<string> {
  const certificateFile = join(stateDirectory, `${name}.crt`);
  await writeFile(certificateFile, certificates.map(({ certificate }) => certificate).join(''));
  const kubeconfig = join(stateDirectory, `${name}.kubeconfig`);
  const token = adminConfig.getCurrentUser()?.token ?? '';
  await writeKubeconfig(kubeconfig, { url: `https://127.0.0.1:${port}`, certificateFile, token });
  return kubeconfig;
}

async function pass(
  exchange: Exchange,
  { url, agent }: Target,
  accepted: ApiProxyOptions['accepted'],
): Promise<void> {
  const { request, response, treatment, method, path } = exchange;
  const body = await buffer(request);
  if (treatment === 'Hang') return;
  if (typeof treatment === 'number') return refuse(response, treatment);
  const upstream = httpsRequest({
    ...{ host: url.hostname, port: url.port, agent, method, path },
    headers: request.headers,
  });
  upstream.on('error', () => response.destroy());
  response.on('close', () => {
    // A request that is over has given its connection back.
    if (!response.writableFinished) upstream.destroy();
  });
  upstream.on('response', (answer) => {
    const { statusCode: status = 502 } = answer;
    if (changing.has(method) && status < 300) {
      accepted({ ...exchange, answeredAt: performance.now(), body });
    }
    if (treatment === 'LoseAnswer') return void response.destroy();
    answer.on('close', () => {
      if (!answer.complete) response.destroy();
    });
    response.writeHead(status, answer.headers);
    // A watch without events must show that it is open.
    response.flushHeaders();
    answer.pipe(response);
  });
  upstream.end(body);
}

/** As the API server's own priority and fairness does. */
function refuse(response: ServerResponse, code: number): void {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `refused with ${code}`,
    code,
  };
  const wait = code === 429 ? { 'retry-after': '1' } : {};
  response.writeHead(code, { 'content-type': 'application/json', ...wait }).end(JSON.stringify(status));
}
