import { setTimeout as sleep } from 'node:timers/promises';
import { startScriptedServer, type ScriptedServer } from './scripted-server.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: LeaseSpec;
}

/** An API server that holds one Lease, and can be made to fail. */
export interface LeaseServer extends Pick<ScriptedServer, 'port'>, AsyncDisposable {
  readonly lease: Lease | undefined;
  /** Methods of the requests that got an answer. */
  readonly answered: readonly string[];
  /** Called as a request arrives. @returns a status to fail it with, or that it gets no answer. */
  onRequest: ((method: string) => number | 'none' | undefined | void) | undefined;
  /** Milliseconds between a write and its answer. */
  answersAfter: number;
  /** Writes as somebody else. */
  put(spec: LeaseSpec): void;
}

export async function startLeaseServer(): Promise<LeaseServer> {
  let version = 0;
  const answered: string[] = [];
  const server = await startScriptedServer(async ({ method, body }, response) => {
    const fault = world.onRequest?.(method);
    if (fault === 'none') return;
    const answer = (status: number, object: object) => {
      answered.push(method);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object));
    };
    const refuse = (code: number) => {
      answer(code, { kind: 'Status', code, message: `refused with ${code}` });
    };
    if (fault !== undefined) return refuse(fault);
    if (method === 'GET') return world.lease ? answer(200, world.lease) : refuse(404);
    const { metadata, spec } = JSON.parse(body.toString()) as Lease;
    if (metadata.resourceVersion !== world.lease?.metadata.resourceVersion) return refuse(409);
    world.put(spec);
    if (world.answersAfter > 0) await sleep(world.answersAfter);
    answer(200, world.lease ?? {});
  });
  const world = {
    port: server.port,
    lease: undefined as Lease | undefined,
    answered,
    onRequest: undefined as LeaseServer['onRequest'],
    answersAfter: 0,
    put(spec: LeaseSpec) {
      version += 1;
      world.lease = { metadata: { name: 'sp-agent', resourceVersion: String(version) }, spec };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return world;
}
