import { z } from 'zod';

/** Characters of a message: it goes into statuses and logs. */
const messageLengthMax = 1024;

/** An answer of the API server that is not a success; see https://kubernetes.io/docs/reference/using-api/api-concepts/. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly code: number;
  /** Machine-readable reason of the Status object, such as `NotFound`. */
  readonly reason: string;
  readonly causes: NonNullable<NonNullable<Status['details']>['causes']>;
  /** What the server asks to wait, if it asks. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, status: Status, retryAfterSeconds?: number) {
    const { message = `HTTP status ${code}` } = status;
    super(message.length > messageLengthMax ? `${message.slice(0, messageLengthMax - 1)}…` : message);
    this.code = code;
    this.reason = status.reason ?? '';
    this.causes = status.details?.causes ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const text = z.string().optional().catch(undefined);
const cause = z.object({ reason: text, message: text, field: text });
/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
const statusSchema = z.object({
  message: text,
  reason: text,
  code: z.number().optional().catch(undefined),
  details: z
    .object({ causes: z.array(cause).optional() })
    .optional()
    .catch(undefined),
});

export type Status = z.infer<typeof statusSchema>;

/** What lies between us and the API server, or a pod behind it, may answer with any text: that is the message then. */
export function parseStatus(text: string): Status {
  try {
    return statusSchema.parse(JSON.parse(text));
  } catch {
    return text === '' ? {} : { message: text.slice(0, 200) };
  }
}

/** Of our errors and of those of the client library, which says `code` too. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
