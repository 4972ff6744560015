import type { SpAgent } from '../../api/schema.ts';

type Spec = SpAgent['spec'];

/** What depends on the kind of backend: the defaults of `spec.backend.profile`, where the spec does not have a value of its own. */
export interface ProfileSettings {
  readonly auth: 'PublicKey' | 'Bearer' | 'Both';
  readonly when: NonNullable<Spec['lookup']['when']>;
  readonly body: NonNullable<Spec['lookup']['body']>;
  readonly onAnswer: NonNullable<Spec['lookup']['onAnswer']>;
  readonly statuses: readonly string[];
  readonly bypassInSession: boolean;
  readonly sessionMember: NonNullable<Spec['backend']['sessionMember']>;
  readonly savePerSession: boolean;
  readonly saveRetry: NonNullable<Spec['backend']['saveRetry']>;
}

const everyStatus = ['2xx', '3xx', '4xx', '5xx'];

/** To add a kind of backend: one entry here, and its name in `operator/api/schema.ts`. */
const profiles: Readonly<Record<Spec['backend']['profile'], ProfileSettings>> = {
  // It matches rules by method, host and path, keeps what belongs to a session alone, and files a message under its first session.
  Runtime: {
    auth: 'Both',
    when: 'Session',
    body: 'Ignore',
    onAnswer: 'Pass',
    statuses: everyStatus,
    bypassInSession: false,
    sessionMember: 'x-softprobe-session-id',
    savePerSession: true,
    saveRetry: 'Refused',
  },
  Hosted: {
    auth: 'PublicKey',
    when: 'Always',
    body: 'Match',
    onAnswer: 'Upstream',
    statuses: ['2xx'],
    bypassInSession: true,
    sessionMember: 'x-sp-session-id',
    savePerSession: false,
    saveRetry: 'Transient',
  },
  Development: {
    auth: 'PublicKey',
    when: 'Always',
    body: 'Match',
    onAnswer: 'Pass',
    statuses: everyStatus,
    bypassInSession: false,
    sessionMember: 'x-softprobe-session-id',
    savePerSession: true,
    saveRetry: 'Transient',
  },
};

export function profileSettings({ backend, capture, lookup }: Spec): ProfileSettings {
  const defaults = profiles[backend.profile];
  return {
    auth: backend.auth ?? defaults.auth,
    when: lookup.when ?? defaults.when,
    body: lookup.body ?? defaults.body,
    onAnswer: lookup.onAnswer ?? defaults.onAnswer,
    statuses: capture.statuses ?? defaults.statuses,
    bypassInSession: capture.bypassInSession ?? defaults.bypassInSession,
    sessionMember: backend.sessionMember ?? defaults.sessionMember,
    savePerSession: backend.savePerSession ?? defaults.savePerSession,
    saveRetry: backend.saveRetry ?? defaults.saveRetry,
  };
}
