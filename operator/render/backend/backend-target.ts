import { hash } from 'node:crypto';
import { AgentError } from '../../api/errors.ts';
import type { SpAgent, SpAgentSpec } from '../../api/schema.ts';
import type { BackendTarget } from '../../api/revision.ts';
import { canonicalJson } from '../canonical-json.ts';
import { serviceHost, type ServiceScope } from './service-host.ts';

/** How a proxy of the agent's pods reaches the backend. */
export interface BackendRoute {
  readonly target: BackendTarget;
  /** Value of the calls' `:authority` header. */
  readonly authority: string;
  /** Path of the base URL without its last slash. */
  readonly pathPrefix: string;
}

/** The part of `spec.backend` that says where it is. */
type Backend = Pick<SpAgentSpec['backend'], 'tls'> & { readonly url: string };

type AgentIdentity = Pick<SpAgent, 'namespace' | 'name'>;

const ipv4Pattern = /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/;

/** @param host of a URL that was parsed; an IPv6 address without its brackets. */
export function isIpAddress(host: string): boolean {
  return ipv4Pattern.test(host) || host.includes(':');
}

/**
 * Base URL → route. Over https a Kubernetes Service is treated as any other host: originating TLS needs a service entry of our
 * own.
 */
export function backendRoute(backend: Backend, scope: ServiceScope): BackendRoute {
  const url = parseUrl(backend.url);
  const isTls = url.protocol === 'https:';
  // An IPv6 address has brackets in a URL alone.
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const service = serviceHost(hostname, scope);
  const host = service ?? hostname;
  return {
    target: {
      host,
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      tls: isTls
        ? {
            sni: backend.tls?.sni ?? hostname,
            insecureSkipVerify: backend.tls?.insecureSkipVerify ?? false,
          }
        : undefined,
      inCluster: service !== undefined && !isTls,
    },
    authority: url.host,
    pathPrefix: url.pathname.replace(/\/+$/, ''),
  };
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    // The schema's pattern lets through what only a parser sees: port 99999, address 999.1.1.1.
    throw new AgentError(
      'SpecInvalid',
      `spec.backend.url: "${text}" is not a URL; correct the host or port`,
      {
        cause,
      },
    );
  }
}

/** Name of the backend's ServiceEntry and DestinationRule. */
export function backendName(agentName: string, target: BackendTarget): string {
  const digest = hash('sha256', canonicalJson(target)).slice(0, 8);
  return `${agentName}-backend-${digest}`;
}

/**
 * The host by which Istio knows the backend. Outside the cluster it is a name of our own, not the backend's: the
 * workload's own calls to the same host then take no notice of our TLS settings.
 */
export function backendHost(agent: AgentIdentity, target: BackendTarget): string {
  return target.inCluster
    ? target.host
    : `${backendName(agent.name, target)}.${agent.namespace}.sp-agent.internal`;
}

/** Envoy cluster that Istio makes of it. */
export function backendCluster(agent: AgentIdentity, target: BackendTarget): string {
  return `outbound|${target.port}||${backendHost(agent, target)}`;
}
