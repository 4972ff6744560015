import type { Reason } from '../../api/reasons.ts';
import type { SpAgent } from '../../api/schema.ts';
import { selectorText } from '../../render/targets/sidecars.ts';
import { isReady, readyCondition } from './agents.ts';

/** Whether an operator runs in the cluster; Unknown where the user may not list Deployments. */
export type OperatorState =
  { readonly state: 'Running' | 'Unknown' } | { readonly state: 'NotRunning'; readonly message: string };

/** Why an agent is not Ready, in one line, and one command to run. */
export interface AgentDiagnosis {
  readonly cause: string;
  readonly command: string;
}

const editReasons: readonly string[] = [
  'SpecInvalid',
  'ConfigRefused',
  'FetchRefused',
  'DigestMismatch',
  'ModuleTooLarge',
  'NotWasm',
  'NoProxyWasmAbi',
  'UnknownImport',
  'RolledBack',
] satisfies Reason[];

const doctorReasons: readonly string[] = [
  'IstioMissing',
  'StoreFailed',
  'BackendUnreachable',
  'BackendUnauthorized',
  'BackendFailing',
  'ProxySilent',
] satisfies Reason[];

const logReasons: readonly string[] = ['FilterRejected', 'FilterStopped', 'RollingBack'] satisfies Reason[];

/** @returns undefined if the agent is Ready. */
export function diagnoseAgent(agent: SpAgent, operator: OperatorState): AgentDiagnosis | undefined {
  const { namespace, name } = agent;
  if (operator.state === 'NotRunning') {
    const deletion = agent.deletedAt === undefined ? '' : `; being deleted since ${agent.deletedAt}`;
    const cause = `no operator is running: ${operator.message}${deletion}`;
    return { cause, command: `spagent doctor -n ${namespace}` };
  }
  if (agent.deletedAt !== undefined) {
    const cause = `being deleted since ${agent.deletedAt}; the operator removes its resources first`;
    return { cause, command: `kubectl -n ${namespace} describe spagent ${name}` };
  }
  if (isReady(agent)) return undefined;
  const ready = readyCondition(agent);
  if (ready === undefined || ready.observedGeneration !== agent.generation) {
    return {
      cause: 'the operator has not reconciled the current spec yet',
      command: `spagent doctor -n ${namespace}`,
    };
  }
  const { rollout } = agent.status;
  if (rollout?.approval === 'Required') {
    const cause = `${rollout.step ?? 'the rollout'} waits for approval`;
    return { cause, command: `spagent promote -n ${namespace} ${name}` };
  }
  const degraded = agent.status.conditions?.find(
    ({ type, status }) => type === 'Degraded' && status === 'True',
  );
  const { reason, message } = degraded ?? ready;
  return { cause: `${reason}: ${message}`, command: commandFor(reason, agent) };
}

function commandFor(reason: string, { namespace, name, spec }: SpAgent): string {
  if (editReasons.includes(reason)) return `kubectl -n ${namespace} edit spagent ${name}`;
  if (doctorReasons.includes(reason)) return `spagent doctor -n ${namespace}`;
  if (logReasons.includes(reason)) return `spagent logs -n ${namespace} ${name}`;
  switch (reason) {
    case 'Paused':
      return `spagent resume -n ${namespace} ${name}`;
    case 'NoPodsSelected':
      return `kubectl -n ${namespace} get pods --show-labels`;
    case 'Progressing':
    case 'DeadlineExceeded':
    case 'WorkloadPaused':
      return `kubectl -n ${namespace} get pods -l ${shellWord(selectorText(spec.selector))}`;
    default:
      return `kubectl -n ${namespace} describe spagent ${name}`;
  }
}

/** Quoted where a shell would read it as more than one word. The schema lets no quote into a selector. */
function shellWord(text: string): string {
  return /^[\w./=,-]+$/.test(text) ? text : `'${text}'`;
}
