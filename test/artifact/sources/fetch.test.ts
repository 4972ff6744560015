import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { FetchOptions } from '../../../operator/artifact/sources/fetcher.ts';
import { loadUrl } from '../../support/load-url.ts';
import { selfSigned } from '../../../hack/cluster/self-signed.ts';
import { filterShape, wasmModule } from '../../support/wasm-module.ts';

const filter = wasmModule(filterShape);
const digest = hash('sha256', filter);

async function listening<T extends Server>(server: T): Promise<AsyncDisposable & { readonly port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
    },
  };
}

/** Fetches from a server that answers as given. */
async function fetchFrom(
  answer: RequestListener,
  options: Partial<FetchOptions> & { readonly source?: Partial<Parameters<typeof loadUrl>[0]> } = {},
) {
  await using server = await listening(createServer(answer));
  const { source, ...more } = options;
  const url = `http://127.0.0.1:${server.port}/filter.wasm`;
  return await loadUrl({ url, ...source }, { addresses: { allowPrivate: true }, ...more });
}

const fetchUrl = (url: string, options: FetchOptions = { addresses: { allowPrivate: false } }) =>
  loadUrl({ url }, options);

/** Writes for as long as somebody reads. */
function writeForEver(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
}

describe('module from a URL', () => {
  it('comes with its digest', async () => {
    const module = await fetchFrom((_, response) => response.end(filter));
    assert.deepEqual(Buffer.from(module.bytes), Buffer.from(filter));
    assert.equal(module.digest, digest);
  });

  it('is refused when its digest is not the pinned one; both are named', async () => {
    const pinned = 'a'.repeat(64);
    const answer: RequestListener = (_, response) => response.end(filter);
    await fetchFrom(answer, { source: { digest } });
    await assert.rejects(fetchFrom(answer, { source: { digest: pinned } }), {
      reason: 'DigestMismatch',
      retryable: false,
      message: new RegExp(`${digest}.*${pinned}`),
    });
  });

  it('is refused when it is not wasm, or no filter', async () => {
    await assert.rejects(
      fetchFrom((_, response) => response.end('<html>')),
      { reason: 'NotWasm' },
    );
    const plain = wasmModule({ functions: ['run'] });
    await assert.rejects(
      fetchFrom((_, response) => response.end(plain)),
      { reason: 'NoProxyWasmAbi' },
    );
  });

  for (const [status, retryable] of [
    [404, false],
    [403, false],
    [429, true],
    [500, true],
    [503, true],
  ] as const) {
    it(`fails at status ${status}, ${retryable ? 'to be tried again' : 'for good'}`, async () => {
      const answer: RequestListener = (_, response) => response.writeHead(status).end('no');
      await assert.rejects(fetchFrom(answer), {
        reason: 'FetchFailed',
        retryable,
        message: new RegExp(`/filter\\.wasm: answers ${status}`),
      });
    });
  }

  it('is refused by its announced length, before a byte of it is read', async () => {
    const length = 70 * 1024 * 1024;
    await assert.rejects(
      fetchFrom((_, response) => void response.writeHead(200, { 'content-length': length }).write('x')),
      { reason: 'ModuleTooLarge', message: new RegExp(`${length} bytes; at most ${16 * 1024 ** 2} `) },
    );
  });

  it('is given up when it does not end', async () => {
    await assert.rejects(
      fetchFrom((_, response) => writeForEver(response)),
      { reason: 'ModuleTooLarge', message: /does not end/ },
    );
  });

  it('is given up when the server falls silent', async () => {
    await assert.rejects(
      fetchFrom((_, response) => void response.write('x'), { idleSeconds: 0.2 }),
      {
        reason: 'FetchFailed',
        retryable: true,
        message: /sends nothing for 0\.2 s/,
      },
    );
    await assert.rejects(
      fetchFrom(() => undefined, { idleSeconds: 0.2 }),
      { message: /sends nothing/ },
    );
  });

  it('is given up when the server drips for too long', async () => {
    const drip: RequestListener = (_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    await assert.rejects(fetchFrom(drip, { seconds: 0.4 }), {
      reason: 'FetchFailed',
      retryable: true,
      message: /takes more than 0\.4 s/,
    });
  });

  it('fails when the server hangs up half-way', async () => {
    const hangUp: RequestListener = (request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('x', () => request.socket.destroy());
    };
    await assert.rejects(fetchFrom(hangUp), {
      reason: 'FetchFailed',
      retryable: true,
      message: /before the end/,
    });
  });

  it('fails when nothing listens, and when the name is not valid', async () => {
    const port = await (async () => {
      await using server = await listening(createServer());
      return server.port;
    })();
    const options = { addresses: { allowPrivate: true } };
    await assert.rejects(fetchUrl(`http://127.0.0.1:${port}/x`, options), {
      message: /connection is refused/,
    });
    await assert.rejects(fetchUrl('http://nowhere.invalid/x', options), {
      retryable: true,
      message: /does not resolve/,
    });
  });

  it('shows neither query nor credentials of its URL', async () => {
    const secret = /hunter2/;
    const message = async (url: string) =>
      fetchUrl(url, { addresses: { allowPrivate: true } }).then(
        () => '',
        (error: Error) => error.message,
      );
    assert.doesNotMatch(await message('http://nowhere.invalid/x?token=hunter2'), secret);
    const refusal = await message('http://me:hunter2@nowhere.invalid/x');
    assert.doesNotMatch(refusal, secret);
    assert.match(refusal, /credentials/);
  });
});

describe('address of a module', () => {
  for (const url of [
    'http://127.0.0.1:1/x',
    'http://[::1]:1/x',
    'http://[::ffff:127.0.0.1]:1/x',
    'http://2130706433:1/x',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost:1/x',
  ]) {
    it(`may not be ${url}`, async () => {
      await assert.rejects(fetchUrl(url), {
        reason: 'FetchRefused',
        retryable: false,
        message: /--allow-private/,
      });
    });
  }

  it('is not shown where a name is refused that leads to it', async () => {
    await assert.rejects(fetchUrl('http://localhost:1/x'), ({ message }: Error) => {
      assert.match(message, /^localhost is private/);
      return !/127\.|::1/.test(message);
    });
  });

  it('must be http or https', async () => {
    for (const url of ['file:///etc/passwd', 'ftp://example.com/x', 'nonsense']) {
      await assert.rejects(fetchUrl(url), { reason: 'FetchRefused' });
    }
  });

  it('is checked again at each redirect', async () => {
    const redirect: RequestListener = (_, response) =>
      response.writeHead(302, { location: 'http://10.0.0.1/x' }).end();
    await assert.rejects(fetchFrom(redirect, { addresses: { allowPrivate: ['127.0.0.0/8'] } }), {
      reason: 'FetchRefused',
      message: /10\.0\.0\.1/,
    });
    const toFile: RequestListener = (_, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    await assert.rejects(fetchFrom(toFile), { reason: 'FetchRefused', message: /only http and https/ });
  });

  it('may be redirected five times', async () => {
    const redirect =
      (times: number): RequestListener =>
      (request, response) => {
        const done = Number(new URL(request.url!, 'http://x').searchParams.get('n'));
        if (done === times) response.end(filter);
        else response.writeHead(307, { location: `?n=${done + 1}` }).end();
      };
    assert.equal((await fetchFrom(redirect(5))).digest, digest);
    await assert.rejects(fetchFrom(redirect(6)), { reason: 'FetchFailed', message: /more than 5 redirects/ });
  });
});

describe('module over https', () => {
  let certificate: string;
  let key: string;
  before(async () => {
    ({ certificate, key } = await selfSigned(['DNS:localhost', 'IP:127.0.0.1']));
  });

  const fetchTls = async (caBundle: string | undefined, answer: RequestListener) => {
    await using server = await listening(createTlsServer({ key, cert: certificate }, answer));
    const url = `https://localhost:${server.port}/x`;
    return await loadUrl({ url, caBundle }, { addresses: { allowPrivate: true } });
  };
  const serve: RequestListener = (_, response) => response.end(filter);

  it('comes with the authority of caBundle, and not without', async () => {
    assert.equal((await fetchTls(certificate, serve)).digest, digest);
    await assert.rejects(fetchTls(undefined, serve), {
      reason: 'FetchFailed',
      message: /spec\.filter\.caBundle/,
    });
  });

  it('is not redirected to http', async () => {
    const redirect: RequestListener = (_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1/x' }).end();
    await assert.rejects(fetchTls(certificate, redirect), {
      reason: 'FetchRefused',
      message: /leaves https/,
    });
  });

  it('reports a caBundle without a certificate, or with a broken one', async () => {
    await assert.rejects(fetchTls('nonsense', serve), { message: /holds no certificate/ });
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    await assert.rejects(fetchTls(broken, serve), { message: /cannot be read/ });
  });
});
