import { hash } from 'node:crypto';
import { AgentError } from '../../api/errors.ts';
import { dnsLabelPattern } from '../../api/names.ts';
import type { SpAgent, SpAgentSpec } from '../../api/schema.ts';
import type { BackendTarget } from '../../api/revision.ts';
import { canonicalJson } from '../canonical-json.ts';

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

const ipPattern = /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/;

export function isIpAddress(host: string): boolean {
  return ipPattern.test(host);
}

/**
 * Base URL → route. A host of one label, or `NAME.NAMESPACE.svc[.DOMAIN]`, is a Kubernetes Service. Over https it is
 * treated as any other host: originating TLS needs a service entry of our own.
 */
export function backendRoute(backend: Backend, namespace: string): BackendRoute {
  const url = parseUrl(backend.url);
  const isTls = url.protocol === 'https:';
  const service = serviceHost(url.hostname, namespace);
  const host = service ?? url.hostname;
  return {
    target: {
      host,
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      tls: isTls
        ? {
            sni: backend.tls?.sni ?? url.hostname,
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

function serviceHost(host: string, namespace: string): string | undefined {
  const labels = host.split('.');
  if (labels.length === 1 && dnsLabelPattern.test(host) && host !== 'localhost')
    return `${host}.${namespace}.svc.cluster.local`;
  if (labels[2] !== 'svc') return undefined;
  return labels.length === 3 ? `${host}.cluster.local` : host;
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
