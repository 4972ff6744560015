/**
 * Every reason that a condition or an event can carry, with what it means. The reference page is made from this list.
 */
export const reasons = {
  // Ready and Available
  Healthy: 'Every selected pod runs the target revision.',
  Progressing: 'A revision is being rolled out.',
  RollingBack: 'A step failed; the workloads are being rolled back to the stable revision.',
  RolledBack: 'A step failed; the workloads run the stable revision again. Change the spec to try again.',
  Unverified:
    'Every selected pod is ready with the target revision; the operator cannot read the statistics of this cluster’s proxies.',
  Verifying: 'The operator has not read the proxies’ statistics yet.',
  ProxySilent: 'The operator cannot read the statistics of one proxy.',
  Queued: 'The rollout waits for its turn: as many workloads of the cluster restart as may at once.',
  Paused: 'spec.rollout.paused holds the rollout.',
  NoPodsSelected: 'spec.selector matches no workload in the namespace.',
  NoStableRevision: 'No rollout has completed yet.',
  Deleting: 'The resource is being deleted; its plug-in resources are deleted first.',

  NamespaceExcluded: 'The operator’s administrator excludes this namespace; nothing is changed in it.',

  // FilterReady
  FilterReady: 'The module is checked, stored and served.',
  Building: 'The filter is being built or fetched.',
  CompileFailed: 'The AssemblyScript source does not compile; the message is the compiler’s.',
  CompileLimitExceeded: 'The compiler took too much time or memory.',
  SourceMissing: 'The ConfigMap with the source does not exist or lacks index.ts.',
  SourceInvalid: 'The ConfigMap with the source has a file name that cannot be used.',
  FetchFailed: 'The module could not be fetched: the server cannot be reached or answers an error.',
  FetchRefused: 'The operator may not fetch from this address.',
  ModuleTooLarge: 'The module is larger than the operator accepts.',
  CustomFilterRefused: 'The operator’s administrator allows only the bundled filter.',
  DigestMismatch: 'The module’s SHA-256 is not the one that spec.filter.digest pins.',
  SignatureMissing: 'The registry has no signature for the image.',
  SignatureInvalid:
    'No signature of the image is by a key or identity that the spec or the administrator names; the message says which check failed.',
  SignatureRequired: 'The operator’s administrator allows only modules that are signed.',
  TrustedRootMissing:
    'Keyless signatures cannot be checked: the operator has no trusted root (operator.verification.trustedRoot).',
  NotWasm: 'The bytes are not a WebAssembly module.',
  NoProxyWasmAbi: 'The module does not export a proxy-wasm ABI.',
  UnknownImport: 'The module imports a function that Envoy does not offer.',
  StoreFailed: 'The module could not be stored in the cluster.',
  StoreBudgetExceeded: 'The modules of the namespace, or all modules, would exceed their storage limit.',

  // ResourcesApplied
  ResourcesApplied: 'Istio’s resources are as wanted.',
  IstioMissing: 'A CRD of Istio that spec.delivery needs is not installed.',
  FieldConflict: 'Another field manager owns a field; it is not forced.',
  ObserveFailed: 'The operator could not read something that it needs; the message names it.',
  ApplyFailed: 'The API server refused a resource.',
  BackendMissing: 'spec.backend.url is missing, and the operator has no default backend.',
  BackendRefused: 'The operator’s administrator does not allow this backend.',
  SecretRefused: 'The Secret lacks the label or type by which its owner allows this use.',
  SecretMissing: 'A Secret that the spec names does not exist, or lacks the key or login.',
  RedactionKeyMissing: 'The Secret with the key of redaction markers cannot be created or read.',
  AgentConflict: 'Another SpAgent already has these pods.',
  SpecInvalid: 'The spec is not valid; the message names the field.',
  ConfigRefused: 'The filter refuses the configuration; the message names the field. No proxy has seen it.',

  // BackendReachable
  BackendReachable: 'The backend answers the filters.',
  BackendUnreachable:
    'Most lookups of a proxy get no answer from the backend, or most recordings do not arrive there.',
  BackendUnauthorized: 'The backend answers a proxy with 401 or 403.',
  BackendFailing: 'The backend answers most lookups of a proxy with an error.',
  RecordingsDropped: 'The backend does not accept most recordings of a proxy.',
  NoBackendCalls: 'No call of a filter to the backend was observed.',

  // Progressing and Degraded
  RolloutComplete: 'The rollout is complete.',
  DeadlineExceeded: 'A workload was not rolled out within spec.rollout.progressDeadline.',
  FilterRejected: 'A proxy could not load the filter.',
  FilterStopped: 'A filter trapped in a proxy and does not handle all of its requests.',
  Refetching: 'A proxy could not fetch the module; the operator makes it try again.',
  CanaryStarted: 'Running pods are switched to a revision, to observe it before the others get it.',
  CanarySkipped:
    'No running pod could be switched to the revision without a restart, and somebody continued without a canary.',
  ApprovalRequired: 'A canary step waits for spagent promote.',
  GateFailed: 'A gate of spec.rollout.gates failed.',
  NeedsRestart: 'A revision has a key that the pods of a workload were not started with.',
  SwitchedBack: 'Running pods were switched back to the revision that they ran before.',
  OutsideWindow: 'spec.rollout.windows allows no new step now.',
  Aborted: 'Somebody aborted the rollout, or the Argo Rollout of a workload was aborted.',
  AlreadyUnhealthy:
    'A workload had unready pods or an update of its own before its restart; it is restarted after that.',
  NoReplicas: 'A workload has no pods, which proves nothing about a revision.',
  NoSidecar: 'A workload’s pods have no sidecar that could run the filter.',
  GatewayPods: 'A workload’s pods are a gateway; the filter is for sidecars.',
  NotManaged: 'Pods of a Job, or of no workload, which no rolling update replaces.',
  ManualUpdates:
    'A workload’s update strategy leaves it to its owner to replace the pods, or its template is that of another object.',
  RestartInterrupts:
    'A restart would interrupt a workload: it has one pod and no surge, or strategy Recreate.',
  LabelTakenOver: 'Another manager changed a workload’s revision label.',
  WorkloadPaused: 'A workload is paused by its owner and cannot be updated.',
  CacheMode: 'spec.mode is Cache: requests that are repeated get recorded responses.',
  AsExpected: 'Nothing is wrong.',
} as const;

export type Reason = keyof typeof reasons;

/** What stays as it is until a person changes the spec, or what it names. Everything else the operator tries again. */
const finalReasons: readonly string[] = [
  'RolledBack',
  'SpecInvalid',
  'ConfigRefused',
  'CompileFailed',
  'SourceInvalid',
  'FetchRefused',
  'DigestMismatch',
  'SignatureInvalid',
  'ModuleTooLarge',
  'NotWasm',
  'NoProxyWasmAbi',
  'UnknownImport',
] satisfies Reason[];

/** Whether waiting does not help. */
export function isFinal(reason: string): boolean {
  return finalReasons.includes(reason);
}
