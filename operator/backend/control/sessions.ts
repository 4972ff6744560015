import { randomBytes } from 'node:crypto';
import { HttpError } from '../http/answer.ts';
import type { Rule, RuleSet } from '../match/rules.ts';
import type { Policy, SessionMode } from './documents.ts';

export interface SessionStats {
  /** Lookups that a mock rule answered. */
  injectedSpans: number;
  /** Spans that were recorded. */
  extractedSpans: number;
  /** Lookups that the strict policy refused. */
  strictMisses: number;
}

/** A case as far as it is used: SDKs look into its traces themselves. */
export interface LoadedCase {
  readonly caseId: string;
  readonly traceCount: number;
  readonly rules: readonly Rule[];
}

/** A context of one test, made by an SDK or the CLI. Its rules answer lookups; recordings do not. */
export interface Session {
  readonly id: string;
  readonly mode: SessionMode;
  readonly createdAt: string;
  readonly stats: SessionStats;
  /** Grows by one with each change. */
  revision: number;
  policy: Policy;
  rules: readonly Rule[];
  loadedCase: LoadedCase | undefined;
  /** Bytes of each document as it was sent, by kind. */
  readonly documentBytes: Map<string, number>;
  isClosed: boolean;
}

/** Sessions kept at most; the oldest goes first, closed ones before open ones. */
const sessionsMax = 1000;

/** Bytes of all documents of all sessions. */
const documentBytesMax = 64 * 1024 * 1024;

/** The sessions of this run: they are kept in memory, as Softprobe's runtime does. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  create(mode: SessionMode, policy: Policy = {}): Session {
    if (this.#sessions.size >= sessionsMax) {
      const oldestFirst = [...this.#sessions.values()];
      const dropped = oldestFirst.find(({ isClosed }) => isClosed) ?? oldestFirst[0];
      if (dropped) this.#sessions.delete(dropped.id);
    }
    const session: Session = {
      id: `sess_${randomBytes(12).toString('base64url')}`,
      mode,
      createdAt: new Date().toISOString(),
      stats: { injectedSpans: 0, extractedSpans: 0, strictMisses: 0 },
      revision: 0,
      policy,
      rules: [],
      loadedCase: undefined,
      documentBytes: new Map(),
      isClosed: false,
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Open or closed; undefined for an id that no client of the control API made. */
  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** @throws HttpError 404 for an unknown or a closed session. */
  open(id: string): Session {
    const session = this.#sessions.get(id);
    if (session && !session.isClosed) return session;
    throw new HttpError([404, 'unknown_session'], 'unknown session');
  }

  /**
   * Replaces a document of a session.
   * @param sizeBytes as it was sent. @throws HttpError 413 when all documents together become too large.
   */
  replace(
    session: Session,
    [kind, sizeBytes]: readonly [kind: string, sizeBytes: number],
    apply: () => void,
  ): void {
    const others = this.#documentBytes() - (session.documentBytes.get(kind) ?? 0);
    if (others + sizeBytes > documentBytesMax) {
      throw new HttpError(
        [413, 'too_large'],
        `the documents of all sessions may have ${documentBytesMax} bytes; close sessions that are done`,
      );
    }
    session.documentBytes.set(kind, sizeBytes);
    apply();
    session.revision += 1;
  }

  /** Closes a session: its id stays known, so that late recordings are refused. */
  close(session: Session): void {
    session.isClosed = true;
    session.rules = [];
    session.loadedCase = undefined;
    session.documentBytes.clear();
  }

  #documentBytes(): number {
    let bytes = 0;
    for (const { documentBytes } of this.#sessions.values()) {
      for (const size of documentBytes.values()) bytes += size;
    }
    return bytes;
  }
}

export function ruleSetOf({ rules, loadedCase, policy }: Session): RuleSet {
  return {
    sessionRules: rules,
    caseRules: loadedCase?.rules ?? [],
    isStrict: policy.externalHttp === 'strict',
  };
}
