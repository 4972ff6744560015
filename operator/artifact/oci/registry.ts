import { z } from 'zod';
import { AgentError } from '../../api/errors.ts';
import { isTransient, type FetchAnswer, type Fetcher, type FetchRequest } from '../sources/fetcher.ts';
import { parseChallenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { apiUrl, type ImageReference } from './reference.ts';

export interface RegistryOptions {
  readonly fetcher: Fetcher;
  readonly reference: ImageReference;
  readonly credentials: Credentials | undefined;
  readonly actions: 'pull' | 'pull,push';
  /** What to do about a registry that refuses: `give spec.filter.pullSecret`. */
  readonly loginAdvice: string;
}

/** A request below the repository's path of the API, such as `/manifests/1.0`, or to a URL that the registry gave. */
export type RegistryRequest = Omit<FetchRequest, 'url' | 'from' | 'authorization'> & {
  readonly path: string;
};

const tokenBytesMax = 64 * 1024;
const tokenSchema = z.union([
  z.object({ token: z.string().min(1) }).transform(({ token }) => token),
  z.object({ access_token: z.string().min(1) }).transform(({ access_token }) => access_token),
]);

/** One repository of a registry, by the API of the OCI Distribution Specification 1.1. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #base: string;
  #authorization: string | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#base = apiUrl(options.reference);
  }

  /** `registry/repository`, for messages. */
  get title(): string {
    const { registry, repository } = this.#options.reference;
    return `${registry}/${repository}`;
  }

  /** Any status is an answer but those that refuse access. @throws {AgentError} FetchFailed, FetchRefused, ModuleTooLarge */
  async send({ path, ...request }: RegistryRequest): Promise<FetchAnswer> {
    const { fetcher } = this.#options;
    const url = path.startsWith('/') ? this.#base + path : path;
    // Credentials are the registry's alone: a place that it names for an upload may be on another host.
    const isOwn = new URL(url).origin === new URL(this.#base).origin;
    const from = new URL(this.#base);
    const attempt = () =>
      fetcher.send({ ...request, url, from, authorization: isOwn ? this.#authorization : undefined });
    const first = await attempt();
    if (first.status !== 401 || this.#authorization !== undefined) return this.#allowed(first);
    await this.#authorize(first);
    return this.#allowed(await attempt());
  }

  /** @throws {AgentError} FetchFailed, for a status that is not the wanted one. */
  fail({ status }: FetchAnswer, what: string, advice: string): AgentError {
    const retryable = isTransient(status);
    const message = `${this.title}: the registry answers ${status} for ${what}; ${retryable ? 'it is tried again' : advice}`;
    return new AgentError('FetchFailed', message, { retryable });
  }

  #allowed(answer: FetchAnswer): FetchAnswer {
    if (answer.status === 401 || answer.status === 403) throw this.#refusal(answer.status);
    return answer;
  }

  #refusal(status: number): AgentError {
    const { credentials, loginAdvice } = this.#options;
    const who = credentials ? `user ${credentials.username}` : 'anybody without a login';
    return new AgentError(
      'FetchFailed',
      `${this.title}: the registry answers ${status} to ${who}; ${loginAdvice}`,
    );
  }

  async #authorize({ headers, status }: FetchAnswer): Promise<void> {
    const { credentials, fetcher, actions, reference } = this.#options;
    const challenge = parseChallenge(String(headers['www-authenticate'] ?? ''));
    const basic = credentials && basicAuthorization(credentials);
    if (challenge?.scheme !== 'Bearer') {
      if (!basic) throw this.#refusal(status);
      this.#authorization = basic;
      return;
    }
    const url = URL.parse(challenge.realm, this.#base);
    if (!url) throw new AgentError('FetchFailed', `${this.title}: the registry names no server of tokens`);
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
    url.searchParams.set('scope', `repository:${reference.repository}:${actions}`);
    const answer = await fetcher.send({
      url: url.href,
      from: new URL(this.#base),
      authorization: basic,
      bytesMax: tokenBytesMax,
      what: 'the token',
    });
    if (answer.status === 401 || answer.status === 403) throw this.#refusal(answer.status);
    if (answer.status !== 200) throw this.fail(answer, 'a token', 'ask who runs the registry');
    this.#authorization = `Bearer ${tokenOf(answer.bytes, this.title)}`;
  }
}

function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function tokenOf(bytes: Uint8Array, title: string): string {
  try {
    const token = tokenSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (/^[\x21-\x7e]+$/.test(token)) return token;
  } catch {
    // The answer may hold a token, so that nothing of it is shown.
  }
  throw new AgentError('FetchFailed', `${title}: the registry's server of tokens gives no token`, {
    retryable: true,
  });
}
