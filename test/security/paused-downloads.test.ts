import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { modulePath } from '../../operator/api/module-address.ts';
import { createModuleHandler } from '../../operator/artifact/serve.ts';
import { chunkBytesMax, chunksOf } from '../../operator/artifact/store/chunks.ts';
import { packModule } from '../../operator/artifact/store/pack.ts';
import { eventually } from '../support/eventually.ts';

const mebibyte = 1024 ** 2;
const chunkCount = 64;
const clientCount = 83;

describe('clients that ask for large modules and do not read them', () => {
  it('take a bounded part of the operator’s memory, and are refused beyond their share', async () => {
    const [piece] = (await packModule(randomBytes(chunkBytesMax))).pieces;
    /** Each module and each chunk has bytes of its own, as it would from the API server. */
    const chunk = (digest: string, index: number) => {
      const pieces = Array.from({ length: chunkCount }, (_, at) =>
        at === index ? piece! : new Uint8Array(),
      );
      const chunks = chunksOf({ digest, sizeBytes: chunkCount * chunkBytesMax, pieces }, { namespace: 'x' });
      return Promise.resolve(chunks[index]);
    };
    const limits = { total: 64, perClient: clientCount, bytesPerMinute: Infinity, stalledSeconds: 60 };
    const handle = createModuleHandler({ chunk }, pino({ level: 'silent' }), limits);
    const server = createServer((incoming, response) => void handle(incoming, response)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    await using _ = {
      async [Symbol.asyncDispose]() {
        server.close();
        server.closeAllConnections();
      },
    };
    const { port } = server.address() as AddressInfo;
    const before = process.memoryUsage().arrayBuffers;
    const responses = await Promise.all(
      Array.from({ length: clientCount }, async (_, client) => {
        const path = modulePath(client.toString(16).padStart(64, '0'));
        const asked = request({ port, host: '127.0.0.1', path, agent: false }).end();
        asked.on('error', () => undefined);
        const [response] = (await once(asked, 'response')) as [IncomingMessage];
        return response.pause().on('error', () => undefined);
      }),
    );
    let last = -1;
    await eventually('the downloads to stand still', async () => {
      const bytes = process.memoryUsage().arrayBuffers;
      const isStill = bytes === last;
      last = bytes;
      if (!isStill) await new Promise((resolve) => setTimeout(resolve, 500));
      return isStill;
    });
    const served = responses.filter(({ statusCode }) => statusCode === 200).length;
    assert.ok(served <= limits.total, `${served} are served at once`);
    // In full they are 1 GiB. What the clients hold is in it too.
    const taken = (last - before) / mebibyte;
    assert.ok(taken < 128, `${taken} MiB`);
  });
});
