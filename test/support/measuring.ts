import type { GateQuestion } from '../../operator/api/gates.ts';
import { gatesSchema, type Gate } from '../../operator/api/gate-schema.ts';
import type { MeasureContext } from '../../operator/measure/measurer.ts';
import { textLines } from '../../operator/cluster/text-lines.ts';
import { Response } from 'undici';
import { clientOf } from './kubeconfig.ts';
import { at, ids } from './rollout.ts';
import { startScriptedServer, type ScriptedServer } from './scripted-server.ts';

/** Pieces of a world for tests of what gates measure. */

export const agent = { uid: 'agent-uid', namespace: 'shop', name: 'checkout' };

export function gateOf(spec: object): Gate {
  const [gate] = gatesSchema.parse([{ name: 'errors', ...spec }]);
  if (gate === undefined) throw new Error('no gate');
  return gate;
}

export function questionOf(parts: Partial<GateQuestion> = {}): GateQuestion {
  return {
    revision: ids.b,
    stableRevision: ids.a,
    step: 'Canary 1 of 2',
    since: at(0),
    canaryPods: ['new-1'],
    stablePods: ['old-1', 'old-2'],
    ...parts,
  };
}

/** What a proxy answers: Prometheus text; undefined: it cannot be asked. */
export type Proxies = Map<string, string | undefined>;

export interface MeasuringWorld extends AsyncDisposable {
  readonly context: MeasureContext;
  readonly apiServer: ScriptedServer;
  /** Pod → answer. A pod that is not in it does not exist. */
  readonly proxies: Proxies;
  /** Secret → its object. */
  readonly secrets: Map<string, object>;
}

export async function measuringWorld(allowPrivate = true): Promise<MeasuringWorld> {
  const stack = new AsyncDisposableStack();
  const proxies: Proxies = new Map();
  const secrets = new Map<string, object>();
  const apiServer = stack.use(
    await startScriptedServer(({ path }, response) => {
      const secret = secrets.get(path.split('/').at(-1) ?? '');
      response.statusCode = secret === undefined ? 404 : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(secret ?? { kind: 'Status', code: 404, reason: 'NotFound' }));
    }),
  );
  const client = stack.use(await clientOf(apiServer.port));
  const context: MeasureContext = {
    client,
    addresses: { allowPrivate },
    podOf: (namespace, name) =>
      proxies.has(name) ? { namespace, name, ip: '10.0.0.1', uid: `uid-${name}` } : undefined,
    askProxy: async ({ name }, _filter, read) => {
      const text = proxies.get(name);
      if (text === undefined) throw new Error('connection refused');
      return read({ at: 0, lines: textLines(new Response(text), 1_000_000) });
    },
  };
  return { context, apiServer, proxies, secrets, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
