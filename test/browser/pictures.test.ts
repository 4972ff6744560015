import { mock } from 'node:test';
import type { Page } from 'playwright-core';
import { createBackend } from '../../operator/backend/server.ts';
import { lookup, save, type RequestSpan } from '../support/backend-client.ts';
import { startSpagent } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { describeInBrowser, openPage } from './support/browser.ts';
import { shownNames, startCanaryCluster } from './support/canary-cluster.ts';
import { assertPicture } from './support/picture.ts';

const backendStyle = 'backend/page/client/page.css';
const styles = { backend: [backendStyle], dashboard: [backendStyle, 'cli/dashboard/client/dashboard.css'] };

const json = [['content-type', 'application/json']] as const;

const order = (quantity: number): RequestSpan => ({
  session: 'sess_checkout',
  method: 'POST',
  host: 'inventory:8080',
  path: '/orders?dry=0',
  requestHeaders: json,
  requestBody: JSON.stringify({ items: [{ sku: 'tea', quantity }], customer: { id: 4711 } }),
  responseHeaders: json,
});

const get = (host: string, path: string, status = 200): RequestSpan => ({
  ...{ session: 'sess_checkout', method: 'GET', host, path, status },
  responseHeaders: json,
  responseBody: '{"ok":true}',
});

describeInBrowser('a picture in the documentation', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-12T10:00:00Z') }));
  afterEach(() => mock.timers.reset());

  it('shows the dashboard with a canary that waits for approval', async () => {
    await using server = await startCanaryCluster();
    await using kubeconfig = await kubeconfigOf(server.port);
    const interrupt = new AbortController();
    const words = ['dashboard', '--port', '0', '--kubeconfig', kubeconfig.file];
    const running = startSpagent({ interrupted: interrupt.signal }, ...words);
    try {
      const url = await eventually('it listens', () => running.out().trim());
      await using opened = await openPage(url, { width: 900, height: 1160 });
      const { page } = opened;
      await page.getByRole('link', { name: 'shop/checkout' }).click();
      await page.getByText('5120 hits, 604 misses').waitFor();
      const title = 'The dashboard shows an SpAgent whose canary waits for approval';
      await assertPicture(page, 'dashboard', { title, styles: styles.dashboard, replace: shownNames });
    } finally {
      interrupt.abort();
      await running.result;
    }
  });

  const backendPage = async (
    { hash, shown, height }: { hash: string; shown: string; height: number },
    picture: (page: Page) => Promise<void>,
  ) => {
    await using backend = await createBackend({ data: ':memory:' });
    const recorded = [
      { ...order(2), status: 201, responseBody: '{"state":"queued"}' },
      get('catalog:8080', '/products/tea'),
      get('catalog:8080', '/products/coffee', 404),
      get('prices:8080', '/prices?sku=tea'),
      get('prices:8080', '/prices?sku=coffee', 503),
    ];
    for (const span of recorded) {
      await save(backend, span);
      mock.timers.setTime(Date.now() + 1000);
    }
    await lookup(backend, get('catalog:8080', '/products/tea'));
    await lookup(backend, order(3));
    await using opened = await openPage(`${backend.url}/#/${hash}`, { width: 900, height });
    await opened.page.getByText(shown).first().waitFor();
    await picture(opened.page);
  };

  it('shows what the development backend has recorded', () =>
    backendPage({ hash: '', shown: '5 recordings', height: 560 }, (page) =>
      assertPicture(page, 'backend', { title: 'The page of the backend', styles: styles.backend }),
    ));

  it('shows why a lookup missed', () =>
    backendPage({ hash: 'lookups/2', shown: 'First difference', height: 380 }, (page) =>
      assertPicture(page, 'backend-miss', { title: 'Why a lookup missed', styles: styles.backend }),
    ));
});
