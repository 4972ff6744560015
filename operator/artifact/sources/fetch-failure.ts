import { AgentError } from '../../api/errors.ts';

interface Attempt {
  /** As it may be shown. */
  readonly url: string;
  readonly seconds: number;
  readonly idleSeconds: number;
  /** Of the spec: where the URL and the certificates to trust stand. */
  readonly field: string;
  readonly caField: string;
}

/**
 * @param host as written in the URL. What it resolves to is left out: a tenant would learn the addresses of the network.
 * @returns an error for a connection that must not be made.
 */
export function refused(host: string): AgentError {
  return new AgentError(
    'FetchRefused',
    `${host} is private, link-local, loopback, reserved or denied, or resolves to such an address; use a public address, or let the operator connect to this one with --allow-private-urls`,
  );
}

/** What a failed connection or transfer means to the person who wrote the URL. */
export function fetchFailure(error: unknown, attempt: Attempt): AgentError {
  const refusal = causes(error).find((cause) => cause instanceof AgentError);
  if (refusal) return refusal;
  // An aborted request has a name that says more than its code.
  const codes = causes(error).flatMap((cause) => [cause.name, 'code' in cause ? String(cause.code) : '']);
  const what = codes.map((code) => explain(code, attempt)).find((text) => text !== undefined);
  return new AgentError('FetchFailed', `${attempt.url}: ${what ?? String(error)}`, {
    // A certificate that is not trusted stays so until somebody acts, on either side; asking again costs little.
    retryable: true,
    cause: error,
  });
}

function explain(code: string, { seconds, idleSeconds, field, caField }: Attempt): string | undefined {
  switch (code) {
    case 'TimeoutError':
      return `the answer takes more than ${seconds} s`;
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return `the server sends nothing for ${idleSeconds} s`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'no connection in time; check the address and the network policy of the operator';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name does not resolve; check the host in ${field}`;
    case 'ECONNREFUSED':
      return `the connection is refused; check host and port in ${field}`;
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the server closed the connection before the end';
  }
  if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_/.test(code)) {
    return `the server's certificate is not trusted (${code}); give its authority in ${caField}`;
  }
  return undefined;
}

function causes(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]).flatMap(causes) : [];
  return [error, ...inner, ...causes(error.cause)];
}
