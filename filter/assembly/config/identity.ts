// Who records: the proxy's own node metadata, and the parts of messages that describe it. Made once, at configure.
import { Arena, take, keepBytes } from '../core/arena';
import { append, permanentBuffer, rewind, wholeOf } from '../core/buffer';
import { Slice, at, len, same, slice, startsWith, text, trimLine } from '../core/bytes';
import { HMAC_KEY_BYTES, prepareHmac } from '../core/sha256';
import { isUtf8 } from '../core/utf8';
import { WARN, getProperty, log } from '../host/abi';
import { beginPairs, writePair } from '../host/pairs';
import { appendEnvironment } from '../host/wasi';
import { Root } from '../state/root';
import { attributeSize, addAttribute } from '../otlp/attributes';
import { fieldSize, writeHead } from '../otlp/protobuf';
import { isToken } from './token';

// Envoy's attribute `xds.node`; Istio writes these into the bootstrap of each proxy. A zero byte separates the parts of a property's path.
const CANONICAL = text('xds\0node\0metadata\0LABELS\0service.istio.io/canonical-name');
const APP = text('xds\0node\0metadata\0LABELS\0app');
const WORKLOAD = text('xds\0node\0metadata\0WORKLOAD_NAME');
const NAMESPACE = text('xds\0node\0metadata\0NAMESPACE');
const NODE_ID = text('xds\0node\0id');
// `router~10.1.2.3~gateway.ns~ns.svc.cluster.local`: a gateway's proxy, against `sidecar~...`.
const ROUTER = text('router~');
const INGRESS = text('istio-ingressgateway');
const UNKNOWN = text('unknown');

const SERVICE_NAME = text('service.name');
const SERVICE_NAMESPACE = text('service.namespace');
const RESOURCE_TYPE = text('sp.resource.type');
const ENVOY_PROXY = text('sp-envoy-proxy');
const PUBLIC_KEY = text('sp.public.key');
const SP_SERVICE = text('sp.service.name');
const SP_DIRECTION = text('sp.traffic.direction');
const INBOUND = text('inbound');
const OUTBOUND = text('outbound');

const NO_KEY = text('SP calls carry no public key: backend.publicKeyEnv names "');
const NO_REDACTION_KEY = text(
  'SP requests with redacted values are not looked up, as users could not be distinguished: capture.redact.keyEnv names "',
);
const IS_EMPTY = text('", which the environment of the virtual machine does not hold');

const METHOD = text(':method');
const POST = text('POST');
const PATH = text(':path');
const AUTHORITY = text(':authority');
const CONTENT_TYPE = text('content-type');
const PROTOBUF = text('application/x-protobuf');
const AUTHORIZATION = text('authorization');
const BEARER = text('Bearer ');
const KEY_HEADER = text('x-public-key');
const LOOKUP_PATH = text('/v1/inject');
const SAVE_PATH = text('/v1/traces');

const draft = permanentBuffer();

/** Fills what the configuration left open, and encodes what does not change; false when memory is short. */
export function establishIdentity(root: Root): bool {
  if (!len(root.serviceName)) root.serviceName = ownName(root.arena);
  root.serviceNamespace = property(root.arena, NAMESPACE);
  const id = property(root.arena, NODE_ID);
  root.passive = startsWith(id, ROUTER) || same(property(root.arena, WORKLOAD), INGRESS);
  root.resource = encodeResource(root);
  root.attributes = encodeAttributes(root);
  root.lookupHeaders = callHeaders(root, LOOKUP_PATH);
  root.saveHeaders = callHeaders(root, SAVE_PATH);
  return len(root.resource) && len(root.attributes) && len(root.lookupHeaders) && len(root.saveHeaders);
}

function ownName(arena: Arena): Slice {
  let name = property(arena, CANONICAL);
  if (!len(name)) name = property(arena, APP);
  if (!len(name)) name = property(arena, WORKLOAD);
  return len(name) ? name : UNKNOWN;
}

function property(arena: Arena, path: Slice): Slice {
  rewind(draft);
  return getProperty(path, draft) > 0 ? keepBytes(arena, wholeOf(draft)) : 0;
}

/**
 * Takes the key from the environment, without the line end that a file leaves in a Secret. False when what is there
 * cannot be a header's value: the host would refuse every call without a reason.
 */
export function takeKey(root: Root): bool {
  if (!len(root.publicKeyEnv)) return true;
  rewind(draft);
  appendEnvironment(root.publicKeyEnv, draft);
  const key = trimLine(wholeOf(draft));
  if (!isToken(key) || !isUtf8(key)) return false;
  root.publicKey = len(key) ? keepBytes(root.arena, key) : 0;
  if (!len(root.publicKey)) warnOfNoKey(NO_KEY, root.publicKeyEnv);
  return true;
}

/** Takes the key of redaction markers from the environment; false when memory is short. */
export function takeRedactionKey(root: Root): bool {
  if (!len(root.redactionKeyEnv)) return true;
  rewind(draft);
  appendEnvironment(root.redactionKeyEnv, draft);
  const key = trimLine(wholeOf(draft));
  if (!len(key)) {
    warnOfNoKey(NO_REDACTION_KEY, root.redactionKeyEnv);
    return true;
  }
  root.redactionKey = take(root.arena, HMAC_KEY_BYTES);
  if (!root.redactionKey) return false;
  prepareHmac(key, root.redactionKey);
  return true;
}

function warnOfNoKey(consequence: Slice, variable: Slice): void {
  rewind(draft);
  append(draft, at(consequence), len(consequence));
  append(draft, at(variable), len(variable));
  append(draft, at(IS_EMPTY), len(IS_EMPTY));
  log(WARN, wholeOf(draft));
}

/** `ResourceSpans.resource (1) { Resource.attributes (1) { ... } }` */
function encodeResource(root: Root): Slice {
  rewind(draft);
  addResourceAttribute(SERVICE_NAME, root.serviceName);
  if (len(root.serviceNamespace)) addResourceAttribute(SERVICE_NAMESPACE, root.serviceNamespace);
  addResourceAttribute(RESOURCE_TYPE, ENVOY_PROXY);
  if (len(root.publicKey)) addResourceAttribute(PUBLIC_KEY, root.publicKey);
  const place = take(root.arena, fieldSize(draft.length));
  if (!place || draft.failed) return 0;
  const inside = writeHead(place, 1, draft.length);
  memory.copy(inside, draft.data, draft.length);
  return slice(place, <u32>(inside - place) + draft.length);
}

function addResourceAttribute(key: Slice, value: Slice): void {
  addAttribute(draft, key, value);
  // The number of `attributes` is 9 in a span and 1 in a resource; the rest is the same.
  if (!draft.failed) store<u8>(draft.data + draft.length - attributeSize(len(key), len(value)), 0x0a);
}

function encodeAttributes(root: Root): Slice {
  rewind(draft);
  addAttribute(draft, SP_SERVICE, root.serviceName);
  addAttribute(draft, SP_DIRECTION, root.inbound ? INBOUND : OUTBOUND);
  if (len(root.publicKey)) addAttribute(draft, PUBLIC_KEY, root.publicKey);
  return draft.failed ? 0 : keepBytes(root.arena, wholeOf(draft));
}

/** The headers of a call, serialized. */
function callHeaders(root: Root, path: Slice): Slice {
  const sendsKey = len(root.publicKey) > 0 && root.sendsPublicKey;
  const sendsBearer = len(root.publicKey) > 0 && root.sendsBearer;
  const fullPath = joined(root.arena, root.pathPrefix, path);
  const credentials = joined(root.arena, BEARER, root.publicKey);
  rewind(draft);
  beginPairs(draft, 4 + (sendsKey ? 1 : 0) + (sendsBearer ? 1 : 0));
  writePair(draft, 0, METHOD, POST);
  writePair(draft, 1, PATH, fullPath);
  writePair(draft, 2, AUTHORITY, root.authority);
  writePair(draft, 3, CONTENT_TYPE, PROTOBUF);
  let next: u32 = 4;
  if (sendsKey) writePair(draft, next++, KEY_HEADER, root.publicKey);
  if (sendsBearer) writePair(draft, next, AUTHORIZATION, credentials);
  return draft.failed ? 0 : keepBytes(root.arena, wholeOf(draft));
}

function joined(arena: Arena, first: Slice, second: Slice): Slice {
  rewind(draft);
  append(draft, at(first), len(first));
  append(draft, at(second), len(second));
  return keepBytes(arena, wholeOf(draft));
}
