import { ApiError } from '../cluster/api-error.ts';

/** One line for the user: what failed, and what to do. */
export function failureText(error: unknown): string {
  if (error instanceof ApiError) return apiErrorText(error);
  if (!(error instanceof Error)) return String(error);
  // undici hides the reason in the cause.
  if (error.message === 'fetch failed') {
    const cause = error.cause instanceof Error ? error.cause.message : 'no answer';
    return `the API server cannot be reached: ${cause}; check --kubeconfig and --context, or run spagent doctor`;
  }
  return error.message;
}

function apiErrorText(error: ApiError): string {
  switch (error.code) {
    case 401:
      return 'the API server does not know you; renew the credentials in your kubeconfig';
    case 403:
      return `${error.message}; ask for the right, or use another --kubeconfig`;
    default:
      return error.message;
  }
}
