import { HttpError, json, type Answer } from '../http/answer.ts';
import type { Recordings } from '../store/recordings.ts';
import { casePieces, writeCase } from './case-file.ts';
import { readAuthFixtures, readCaseDocument, readCreateRequest, readPolicy, readRules } from './documents.ts';
import type { Session, Sessions } from './sessions.ts';

const versions = { specVersion: 'http-control-api@v1', schemaVersion: '1' };

export interface ControlState {
  readonly sessions: Sessions;
  readonly recordings: Recordings;
  /** Directory of case files; undefined keeps them in the store alone. */
  readonly cases: string | undefined;
}

export function health(): Answer {
  return json({ status: 'ok', ...versions });
}

export function meta(): Answer {
  return json({ runtimeVersion: 'sp-agent-development-backend', ...versions });
}

export function createSession(state: ControlState, body: Buffer): Answer {
  const { mode, policy } = readCreateRequest(body);
  return json(revisionOf(state.sessions.create(mode, policy)));
}

/** What a `POST /v1/sessions/{id}/…` replaces, by the rest of its path. */
const replacements: Readonly<Record<string, (session: Session, body: Buffer) => () => void>> = {
  'load-case': (session, body) => {
    const { caseId, traces, rules } = readCaseDocument(body);
    return () => (session.loadedCase = { caseId, traceCount: traces.length, rules: rules ?? [] });
  },
  rules: (session, body) => {
    const rules = readRules(body);
    return () => (session.rules = rules);
  },
  policy: (session, body) => {
    const policy = readPolicy(body);
    return () => (session.policy = policy);
  },
  // Only checked: SDKs put them into the requests that they send.
  'fixtures/auth': (_session, body) => {
    readAuthFixtures(body);
    return () => undefined;
  },
};

export const replaceableDocuments = Object.keys(replacements);

/** Replaces rules, policy, case or fixtures of a session. */
export function replaceDocument(
  { sessions }: ControlState,
  [id, kind]: readonly [id: string, kind: string],
  body: Buffer,
): Answer {
  const session = sessions.open(id);
  const read = replacements[kind];
  if (!read) throw new HttpError([404, 'not_found'], `${kind} is not a document of a session`);
  sessions.replace(session, [kind, body.length], read(session, body));
  return json(revisionOf(session));
}

export function sessionStats({ sessions }: ControlState, id: string): Answer {
  const session = sessions.open(id);
  return json({ ...revisionOf(session), mode: session.mode, stats: session.stats });
}

export function sessionState({ sessions }: ControlState, id: string): Answer {
  const session = sessions.open(id);
  return json({
    ...revisionOf(session),
    mode: session.mode,
    policy: session.policy,
    rules: session.rules,
    caseSummary: {
      ...(session.loadedCase ? { caseId: session.loadedCase.caseId } : {}),
      traceCount: session.loadedCase?.traceCount ?? 0,
    },
    stats: session.stats,
  });
}

/** @param out name of the case file that a capture session leaves. */
export function closeSession(state: ControlState, id: string, out: string | null): Answer {
  const session = state.sessions.open(id);
  const capturePath =
    session.mode === 'capture' && state.cases !== undefined
      ? writeCase(state.cases, out ?? `${id}.case.json`, captureOf(state, session))
      : undefined;
  state.sessions.close(session);
  return json({ sessionId: id, closed: true, ...(capturePath === undefined ? {} : { capturePath }) });
}

/** The recordings of a session as a case. */
export function capture(state: ControlState, id: string): Answer {
  const session = state.sessions.find(id);
  if (!session) throw new HttpError([404, 'unknown_session'], 'unknown session');
  return { status: 200, type: 'application/json', body: captureOf(state, session) };
}

function captureOf({ recordings }: ControlState, { id, createdAt }: Session): Iterable<string> {
  return casePieces({ caseId: id, createdAt }, recordings.spans({ session: id }));
}

function revisionOf({ id, revision }: Session): { sessionId: string; sessionRevision: number } {
  return { sessionId: id, sessionRevision: revision };
}
