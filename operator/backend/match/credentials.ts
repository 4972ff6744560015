/** Fields that name a user whether they are redacted or not. */
const credentialFields = [
  ...['authorization', 'cookie'],
  ...['x-api-key', 'api-key', 'apikey', 'x-auth-token', 'x-access-token'],
];

/** The filter's marker with a keyed digest of the redacted value: the same for the same value. */
const keyedMarker = '[redacted:';

/** Names the client's workload, not its user, and changes with each certificate. */
const clientCertificate = 'x-forwarded-client-cert';

/** Whether a request field has a part in whose request it is. The filter itself judges by the same fields. */
export function isCredential([name, value]: readonly [name: string, value: string]): boolean {
  return credentialFields.includes(name) || (value.startsWith(keyedMarker) && name !== clientCertificate);
}
