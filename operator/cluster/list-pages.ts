import { AnswerTooLongError } from './bounded-body.ts';
import type { ApiRequest, ClusterClient } from './client.ts';
import { timeoutSignal } from './timeout-signal.ts';

/** Objects per page of a list: client-go's own number. */
const pageSize = 500;
/** Of one page. Objects are as large as users make them: a page that is longer is asked for again with fewer of them. */
const pageBytesMax = 16 * 1024 * 1024;

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string | undefined;
}

/** As the API server gives it. `items` is null in an empty list of metadata. */
interface RawPage<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** @param timeoutSeconds for each page. */
export async function* listPages<T>(
  client: ClusterClient,
  request: ApiRequest & { readonly timeoutSeconds?: number },
): AsyncGenerator<ListPage<T>> {
  const { timeoutSeconds = 30, query, signal, ...rest } = request;
  let next: string | undefined;
  let limit = pageSize;
  for (;;) {
    const timeout = timeoutSignal(timeoutSeconds);
    let page: RawPage<T>;
    try {
      page = await client.json({
        ...rest,
        query: { ...query, limit: String(limit), ...(next ? { continue: next } : {}) },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        bytesMax: pageBytesMax,
      });
    } catch (error) {
      if (!(error instanceof AnswerTooLongError) || limit === 1) throw error;
      limit = Math.ceil(limit / 10);
      continue;
    }
    yield { items: page.items ?? [], resourceVersion: page.metadata.resourceVersion };
    next = page.metadata.continue;
    if (!next) return;
  }
}

/** Every object of a collection. */
export async function listAll<T>(client: ClusterClient, request: ApiRequest): Promise<T[]> {
  const items: T[] = [];
  for await (const page of listPages<T>(client, request)) items.push(...page.items);
  return items;
}
