import type { Load } from './load.ts';

/** What the client asks for. */
export interface Scenario {
  readonly name: string;
  readonly method: Load['method'];
  readonly requestBytes: number;
  readonly answerBytes: number;
}

export const scenarios = {
  get: { name: 'GET, 1 KB JSON answer', method: 'GET', requestBytes: 0, answerBytes: 1024 },
  post: { name: 'POST 4 KB, 1 KB answer', method: 'POST', requestBytes: 4096, answerBytes: 1024 },
  upload: { name: 'POST 64 KB, 1 KB answer', method: 'POST', requestBytes: 65_536, answerBytes: 1024 },
  large: { name: 'POST 64 KB, 64 KB answer', method: 'POST', requestBytes: 65_536, answerBytes: 65_536 },
} as const satisfies Record<string, Scenario>;
