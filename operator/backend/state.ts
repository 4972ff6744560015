import type { Logger } from 'pino';
import type { ControlState } from './control/session-api.ts';
import type { Replayer, ReplayOptions } from './data-plane/find-recording.ts';
import type { Changes } from './page/changes.ts';
import type { Lookups } from './store/lookups.ts';

/** Everything that a request can read or change. */
export interface BackendState extends ControlState {
  readonly lookups: Lookups;
  readonly replayer: Replayer;
  readonly replay: ReplayOptions;
  /** Notifies open pages. */
  readonly changes: Changes;
  readonly log: Logger;
}
