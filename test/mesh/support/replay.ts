import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { checkout, checkoutUrl, inventoryUrl, trafficClient } from './shop.ts';
import { sharedMesh } from './shared-mesh.ts';
import { podOf, sendFrom, type Answer, type PodKey, type RequestOptions } from './workload.ts';

export type Side = 'inbound' | 'outbound';

/** Where a request must start and go so that checkout's sidecar sees it on that side. */
const routes = {
  inbound: { from: trafficClient, to: checkoutUrl },
  outbound: { from: checkout, to: inventoryUrl },
} as const;

let counter = 0;

/** A request that nobody has sent before. */
export function freshRequest(side: Side, method: 'GET' | 'POST'): RequestOptions {
  const url = `${routes[side].to}/orders/${process.pid}-${(counter += 1)}`;
  // Without a session nothing that a workload receives is replayed, and no POST.
  const headers = { 'x-softprobe-session-id': 'mesh-test' };
  return method === 'GET'
    ? { url, method, headers }
    : { url, method, headers, body: `{"apples":${counter}}` };
}

export async function send(side: Side, request: RequestOptions): Promise<Answer> {
  const { client } = await sharedMesh();
  return sendFrom(client, await podOf(client, routes[side].from), request);
}

/** Asserts that a fresh request is recorded and then replayed, and returns it. */
export async function assertReplayed(side: Side, method: 'GET' | 'POST'): Promise<RequestOptions> {
  const request = freshRequest(side, method);
  await assertReplayedAt(routes[side].from, request);
  return request;
}

/**
 * Sends a request that is recorded, and again until the recording is replayed: the application numbers its answers, so
 * that the same answer twice can only be a replay.
 */
export async function assertReplayedAt(from: PodKey, request: RequestOptions): Promise<void> {
  const { client } = await sharedMesh();
  const seen: string[] = [];
  await eventually(`a replay of ${request.method} ${request.url}`, async () => {
    const { status, body } = await sendFrom(client, await podOf(client, from), request);
    assert.equal(status, 200, body);
    if (seen.includes(body)) return true;
    seen.push(body);
    throw new Error(`${seen.length} answers, all different: ${body}`);
  });
}

/** Sends a request many times: each answer must come from the application. */
export async function assertNotReplayed(side: Side, request: RequestOptions): Promise<void> {
  const answers = new Set<string>();
  const times = 4;
  for (let time = 0; time < times; time += 1) answers.add((await send(side, request)).body);
  assert.equal(answers.size, times);
}
