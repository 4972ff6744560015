import type { Reason } from './reasons.ts';

/** What is wrong, or what is waited for: the reason and message of a condition or an event. */
export interface Problem {
  readonly reason: Reason;
  /** For people: what failed, on which object, what to do. Nothing that changes while nothing happens. */
  readonly message: string;
}
