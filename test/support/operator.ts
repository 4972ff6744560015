import { createHash, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pino } from 'pino';
import type { ControlPlane } from '../../hack/cluster/control-plane.ts';
import { backendKeyLabel } from '../../operator/api/names.ts';
import type { Condition, SpAgentStatus } from '../../operator/api/status-schema.ts';
import { createClient, type ClusterClient } from '../../operator/cluster/client.ts';
import { collectionPath, objectPath, type Kind } from '../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../operator/cluster/kubernetes-object.ts';
import { startOperator, type Operator, type OperatorOptions } from '../../operator/controller/operator.ts';
import { policy } from './agent.ts';
import { createNamespace } from './cluster.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { startScriptedServer } from './scripted-server.ts';
import { filterShape, wasmModule } from './wasm-module.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test looks into objects of every kind
type LooseValue = any;

/** Any object of the API server, as a test looks into it. */
export type LooseObject = KubernetesObject & {
  readonly spec: LooseValue;
  readonly status?: LooseValue;
  readonly [field: string]: LooseValue;
};

/** Machines that run tests may be slow: how long an outcome may take, in milliseconds. */
export const patience = 60_000;

/** The least module that passes all checks and is taken for SP Agent's own filter; each seed gives another digest. */
export function moduleOf(seed: string): Uint8Array {
  const functions = [...filterShape.functions!, 'sp_agent_reads_spec_1'];
  return wasmModule({ ...filterShape, functions, padding: Buffer.from(seed) });
}

interface ModuleAt {
  readonly url: string;
  /** Of what comes, where it comes at all. */
  readonly digest: string;
}

type ObjectParts = Readonly<Record<string, unknown>> & { readonly metadata?: object };

/** One namespace of a cluster, with an operator for it alone, and a server of modules. */
export interface World extends AsyncDisposable {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly operator: Operator;
  /** `spec.filter` of a module; its path says what comes: `/ok-SEED`, `/custom` (a filter of another author), `/404`, `/text`, `/no-abi`, `/70-mb`, `/endless`. */
  moduleAt(path: string): ModuleAt;
  get(kind: Kind, name: string): Promise<LooseObject>;
  list(kind: Kind): Promise<LooseObject[]>;
  create(kind: Kind, name: string, parts: ObjectParts): Promise<LooseObject>;
  /** Merge patch. */
  patch(kind: Kind, name: string, body: object): Promise<LooseObject>;
  remove(kind: Kind, name: string): Promise<void>;
  /** A Deployment of two pods labelled `app: <name>`, with these annotations. */
  createDeployment(
    name: string,
    replicas?: number,
    annotations?: Record<string, string>,
  ): Promise<LooseObject>;
  /** An agent that selects `app: checkout` and fetches `/ok-1`. */
  createAgent(name: string, spec?: object): Promise<LooseObject>;
  status(agent: string): Promise<SpAgentStatus>;
  /** Waits until a condition has this status and, if given, this reason. */
  condition(agent: string, type: string, wanted: Partial<Condition>): Promise<Condition>;
}

export async function startWorld(
  cluster: ControlPlane,
  options: Partial<OperatorOptions> = {},
): Promise<World> {
  await using started = new AsyncDisposableStack();
  const { name: namespace } = started.use(await createNamespace(cluster));
  const modules = started.use(await startScriptedServer(({ path }, response) => answer(path, response)));
  const client = started.use(createClient(cluster.kubeconfig));
  const operator = started.use(await startOperator({ ...operatorOptions(cluster, namespace), ...options }));
  const stack = started.move();
  const moduleAt = (path: string) => moduleAtPort(modules.port, path);
  return {
    operator,
    moduleAt,
    ...objectsOf(client, namespace),
    ...agentsOf(client, namespace, moduleAt),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Options of an operator for one namespace, in this process. */
export function operatorOptions(cluster: ControlPlane, namespace: string): OperatorOptions {
  return {
    kubeconfig: cluster.kubeconfig,
    namespace,
    identity: `operator-${randomUUID().slice(0, 8)}`,
    listen: freePorts,
    moduleBaseUrl: 'http://sp-agent.sp-system.svc:8080',
    leaderElect: false,
    concurrency: 2,
    // kwok plays the pods: they have no proxies.
    verifyProxies: false,
    addresses: { allowPrivate: true },
    watchNamespaces: [namespace],
    policy,
    log: pino({ level: process.env['SP_AGENT_TEST_LOG'] ?? 'silent' }),
    discoverySeconds: 0.5,
  };
}

const bodies: Readonly<Record<string, Uint8Array | string>> = {
  '/text': 'this is no module',
  '/no-abi': wasmModule({ functions: ['malloc'] }),
  '/custom': wasmModule(filterShape),
};

function bodyOf(path: string): Uint8Array | string | undefined {
  return path.startsWith('/ok-') ? moduleOf(path) : bodies[path];
}

/** `spec.filter` of a module that a server on this machine serves. */
export function moduleAtPort(port: number, path: string): ModuleAt {
  const hash = createHash('sha256').update(bodyOf(path) ?? '');
  return { url: `http://127.0.0.1:${port}${path}`, digest: hash.digest('hex') };
}

function answer(path: string, response: ServerResponse): void {
  const body = bodyOf(path);
  if (body !== undefined) response.writeHead(200).end(body);
  else if (path === '/70-mb') response.writeHead(200, { 'content-length': 70_000_000 }).flushHeaders();
  else if (path === '/endless') pipeline(Readable.from(endless()), response).catch(() => undefined);
  else response.writeHead(404).end('not here');
}

function* endless() {
  for (;;) yield Buffer.alloc(65_536);
}

export function objectsOf(client: ClusterClient, namespace: string) {
  const get = (kind: Kind, name: string) =>
    client.json<LooseObject>({ path: objectPath({ kind, namespace, name }) });
  const list = async (kind: Kind) =>
    (await client.json<{ items: LooseObject[] }>({ path: collectionPath(kind, namespace) })).items;
  const create = (kind: Kind, name: string, parts: ObjectParts) =>
    client.json<LooseObject>({
      method: 'POST',
      path: collectionPath(kind, namespace),
      body: { ...parts, metadata: { ...parts.metadata, name } },
    });
  const patch = (kind: Kind, name: string, body: object) =>
    client.json<LooseObject>({
      method: 'PATCH',
      path: objectPath({ kind, namespace, name }),
      body,
      contentType: 'application/merge-patch+json',
    });
  const remove = async (kind: Kind, name: string) => {
    await client.request({ method: 'DELETE', path: objectPath({ kind, namespace, name }) });
  };
  return { client, namespace, get, list, create, patch, remove };
}

export function agentsOf(client: ClusterClient, namespace: string, moduleAt: World['moduleAt']) {
  const { create, get } = objectsOf(client, namespace);
  const createDeployment = (name: string, replicas = 2, annotations: Record<string, string> = {}) => {
    const labels = { app: name };
    const template = {
      metadata: { labels, annotations },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    };
    return create('Deployment', name, { spec: { replicas, selector: { matchLabels: labels }, template } });
  };
  const createAgent = (name: string, spec: object = {}) =>
    create('SpAgent', name, {
      apiVersion: 'softprobe.ai/v1alpha1',
      kind: 'SpAgent',
      spec: {
        selector: { matchLabels: { app: 'checkout' } },
        filter: moduleAt('/ok-1'),
        ...spec,
      },
    });
  const status = async (agent: string) =>
    ((await get('SpAgent', agent)) as { status?: SpAgentStatus }).status ?? {};
  const condition = async (agent: string, type: string, wanted: Partial<Condition>) =>
    eventually(
      `${type} ${JSON.stringify(wanted)} of ${agent}`,
      async () => {
        const object = await get('SpAgent', agent);
        const conditions = (object.status as SpAgentStatus | undefined)?.conditions ?? [];
        const found = conditions.find((one) => one.type === type);
        const isIt =
          found?.observedGeneration === object.metadata.generation &&
          Object.entries(wanted).every(([key, value]) => found?.[key as keyof Condition] === value);
        if (!isIt) throw new Error(`it is ${JSON.stringify(found ?? conditions)}`);
        return found;
      },
      patience,
    );
  return { createDeployment, createAgent, status, condition };
}

/** What Istio's injector leaves on a pod: to the operator such pods have a sidecar. */
export const injected = { 'sidecar.istio.io/status': '{}' };

/** A part of a Secret that may be sent to backends. */
export const backendKey = { metadata: { labels: { [backendKeyLabel]: 'true' } } };
