import { request } from 'undici';
import { AgentError } from '../api/errors.ts';
import { gateTokenLabel } from '../api/names.ts';
import { createAddressPolicy } from '../artifact/sources/address-policy.ts';
import { checkedConnections, checkedUrl, shown } from '../artifact/sources/checked-connections.ts';
import { fetchFailure } from '../artifact/sources/fetch-failure.ts';
import { readLabelledSecret } from '../cluster/secret-value.ts';
import type { MeasureContext } from './measurer.ts';
import { timeoutSignal } from '../cluster/timeout-signal.ts';

export interface GateRequest {
  readonly namespace: string;
  readonly url: string;
  /** Path of the part of the spec that the request is made for: `spec.rollout.gates[errors].webhook`. */
  readonly field: string;
  /** Name of the field below that with the URL. */
  readonly urlField: string;
  readonly contentType: string;
  readonly body: string;
  readonly seconds: number;
  readonly caBundle: string | undefined;
  readonly tokenSecret: { readonly name: string; readonly key: string } | undefined;
}

export interface GateResponse {
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
}

/** What is read of an answer. */
const bytesMax = 64 * 1024;

/**
 * Posts to a server that a spec names. The rules for addresses are those of spec.filter.url; redirects are not followed.
 * @throws {AgentError} whose message is for the person who wrote the spec.
 */
export async function postToGate(
  { client, addresses }: Pick<MeasureContext, 'client' | 'addresses'>,
  gate: GateRequest,
): Promise<GateResponse> {
  const { field, seconds, contentType, body, caBundle } = gate;
  const isAllowed = createAddressPolicy(addresses);
  const url = checkedUrl(gate.url, isAllowed);
  const authorization = await authorizationOf(client, gate);
  const caField = `${field}.caBundle`;
  const dispatcher = checkedConnections({ isAllowed, idleSeconds: seconds, caBundle, caField });
  try {
    const response = await request(url, {
      method: 'POST',
      dispatcher,
      signal: timeoutSignal(seconds),
      headers: { 'content-type': contentType, 'accept-encoding': 'identity', ...authorization },
      body,
    });
    return { status: response.statusCode, text: await readBeginning(response.body) };
  } catch (error) {
    const attempt = { url: shown(url), seconds, idleSeconds: seconds, field: `${field}.${gate.urlField}` };
    throw fetchFailure(error, { ...attempt, caField });
  } finally {
    await dispatcher.destroy();
  }
}

async function authorizationOf(
  client: MeasureContext['client'],
  { namespace, tokenSecret, field }: GateRequest,
): Promise<{ authorization?: string }> {
  if (tokenSecret === undefined) return {};
  const { name, key } = tokenSecret;
  const found = await readLabelledSecret(client, { namespace, name, key, label: gateTokenLabel });
  const title = `Secret ${namespace}/${name}`;
  if (found.state === 'Found') return { authorization: `Bearer ${tokenOf(found.bytes, title)}` };
  if (found.state === 'Missing') throw new AgentError('SecretMissing', `${title}: ${found.message}`);
  const label = `kubectl label secret -n ${namespace} ${name} ${gateTokenLabel}=true`;
  throw new AgentError(
    'SecretRefused',
    `${title}: its owner has not marked it as a token for gates; to let it be sent for ${field}: ${label}`,
  );
}

/** RFC 6750, 2.1. Files with tokens often end with a line break. */
function tokenOf(bytes: Buffer, title: string): string {
  const token = bytes.toString('latin1').trim();
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw new AgentError('SecretMissing', `${title}: the value is not a bearer token`);
}

async function readBeginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop ends the request.
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8');
}
