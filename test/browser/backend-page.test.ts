import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { createBackend, type Backend } from '../../operator/backend/server.ts';
import { lookup, save, type RequestSpan } from '../support/backend-client.ts';
import { eventually } from '../support/eventually.ts';
import { filterMessage } from '../support/filter-span.ts';
import { describeInBrowser, openPage, overflow, screenshot } from './support/browser.ts';
import { startPrefixProxy } from './support/prefix-proxy.ts';

const json = [['content-type', 'application/json']] as const;

/** One red pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

const order = (quantity: number): RequestSpan => ({
  session: 'sess_checkout',
  method: 'POST',
  host: 'inventory:8080',
  path: '/orders?dry=0',
  requestHeaders: [...json, ['accept-encoding', 'gzip']],
  requestBody: JSON.stringify({ items: [{ sku: 'tea', quantity }], customer: { id: 4711 } }),
});

const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();

describeInBrowser('the page of the development backend', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  it('shows recordings as they arrive, and lookups with what answered them', async () => {
    await using opened = await openPage(backend.url);
    const { page } = opened;
    await page.getByText('Nothing recorded yet.').waitFor();
    await save(backend, { ...order(1), status: 201, responseBody: '{}' });
    await page.getByText('POST inventory:8080/orders?dry=0').waitFor();
    await lookup(backend, order(1));
    await lookup(backend, { path: '/unknown' });
    await page.getByText('1 hit').waitFor();
    assert.deepEqual(await texts(page, '#counts span'), ['1 recording', '1 hit', '1 miss']);
    await page.getByRole('link', { name: 'Lookups' }).click();
    await page.getByText('hit #1').waitFor();
    assert.deepEqual(await texts(page, '.lookup .badge'), ['miss', 'hit #1']);
  });

  it('shows bodies as a person reads them: JSON indented, decoded, images and bytes', async () => {
    const body = Buffer.from('{"total":12.5,"currency":"EUR","paid":true}');
    await save(
      backend,
      {
        ...order(2),
        responseHeaders: [...json, ['content-encoding', 'gzip']],
        responseBody: gzipSync(body),
      },
      { path: '/logo.png', responseHeaders: [['content-type', 'image/png']], responseBody: png },
      { path: '/blob', responseBody: Buffer.from([0, 1, 2, 0xff]) },
    );
    await using opened = await openPage(`${backend.url}/#/recordings/1`);
    const { page } = opened;
    await page.getByText('"total"').waitFor();
    const [request, response] = await texts(page, 'pre.json');
    assert.match(request ?? '', /\{\n {2}"items": \[\n {4}\{\n {6}"sku": "tea",\n {6}"quantity": 2\n/);
    assert.equal(response, JSON.stringify(JSON.parse(body.toString()), null, 2));
    await page.getByText(`gzip, ${body.length} bytes decoded`).waitFor();
    await screenshot(page, 'recording');
    await page.goto(`${backend.url}/#/recordings/2`);
    const image = page.getByAltText('recorded image');
    await image.waitFor();
    await eventually('the image to be drawn', () =>
      image.evaluate((node: { naturalWidth?: number }) => node.naturalWidth === 1),
    );
    await page.goto(`${backend.url}/#/recordings/3`);
    await page.getByText('00 01 02 ff').waitFor();
  });

  it('finds recordings by words, method and status', async () => {
    await save(
      backend,
      { ...order(1), status: 201 },
      { path: '/health', status: 200 },
      { path: '/orders/7', method: 'DELETE', status: 404 },
    );
    await using opened = await openPage(backend.url);
    const { page } = opened;
    const found = async (...paths: string[]) =>
      eventually(`${paths.join()} to be listed`, async () => {
        const listed = await texts(page, '.rows .request');
        return listed.length === paths.length && paths.every((path, index) => listed[index]?.endsWith(path));
      });
    await found('/orders/7', '/health', '/orders?dry=0');
    await page.getByRole('searchbox').fill('orders');
    await found('/orders/7', '/orders?dry=0');
    await page.getByLabel('Any status').selectOption('4xx');
    await found('/orders/7');
    await page.getByLabel('Any status').selectOption('Any status');
    await page.getByLabel('Any method').selectOption('POST');
    await found('/orders?dry=0');
    await page.getByRole('searchbox').fill('nothing has this');
    await page.getByText('No recording matches.').waitFor();
  });

  it('pages through many recordings and keeps them while new ones arrive', async () => {
    await save(backend, ...Array.from({ length: 320 }, (_, index) => ({ path: `/${index}` })));
    await using opened = await openPage(backend.url);
    const { page } = opened;
    const count = (wanted: number) =>
      eventually(`${wanted} rows`, async () => (await page.locator('.rows li').count()) === wanted);
    await count(50);
    for (const wanted of [100, 150, 200, 250]) {
      await page.getByRole('button', { name: 'Show older' }).click();
      await count(wanted);
    }
    await save(backend, { path: '/newest' });
    await page.getByText('/newest').waitFor();
    await count(250);
    await page.getByRole('button', { name: 'Show older' }).click();
    await count(300);
    await page.getByRole('button', { name: 'Show older' }).click();
    await count(321);
    assert.equal(await page.getByRole('button', { name: 'Show older' }).isVisible(), false);
  });

  it('explains why a lookup missed: the nearest recording and the first difference', async () => {
    await save(backend, { path: '/other' }, { ...order(2), responseBody: '{}' });
    await lookup(backend, order(3));
    // What is recorded after the miss does not explain it.
    await save(backend, { ...order(3), responseBody: '{}' });
    await using opened = await openPage(`${backend.url}/#/lookups`);
    const { page } = opened;
    await page.getByRole('link', { name: 'Why?' }).click();
    await page.getByText('The nearest recording is #2. First difference: body items[0].quantity.').waitFor();
    assert.deepEqual(await texts(page, '.differences td'), ['2', '3']);
    await screenshot(page, 'miss');
  });

  it('shows two recordings side by side with their first differences', async () => {
    await save(
      backend,
      { ...order(1), responseHeaders: json, responseBody: '{"state":"queued","at":1}' },
      { ...order(1), status: 409, responseHeaders: json, responseBody: '{"state":"done","at":1}' },
    );
    await using opened = await openPage(backend.url);
    const { page } = opened;
    await page.getByLabel('Select recording 1 to compare').check();
    await page.getByLabel('Select recording 2 to compare').check();
    await page.getByRole('link', { name: 'Compare the two' }).click();
    await page.getByText('Recordings #1 and #2').waitFor();
    assert.deepEqual(await texts(page, '.differences tbody th'), ['status', 'response body state']);
    assert.deepEqual(await texts(page, '.differences td'), ['200', '409', '"queued"', '"done"']);
    await screenshot(page, 'compare');
  });

  it('deletes one recording, and all that are listed', async () => {
    await save(backend, { path: '/a' }, { path: '/b' }, { path: '/keep', method: 'PUT' });
    await using opened = await openPage(`${backend.url}/#/recordings/1`);
    const { page } = opened;
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('2 recordings').first().waitFor();
    await page.getByLabel('Any method').selectOption('GET');
    await page.getByText('/keep').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No recording matches.').waitFor();
    assert.deepEqual(
      backend.recordings.list().map(({ path }) => path),
      ['/keep'],
    );
  });

  it('exports what is listed as a case that can be recorded again', async () => {
    await save(backend, { path: '/a', responseBody: 'a' }, { path: '/b', responseBody: 'b' });
    await using opened = await openPage(backend.url);
    const { page } = opened;
    await page.getByRole('searchbox').fill('/b');
    await page.getByText('1 recording', { exact: true }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'sp-agent-recordings.case.json');
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const { traces } = JSON.parse(Buffer.concat(chunks).toString()) as { traces: object[] };
    assert.equal(traces.length, 1);
    await using again = await createBackend({ data: ':memory:' });
    const response = await fetch(`${again.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(traces[0]),
    });
    assert.equal(response.status, 200);
    assert.equal((await lookup(again, { path: '/b' }))?.status, 200);
  });

  it('runs nothing of what a recording holds', async () => {
    const evil = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>\'&';
    await save(backend, {
      path: `/${evil}`,
      session: evil,
      host: evil,
      service: evil,
      responseHeaders: [
        ['content-type', 'text/html'],
        ['x-evil', evil],
      ],
      responseBody: evil,
    });
    await lookup(backend, { path: `/${evil}x`, session: evil });
    await using opened = await openPage(backend.url);
    const { page } = opened;
    for (const hash of ['#/', '#/recordings/1', '#/lookups', '#/lookups/1']) {
      await page.goto(`${backend.url}/${hash}`);
      await page.getByText(evil).first().waitFor();
    }
    assert.equal(await page.evaluate('window.attacked'), undefined);
    assert.equal(await page.locator('main img, main script').count(), 0);
  });

  it('shows that the backend is unreachable, and resumes when it is back', async () => {
    const { port } = backend;
    await using opened = await openPage(backend.url);
    const { page, errors } = opened;
    await page.getByText('Nothing recorded yet.').waitFor();
    await backend[Symbol.asyncDispose]();
    await page.getByText('The backend does not answer').waitFor();
    backend = await createBackend({ data: ':memory:', port });
    await save(backend, { path: '/after' });
    await page.getByText('/after').waitFor();
    await page.getByText('The backend does not answer').waitFor({ state: 'hidden' });
    // The browser reports each failed attempt.
    errors.length = 0;
  });

  it('works with a token, which the browser asks for', async () => {
    await using guarded = await createBackend({ data: ':memory:', token: 'tok' });
    await using opened = await openPage(guarded.url, { password: 'tok' });
    const { page } = opened;
    await page.getByText('Nothing recorded yet.').waitFor();
    const headers = { 'content-type': 'application/x-protobuf', authorization: 'Bearer tok' };
    const body = Buffer.from(filterMessage({ type: 'extract', path: '/guarded', status: 200 }));
    assert.equal((await fetch(`${guarded.url}/v1/traces`, { method: 'POST', headers, body })).status, 200);
    await page.getByText('/guarded').waitFor();
  });

  it('works behind the path of a proxy', async () => {
    const prefix = '/api/v1/namespaces/shop/services/recorder:8787/proxy';
    await using proxy = await startPrefixProxy(prefix, backend.port);
    await using opened = await openPage(`${proxy.url}${prefix}/`);
    const { page } = opened;
    await page.getByText('Nothing recorded yet.').waitFor();
    await save(backend, { path: '/proxied', responseBody: 'body' });
    await page.getByText('/proxied').click();
    await page.getByText('Recording #1').waitFor();
    assert.match((await page.getByText('Download body').getAttribute('href')) ?? '', /^api\//);
  });

  for (const [width, colorScheme] of [
    [1280, 'light'],
    [420, 'light'],
    [420, 'dark'],
    [1280, 'dark'],
  ] as const) {
    it(`fits into ${width} pixels with the colour scheme ${colorScheme}`, async () => {
      await save(
        backend,
        { ...order(1), status: 201, responseHeaders: json, responseBody: '{"state":"queued"}' },
        { path: `/${'long-segment/'.repeat(30)}?token=${'x'.repeat(300)}`, status: 302 },
        { path: '/broken', status: 503, responseBody: Buffer.from([0, 1, 2, 0xff]) },
        {
          ...order(1),
          status: 404,
          responseHeaders: json,
          responseBody: `{"state":"${'done'.repeat(100)}"}`,
        },
      );
      await lookup(backend, order(1));
      await lookup(backend, order(5));
      await using opened = await openPage(backend.url, { width, colorScheme });
      const { page } = opened;
      for (const [hash, text] of [
        ['#/', '4 recordings'],
        ['#/recordings/4', 'Recording #4'],
        ['#/recordings/3', 'hexadecimal'],
        ['#/compare/1/4', 'Recordings #1 and #4'],
        ['#/lookups', 'hit #4'],
        ['#/lookups/2', 'First difference'],
      ] as const) {
        await page.goto(`${backend.url}/${hash}`);
        await page.getByText(text).first().waitFor();
        assert.equal(await overflow(page), 0, `${hash} has to be scrolled sideways`);
        await screenshot(page, `${width}-${colorScheme}-${hash.slice(2).replaceAll('/', '-') || 'list'}`);
      }
    });
  }
});
