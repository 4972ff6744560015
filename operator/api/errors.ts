import { plainText } from './plain-text.ts';
import type { Reason } from './reasons.ts';

/**
 * An error for the person who reads the resource: a documented reason, and a message that says what failed, on which
 * object, and what to do. It holds no secret and nothing that changes while nothing happens. What others wrote in it is made plain
 * and short here, whatever they wrote.
 */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly reason: Reason;
  /** True if the same attempt may succeed later without a change of the spec. */
  readonly retryable: boolean;

  constructor(reason: Reason, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(plainText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.retryable = options.retryable ?? false;
  }
}

/** The message of a caught value, plain and short: it may contain the response of an untrusted server. */
export function messageOf(error: unknown): string {
  return plainText(error instanceof Error ? error.message : String(error));
}
