/** Documented in `spagent --help`. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** A failure whose message is all that the user needs. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** A usage error: what the user gave is not valid. */
export class UsageFailure extends Error {
  override readonly name = 'UsageFailure';
}

/** The user pressed Ctrl-C; the message says what that leaves. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}
