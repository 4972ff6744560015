import {
  capture,
  closeSession,
  createSession,
  health,
  meta,
  replaceableDocuments,
  replaceDocument,
  sessionState,
  sessionStats,
} from './control/session-api.ts';
import { inject, type Formats } from './data-plane/inject.ts';
import { save } from './data-plane/save.ts';
import { HttpError, json } from './http/answer.ts';
import { mediaType } from './http/guard.ts';
import type { RoutedRequest, Routes } from './http/router.ts';
import {
  compareRecordings,
  deleteRecordings,
  downloadBody,
  explainMiss,
  exportCase,
  filterOf,
  listLookups,
  listRecordings,
  showRecording,
} from './page/page-api.ts';
import { pageFiles } from './page/files.ts';
import type { BackendState } from './state.ts';

/** Everything that the backend answers, by method and path. */
export function routesOf(state: BackendState): Routes {
  return { ...dataPlane(state), ...controlPlane(state), ...page(state) };
}

function dataPlane(state: BackendState): Routes {
  return {
    'POST /v1/inject': ({ body, headers }) => inject(state, body, formatsOf(headers)),
    'POST /v1/traces': ({ body, headers }) => save(state, body, formatsOf(headers)),
  };
}

function controlPlane(state: BackendState): Routes {
  return {
    'GET /health': health,
    'GET /v1/meta': meta,
    'POST /v1/sessions': ({ body }) => createSession(state, body),
    'GET /v1/sessions/:id/stats': (_request, [id = '']) => sessionStats(state, id),
    'GET /v1/sessions/:id/state': (_request, [id = '']) => sessionState(state, id),
    'POST /v1/sessions/:id/close': ({ url }, [id = '']) =>
      closeSession(state, id, url.searchParams.get('out')),
    'GET /v1/captures/:id': (_request, [id = '']) => capture(state, id),
    ...Object.fromEntries(
      replaceableDocuments.map((kind) => [
        `POST /v1/sessions/:id/${kind}`,
        ({ body }: RoutedRequest, [id = '']: readonly string[]) => replaceDocument(state, [id, kind], body),
      ]),
    ),
  };
}

function page(state: BackendState): Routes {
  const files = Object.entries(pageFiles()).map(([path, file]) => [`GET ${path}`, () => file] as const);
  return {
    ...Object.fromEntries(files),
    'GET /api/recordings': ({ url }) => listRecordings(state, url.searchParams),
    'DELETE /api/recordings': ({ url }) => deleteRecordings(state, filterOf(url.searchParams)),
    'GET /api/recordings/:id': (_request, [id]) => showRecording(state, idIn(id)),
    'DELETE /api/recordings/:id': (_request, [id]) => deleteRecordings(state, { id: idIn(id) }),
    'GET /api/recordings/:id/request-body': (_request, [id]) => downloadBody(state, idIn(id), 'request'),
    'GET /api/recordings/:id/response-body': (_request, [id]) => downloadBody(state, idIn(id), 'response'),
    'GET /api/recordings/:id/differences/:id': (_request, [left, right]) =>
      compareRecordings(state, [idIn(left), idIn(right)]),
    'GET /api/export': ({ url }) => exportCase(state, url.searchParams),
    'GET /api/lookups': () => listLookups(state),
    'GET /api/lookups/:id': (_request, [id]) => explainMiss(state, idIn(id)),
    'POST /api/rewind': () => {
      state.replayer.rewind();
      return json({ rewound: true });
    },
  };
}

function idIn(part = ''): number {
  if (/^[0-9]{1,15}$/.test(part)) return Number(part);
  throw new HttpError([404, 'not_found'], `"${part.slice(0, 50)}" is not an id`);
}

/** The content type decides which form is tried first; the answer has the form of the message unless `accept` names one. */
function formatsOf(headers: RoutedRequest['headers']): Formats {
  const accept = String(headers['accept'] ?? '');
  const acceptsProtobuf = accept.includes('application/x-protobuf');
  const acceptsJson = accept.includes('application/json');
  return {
    sent: mediaType(headers) === 'application/json' ? 'json' : 'protobuf',
    accepted: acceptsProtobuf === acceptsJson ? undefined : acceptsJson ? 'json' : 'protobuf',
  };
}
