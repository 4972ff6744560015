import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch, type Dispatcher, type Response } from 'undici';
import { ApiError, parseStatus } from './api-error.ts';
import { readBeginning, readText } from './bounded-body.ts';
import { kubeconfigFiles } from './kubeconfig-files.ts';
import { loadKubeconfig, requireServer } from './load-kubeconfig.ts';

/**
 * Milliseconds until a new TLS agent is made, which reads a certificate authority that was rotated on disk.
 * Tokens are read again by the library itself.
 */
const dispatcherLifeMilliseconds = 10 * 60_000;

/** Milliseconds that a request may take, its answer included, unless it brings a signal of its own. */
const requestTimeoutMilliseconds = 30_000;

/** Of an error's body, unpacked: a pod's answer comes through the API server as it is. */
const errorBytesMax = 64 * 1024;

/** Of an answer, unless the request says otherwise. One object has at most 1.5 MiB in etcd; JSON may write it six times as long. */
const answerBytesMax = 10 * 1024 * 1024;

/** What `apiPath` makes. */
const pathPattern = /^(\/[A-Za-z0-9][A-Za-z0-9.:-]*)+$/;

/**
 * The library makes a TLS agent per request (kubernetes-client/javascript#2893), whose connections stay open. This one
 * shares one among all requests.
 */
class SharedAgentConfig extends KubeConfig {
  #shared: { readonly dispatcher: Dispatcher; readonly until: number } | undefined;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const fresh = context.getDispatcher();
    if (!fresh) return;
    const now = performance.now();
    if (!this.#shared || this.#shared.until < now) {
      // Closing waits for the requests in progress, watches too.
      void this.#shared?.dispatcher.close();
      this.#shared = { dispatcher: fresh, until: now + dispatcherLifeMilliseconds };
    }
    context.setDispatcher(this.#shared.dispatcher);
  }

  async close(): Promise<void> {
    await this.#shared?.dispatcher.destroy();
    this.#shared = undefined;
  }
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the server's root, made by `apiPath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the body. Default application/json. */
  readonly contentType?: string;
  readonly accept?: string;
  /** Further headers; a pod that is asked through the API server gets them too. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request, and the reading of its answer. Default: 30 s after its start. */
  readonly signal?: AbortSignal;
  /** Of the answer that `json` reads. Default 10 MiB. */
  readonly bytesMax?: number;
}

/** The door to one API server. */
export interface ClusterClient extends AsyncDisposable {
  /** For the library's typed APIs: `config.makeApiClient(CoreV1Api)`. */
  readonly config: KubeConfig;
  /** The caller reads or cancels the body. @throws {ApiError} for any answer but a success. */
  request(request: ApiRequest): Promise<Response>;
  /** The same, with the answer's JSON. @throws {AnswerTooLongError} */
  json<T>(request: ApiRequest): Promise<T>;
}

/** Which cluster and user of a kubeconfig, and whom to act as. */
export interface ClientIdentity {
  /** Default: the kubeconfig's current context. */
  readonly context?: string | undefined;
  /** User to impersonate. */
  readonly user?: string | undefined;
}

/** Called for each answer, with the time until its header; `<error>` for a request without an answer. */
export type RequestObserver = (method: string, code: string, seconds: number) => void;

/**
 * @param kubeconfig path of a file; without it the pod's service account, else KUBECONFIG or ~/.kube/config.
 * @throws for a kubeconfig that cannot be used.
 */
export function createClient(
  kubeconfig?: string,
  identity: ClientIdentity & { readonly observer?: RequestObserver } = {},
): ClusterClient {
  const config = new SharedAgentConfig();
  loadKubeconfig(config, kubeconfigFiles(kubeconfig));
  if (identity.context !== undefined) {
    if (!config.getContextObject(identity.context))
      throw new Error(`context "${identity.context}" does not exist`);
    config.setCurrentContext(identity.context);
  }
  return clientOf(config, identity);
}

function clientOf(
  config: SharedAgentConfig,
  { user, observer }: ClientIdentity & { readonly observer?: RequestObserver },
): ClusterClient {
  const server = requireServer(config);
  const request = async (options: ApiRequest): Promise<Response> => {
    const url = urlOf(server, options);
    const context = new RequestContext(url, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const { method = 'GET' } = options;
    const began = performance.now();
    const observed = (code: string) => observer?.(method, code, (performance.now() - began) / 1000);
    const response = await fetch(url, {
      method,
      // The API server sends none. One that a pod sent through it would get our token, wherever it leads.
      redirect: 'manual',
      headers: {
        ...options.headers,
        ...context.getHeaders(),
        Accept: options.accept ?? 'application/json',
        ...(options.body === undefined ? {} : { 'Content-Type': options.contentType ?? 'application/json' }),
        ...(user === undefined ? {} : { 'Impersonate-User': user }),
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? AbortSignal.timeout(requestTimeoutMilliseconds),
      ...(dispatcher ? { dispatcher } : {}),
    }).catch((error: unknown) => {
      observed('<error>');
      throw error;
    });
    observed(String(response.status));
    if (!response.ok) throw await apiError(response);
    return response;
  };
  return {
    config,
    request,
    // The caller knows what it asked for: here the server's JSON gets its type.
    json: async <T>(options: ApiRequest) =>
      JSON.parse(await readText(await request(options), options.bytesMax ?? answerBytesMax)) as T,
    [Symbol.asyncDispose]: () => config.close(),
  };
}

/** @throws for a path that does not arrive as it stands: URLs resolve `..` and `%2e`, and begin a query at `?`. */
function urlOf(server: string, { path, query = {} }: ApiRequest): string {
  const url = new URL(server + path);
  if (!pathPattern.test(path) || !url.href.endsWith(path)) {
    throw new Error(`${JSON.stringify(path.slice(0, 200))} is not a path of the Kubernetes API`);
  }
  url.search = String(new URLSearchParams(query));
  return url.href;
}

async function apiError(response: Response): Promise<ApiError> {
  const text = await readBeginning(response, errorBytesMax);
  const seconds = Number(response.headers.get('retry-after') ?? undefined);
  const retryAfterSeconds = Number.isFinite(seconds) ? seconds : undefined;
  return new ApiError(response.status, parseStatus(text), retryAfterSeconds);
}
