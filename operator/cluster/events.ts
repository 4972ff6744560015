import { randomUUID } from 'node:crypto';
import { agentKind, groupVersion } from '../api/names.ts';
import { plainText } from '../api/plain-text.ts';
import { hasCode } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { EventBudget } from './event-budget.ts';
import { collectionPath, objectPath } from './kinds.ts';

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** The agent that an event is about. */
export interface EventSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Series kept in memory; the oldest is forgotten first, and its next event starts a new one. */
const seriesMax = 500;
/** A series ends when nothing was added for so long: client-go's number. */
const seriesMilliseconds = 6 * 60_000;
/** Longest note that the API server takes: core/validation/events.go, NoteLengthLimit. */
const noteBytesMax = 1024;

interface Series {
  readonly name: string;
  count: number;
  lastAt: number;
}

export interface EventPosterOptions {
  /** Name of this operator's pod. */
  readonly instance: string;
  /** Gets an event that could not be posted. */
  readonly failed: (error: unknown) => void;
}

/** Posts Kubernetes Events for people. The same event again counts up a series instead of making another object. */
export class EventPoster {
  readonly #client: ClusterClient;
  readonly #options: EventPosterOptions;
  readonly #series = new Map<string, Series>();
  readonly #budget = new EventBudget();

  constructor(client: ClusterClient, options: EventPosterOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Never fails: nothing may depend on what is only for people. A namespace that is being deleted takes no events. */
  async post(subject: EventSubject, note: EventNote): Promise<void> {
    if (!this.#budget.take(subject.uid, performance.now() / 1000)) return;
    try {
      await this.#post(subject, note);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  async #post(subject: EventSubject, note: EventNote): Promise<void> {
    const key = JSON.stringify([subject.uid, note.type, note.reason, note.message]);
    const series = this.#series.get(key);
    if (series && Date.now() - series.lastAt < seriesMilliseconds) {
      if (await this.#countUp(subject, series)) return;
    }
    await this.#create(subject, note, key);
  }

  /** @returns false if somebody deleted the event. */
  async #countUp(subject: EventSubject, series: Series): Promise<boolean> {
    const now = new Date();
    try {
      await this.#client.json({
        method: 'PATCH',
        path: objectPath({ kind: 'Event', namespace: subject.namespace, name: series.name }),
        body: { series: { count: series.count + 1, lastObservedTime: microTime(now) } },
        contentType: 'application/merge-patch+json',
      });
    } catch (error) {
      if (hasCode(error, 404)) return false;
      throw error;
    }
    series.count += 1;
    series.lastAt = now.getTime();
    return true;
  }

  async #create(subject: EventSubject, note: EventNote, key: string): Promise<void> {
    const now = new Date();
    const name = `${subject.name}.${randomUUID()}`;
    await this.#client.json({
      method: 'POST',
      path: collectionPath('Event', subject.namespace),
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name, namespace: subject.namespace },
        eventTime: microTime(now),
        reportingController: 'softprobe.ai/sp-agent',
        reportingInstance: this.#options.instance.slice(0, 128),
        action: 'Reconcile',
        type: note.type,
        reason: note.reason,
        note: plainText(note.message, noteBytesMax),
        regarding: { apiVersion: groupVersion, kind: agentKind, ...subject },
      },
    });
    // Last in the map's order: the first is the oldest.
    this.#series.delete(key);
    this.#series.set(key, { name, count: 1, lastAt: now.getTime() });
    const oldest = this.#series.keys().next();
    if (this.#series.size > seriesMax && !oldest.done) this.#series.delete(oldest.value);
  }
}

/** The API server wants six fractional digits. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
