import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { hash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import binaryen from 'assemblyscript/binaryen';
import { podNetwork } from '../../hack/node/network.ts';
import { eventually } from '../support/eventually.ts';
import { operatorInstalled } from './support/operator.ts';
import { freshRequest, send } from './support/replay.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import {
  applyAgent,
  assertTrafficUnharmed,
  awaitReady,
  conditionOf,
  deleteAgent,
  shop,
  shopOpen,
} from './support/shop.ts';
import { applyObjects } from './support/workload.ts';

const templates = join(import.meta.dirname, '..', '..', 'filter', 'templates');

async function answerHeader(name: string): Promise<string | undefined> {
  return (await send('outbound', freshRequest('outbound', 'GET'))).headers[name];
}

async function applySource(template: string): Promise<object> {
  const { mesh } = await sharedMesh();
  const source = await readFile(join(templates, template, 'index.ts'), 'utf8');
  const metadata = { namespace: shop, name: `${template}-source` };
  await applyObjects(mesh.kubeconfig, [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'index.ts': source } },
  ]);
  return { build: { configMap: { name: metadata.name } } };
}

/** A filter that knows nothing of SP Agent: it answers with a header whose value is its configuration. */
async function handWritten(): Promise<Uint8Array> {
  const text = await readFile(join(import.meta.dirname, 'workload', 'configured-header.wat'), 'utf8');
  const module = binaryen.parseText(text);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** Serves a module from this machine, at an address that pods reach. */
async function serve(bytes: Uint8Array) {
  const { hostAddress } = podNetwork;
  const server = createServer((_, response) => void response.end(bytes)).listen(0, hostAddress);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${hostAddress}:${port}/filter.wasm`,
    [Symbol.dispose]: () => void server.close(),
  };
}

describeOnMesh('a custom filter in the sidecars', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
  });
  afterEach(assertTrafficUnharmed);
  after(deleteAgent);

  it('built from source with the library runs with its configuration, verified in every pod', async () => {
    const build = await applySource('header');
    const filter = { ...build, config: { name: 'x-team', value: 'payments' } };
    await applyAgent({ filter, direction: 'Outbound', backend: undefined });
    const status = await awaitReady();
    assert.equal(conditionOf(status, 'Ready')?.reason, 'Healthy');
    assert.deepEqual(
      status.workloads?.map(({ verified }) => verified),
      [2],
    );
    assert.equal(await answerHeader('x-team'), 'payments');
    assert.equal(conditionOf(status, 'BackendReachable')?.status, 'Unknown');
  });

  it('gets another configuration by a rollout, and one that it refuses is rolled back', async () => {
    const build = await applySource('header');
    const withConfig = (config: object) =>
      applyAgent({ filter: { ...build, config }, direction: 'Outbound', backend: undefined });
    await withConfig({ name: 'x-team', value: 'search' });
    await awaitReady();
    assert.equal(await answerHeader('x-team'), 'search');
    await withConfig({ value: 'nobody' });
    const { client } = await sharedMesh();
    await eventually(
      'the rollback',
      async () => {
        const { status } = await client.json<{ status: Awaited<ReturnType<typeof awaitReady>> }>({
          path: `/apis/softprobe.ai/v1alpha1/namespaces/${shop}/spagents/checkout`,
        });
        const condition = conditionOf(status, 'Degraded');
        assert.equal(condition?.status, 'True', JSON.stringify(status));
        return status.rollout?.state === 'RolledBack';
      },
      120_000,
    );
    assert.equal(await answerHeader('x-team'), 'search');
  });

  it('written in another language and fetched by URL gets text for its configuration', async () => {
    const bytes = await handWritten();
    using server = await serve(bytes);
    const filter = { url: server.url, digest: hash('sha256', bytes), config: 'plain text' };
    await applyAgent({ filter, direction: 'Outbound', backend: undefined });
    const status = await awaitReady();
    assert.equal(conditionOf(status, 'Ready')?.reason, 'Healthy');
    assert.deepEqual(
      status.workloads?.map(({ verified, loaded }) => ({ verified, loaded })),
      [{ verified: 0, loaded: 2 }],
    );
    assert.equal(await answerHeader('x-configured'), 'plain text');
  });
});
