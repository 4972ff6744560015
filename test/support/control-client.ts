import assert from 'node:assert/strict';
import type { Backend } from '../../operator/backend/server.ts';

export interface ControlReply {
  readonly status: number;
  readonly body: Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly message: string };
  };
}

/** Calls the control API of a backend, as Softprobe's SDKs do. */
export class ControlClient {
  readonly #backend: Pick<Backend, 'url'>;

  constructor(backend: Pick<Backend, 'url'>) {
    this.#backend = backend;
  }

  /** @param body an object, or text that is sent as it is; without one nothing is sent. */
  async call(method: string, path: string, body?: unknown): Promise<ControlReply> {
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.#backend.url}${path}`, {
      method,
      ...(content === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: content }),
    });
    return { status: response.status, body: (await response.json()) as ControlReply['body'] };
  }

  /** Makes a session and returns its id. */
  async create(mode = 'replay'): Promise<string> {
    const { status, body } = await this.call('POST', '/v1/sessions', { mode });
    assert.equal(status, 200);
    return body['sessionId'] as string;
  }

  async setRules(id: string, ...rules: object[]): Promise<void> {
    const reply = await this.call('POST', `/v1/sessions/${id}/rules`, { version: 1, rules });
    assert.equal(reply.status, 200, reply.body.error?.message);
  }

  async setStrict(id: string): Promise<void> {
    const reply = await this.call('POST', `/v1/sessions/${id}/policy`, { externalHttp: 'strict' });
    assert.equal(reply.status, 200, reply.body.error?.message);
  }
}
