import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError, securityHeaders } from '../http/answer.ts';

const clientsMax = 32;

/** At least this long between two events, as each makes every page read its list again. */
const intervalMilliseconds = 250;

/** Comments keep proxies from closing a silent stream. */
const keepAliveMilliseconds = 15_000;

/** Server-sent events for pages that are open: `changed`, whenever recordings or lookups did. */
export class Changes {
  readonly #clients = new Set<ServerResponse>();
  readonly #keepAlive: NodeJS.Timeout;
  #pending: NodeJS.Timeout | undefined;

  constructor() {
    this.#keepAlive = setInterval(() => this.#write(': keep-alive\n\n'), keepAliveMilliseconds).unref();
  }

  /** Answers with a stream that stays open. @throws HttpError 503 when too many are. */
  subscribe(request: IncomingMessage, response: ServerResponse): void {
    if (this.#clients.size >= clientsMax) {
      throw new HttpError([503, 'overloaded'], `${clientsMax} pages are open; close some`, {
        'retry-after': '30',
      });
    }
    response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
    response.write('retry: 2000\n\n');
    this.#clients.add(response);
    request.once('close', () => this.#clients.delete(response));
    response.once('close', () => this.#clients.delete(response));
  }

  notify(): void {
    if (this.#clients.size === 0 || this.#pending) return;
    this.#pending = setTimeout(() => {
      this.#pending = undefined;
      this.#write('event: changed\ndata: {}\n\n');
    }, intervalMilliseconds).unref();
  }

  close(): void {
    clearInterval(this.#keepAlive);
    clearTimeout(this.#pending);
    for (const client of this.#clients) client.end();
  }

  #write(text: string): void {
    for (const client of this.#clients) {
      // A client that does not read must not fill the memory; its next event is the same one.
      if (!client.writableNeedDrain) client.write(text);
    }
  }
}
