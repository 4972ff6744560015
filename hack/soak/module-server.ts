import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';
import { sourceOf } from './cluster.ts';
import { section } from './wasm-section.ts';

/** Serves filters that do nothing, any number of different ones. */
export interface ModuleServer extends AsyncDisposable {
  /** `spec.filter` of one of them. */
  filterAt(index: number): { readonly url: string; readonly digest: string };
  /** While it is gone, each connection ends without an answer. */
  setGone(isGone: boolean): void;
}

export async function startModuleServer(): Promise<ModuleServer> {
  const module = await compile(
    await userJob({ 'index.ts': sourceOf('soak') }, { optimize: 3, debug: false }),
  );
  // A custom section without a meaning.
  const moduleAt = (index: number) =>
    Buffer.concat([module, section(0, Buffer.from([1, 105, index & 255, (index >> 8) & 255]))]);
  let isGone = false;
  const server = createServer(({ url = '' }, response) => {
    const [, index] = /^\/([0-9]+)\.wasm$/.exec(url) ?? [];
    if (isGone || index === undefined) response.destroy();
    else response.end(moduleAt(Number(index)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    filterAt: (index) => ({
      url: `http://127.0.0.1:${port}/${index}.wasm`,
      digest: hash('sha256', moduleAt(index)),
    }),
    setGone: (gone) => {
      isGone = gone;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
