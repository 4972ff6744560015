/** An answer of the API server that is no success; see https://kubernetes.io/docs/reference/using-api/api-concepts/. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly code: number;
  /** Machine-readable reason of the Status object, such as `NotFound`. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  /** What the server asks to wait, if it asks. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, status: Status, retryAfterSeconds?: number) {
    super(status.message ?? `HTTP status ${code}`);
    this.code = code;
    this.reason = status.reason ?? '';
    this.causes = status.details?.causes ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly StatusCause[] };
}

/** Of our errors and of those of the client library, which says `code` too. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
