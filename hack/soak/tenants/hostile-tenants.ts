import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hash } from 'node:crypto';
import type { SpAgentStatus } from '../../../operator/api/status-schema.ts';
import { collectionPath } from '../../../operator/cluster/kinds.ts';
import { agentObject } from '../cluster.ts';
import { section, unsigned } from '../wasm-section.ts';
import type { TenantWorld } from './world.ts';

export interface HostileTenants extends AsyncDisposable {
  /** What they did so far: objects created and connections opened. */
  acts(): number;
}

/** One kind of attack, in a namespace of its own, that repeats itself until it is stopped. */
interface Attack {
  readonly name: string;
  /** Milliseconds between two acts. */
  readonly pause: number;
  act(index: number): Promise<void>;
}

/** Objects that one attack keeps at the same time; the oldest go first. */
const agentsMax = 30;
const pausedDownloadsMax = 100;

/** The namespace whose modules differ all, to fill the store. */
const fullStore = 'full-store';

/** Starts every attack. Disposing stops them; what they made stays until the cluster goes. */
export async function hostileTenants(world: TenantWorld): Promise<HostileTenants> {
  await using started = new AsyncDisposableStack();
  const modules = started.use(await serveModules());
  const sockets: Socket[] = [];
  started.defer(() => {
    for (const socket of sockets) socket.destroy();
  });
  const attacks = [
    ...sourceAttacks(world),
    ...moduleAttacks(world, modules.url),
    pausedDownloads(world, sockets),
  ];
  for (const { name } of attacks) await world.addNamespace(name);
  const stopped = new AbortController();
  let acts = 0;
  const running = attacks.map(async ({ act, pause }) => {
    for (let index = 0; !stopped.signal.aborted; index += 1) {
      // A refused attack continues: refusals are what it should get.
      await act(index).then(
        () => (acts += 1),
        () => undefined,
      );
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  });
  const rest = started.move();
  return {
    acts: () => acts,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await Promise.all(running);
      await rest.disposeAsync();
    },
  };
}

/** Sources that never compile: without end, with giant messages, and one module after the other to fill the store. */
function sourceAttacks(world: TenantWorld): Attack[] {
  const attack = (name: string, pause: number, source: (index: number) => string): Attack => ({
    name,
    pause,
    act: async (index) => {
      const agent = `${name}-${index}`;
      await world.create('ConfigMap', name, {
        metadata: { name: agent },
        data: { 'index.ts': source(index) },
      });
      await world.create(
        'SpAgent',
        name,
        agentObject(agent, { filter: { build: { configMap: { name: agent } } } }),
      );
      await removeOldest(world, name, index);
    },
  });
  return [
    attack(
      'endless-source',
      2_000,
      (index) =>
        `function f<T>(x: T): void { f<StaticArray<T>>([x]); }\nexport function g${index}(): void { f<i32>(1); }`,
    ),
    attack('giant-messages', 5_000, (index) => `let a${index} = ${'unknown + '.repeat(90_000)}0;`),
    attack(
      fullStore,
      2_000,
      (index) =>
        `export function proxy_abi_version_0_2_1(): void {}\nexport function proxy_on_memory_allocate(size: u32): usize { return heap.alloc(size); }\nexport function proxy_on_context_create(id: u32, root: u32): void {}\nexport const a: usize = memory.data<u8>([${index % 256},${'7,'.repeat(100_000)}1]);`,
    ),
  ];
}

/** Modules that are large, never come, or have import names that no status can hold. */
function moduleAttacks(world: TenantWorld, modulesUrl: string): Attack[] {
  return Object.keys(moduleBodies).map((name) => ({
    name,
    pause: 3_000,
    act: async (index) => {
      const agent = `${name}-${index}`;
      const url = `${modulesUrl}/${name}/${index}`;
      const digest = hash('sha256', moduleBody(name, index));
      await world.create('SpAgent', name, agentObject(agent, { filter: { url, digest } }));
      await removeOldest(world, name, index);
    },
  }));
}

/** Connections that ask for a module and read nothing of it. */
function pausedDownloads(world: TenantWorld, sockets: Socket[]): Attack {
  const { hostname, port } = new URL(world.operator.url);
  let digest = '';
  return {
    name: 'paused-downloads',
    pause: 200,
    act: async (index) => {
      // Asked now and then: the attack is on the operator and not on the API server.
      if (index % 25 === 0) digest = await newestModule(world);
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      await once(socket, 'connect');
      socket.pause();
      socket.write(`GET /filters/${digest}.wasm HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
      sockets.push(socket);
      if (sockets.length > pausedDownloadsMax) sockets.shift()?.destroy();
    },
  };
}

/** A module that the tenant itself made, as the status of its agent says. */
async function newestModule({ client }: TenantWorld): Promise<string> {
  const { items } = await client.json<{ readonly items: readonly { readonly status?: SpAgentStatus }[] }>({
    path: collectionPath('SpAgent', fullStore),
  });
  const digests = items.flatMap(({ status }) => status?.filter?.digest ?? []);
  return digests.at(-1) ?? '0'.repeat(64);
}

async function removeOldest(world: TenantWorld, namespace: string, index: number): Promise<void> {
  if (index < agentsMax) return;
  await world.remove('SpAgent', namespace, `${namespace}-${index - agentsMax}`);
}

const moduleBodies: Readonly<Record<string, () => Buffer>> = {
  'giant-module': () => section(0, Buffer.concat([Buffer.from([1, 120]), Buffer.alloc(13_000_000, 7)])),
  'giant-names': () => {
    const name = Buffer.alloc(95_000, 0x41);
    const entry = Buffer.concat([
      Buffer.from([3]),
      Buffer.from('env'),
      unsigned(name.length),
      name,
      Buffer.from([0, 0]),
    ]);
    return Buffer.concat([
      section(1, Buffer.from([1, 0x60, 0, 0])),
      section(2, Buffer.concat([Buffer.from([5]), ...Array.from({ length: 5 }, () => entry)])),
    ]);
  },
  'silent-server': () => Buffer.alloc(0),
};

/** A module of this kind; the index makes each another one. */
function moduleBody(name: string, index: number): Buffer {
  const header = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const mark = section(0, Buffer.from([1, 105, index & 255, (index >> 8) & 255]));
  return Buffer.concat([header, mark, moduleBodies[name]?.() ?? Buffer.alloc(0)]);
}

async function serveModules() {
  const server = createServer(({ url = '' }, response) => {
    const [, name = '', index = ''] = url.split('/');
    // The silent server takes the request and never answers.
    if (name !== 'silent-server') response.end(moduleBody(name, Number(index)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
