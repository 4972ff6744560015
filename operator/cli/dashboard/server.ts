import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { HttpError, type Answer, type ContentType } from '../../backend/http/answer.ts';
import { createHttpServer } from '../../backend/http/http-server.ts';
import type { Handler, RoutedRequest, Routes } from '../../backend/http/router.ts';
import { pageFiles } from '../../backend/page/files.ts';
import { ownFile } from '../../backend/page/own-file.ts';
import type { DashboardApi } from './api.ts';

export interface Dashboard extends AsyncDisposable {
  /** With the token, which the page takes out of the address at once. */
  readonly url: string;
}

const address = '127.0.0.1';

/**
 * Serves the dashboard to this machine. Whoever reaches it acts with the user's rights in the cluster: other users of the machine
 * lack the token, and pages of other sites are refused as those of the development backend are.
 */
export async function startDashboard(api: DashboardApi, port: number): Promise<Dashboard> {
  const token = randomBytes(32).toString('base64url');
  const server = createHttpServer({
    routes: routesOf(api, token),
    streams: {},
    allowedHosts: [],
    token: undefined,
    log: pino({ level: 'silent' }),
  });
  server.listen(port, address);
  await once(server, 'listening');
  const taken = (server.address() as AddressInfo).port;
  return {
    // A fragment is sent to no server, and is in no log.
    url: `http://${address}:${taken}/#token=${token}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function routesOf(api: DashboardApi, token: string): Routes {
  const guarded =
    (handler: Handler): Handler =>
    (request, parts) => {
      authenticate(request, token);
      return handler(request, parts);
    };
  const shared = pageFiles();
  const files: Routes = {
    'GET /': pageFile('index.html', 'text/html; charset=utf-8'),
    'GET /dashboard.css': pageFile('dashboard.css', 'text/css; charset=utf-8'),
    'GET /dashboard.js': pageFile('dashboard.js', 'text/javascript; charset=utf-8'),
    'GET /agent-view.js': pageFile('agent-view.js', 'text/javascript; charset=utf-8'),
    'GET /page.css': () => sharedFile(shared, '/page.css'),
    // Browsers leave out what of a relative address leads above the root.
    'GET /backend/page/client/dom.js': () => sharedFile(shared, '/dom.js'),
  };
  return {
    ...files,
    'GET /api/agents': guarded(() => api.agents()),
    'GET /api/agents/:namespace/:name': guarded((_request, [namespace = '', name = '']) =>
      api.agent(namespace, name),
    ),
    'POST /api/agents/:namespace/:name': guarded(({ body }, [namespace = '', name = '']) =>
      api.command(namespace, name, body),
    ),
  };
}

function pageFile(name: string, type: ContentType): Handler {
  const body = ownFile(`cli/dashboard/client/${name}`);
  return () => ({ status: 200, type, body });
}

/** The style and the helpers of the backend's page. */
function sharedFile(files: Readonly<Record<string, Answer>>, path: string): Answer {
  const file = files[path];
  if (file === undefined) throw new Error(`the backend's page has no file ${path}`);
  return file;
}

function authenticate({ headers }: RoutedRequest, token: string): void {
  const [, given = ''] = /^Bearer (\S+)$/.exec(String(headers['authorization'] ?? '')) ?? [];
  const digest = (value: string) => hash('sha256', value, 'buffer');
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw new HttpError(
    [401, 'invalid_bearer_token'],
    'open the address that spagent dashboard printed: it carries the token of this run',
  );
}
