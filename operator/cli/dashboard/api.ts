import { z } from 'zod';
import type { SpAgent } from '../../api/schema.ts';
import { HttpError, json, type Answer } from '../../backend/http/answer.ts';
import { ApiError } from '../../cluster/api-error.ts';
import { AgentObserver, type AgentObservation } from '../agent-observer.ts';
import { listAgents, listVisibleAgents, patchAgent, readAgent } from '../agents.ts';
import type { Connection } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { failureText } from '../failure-text.ts';
import { operatorState } from '../operator-state.ts';
import { commandPatch, rolloutCommands, type RolloutCommand } from '../rollout-commands.ts';
import { agentNode } from '../view/agent-tree.ts';
import { isReady, readyCondition } from '../view/agents.ts';
import { diagnoseAgent } from '../view/diagnose-agent.ts';
import { withChanges } from '../view/history.ts';

/** What the page asks for, answered with the rights of the user's own kubeconfig. */
export class DashboardApi {
  readonly #connection: Connection;
  readonly #namespace: string | undefined;
  /** By namespace and name: pages ask again and again, proxies are not asked each time. */
  readonly #observers = new Map<string, AgentObserver>();

  /** @param namespace undefined: all that the user may see. */
  constructor(connection: Connection, namespace: string | undefined) {
    this.#connection = connection;
    this.#namespace = namespace;
  }

  async agents(): Promise<Answer> {
    return this.#answer(async () => {
      const found = await (this.#namespace === undefined
        ? listVisibleAgents(this.#connection)
        : listAgents(this.#connection.client, this.#namespace));
      const operator = await operatorState(this.#connection.client);
      return { operator, agents: found.map(({ agent }) => summaryOf(agent)) };
    });
  }

  async agent(namespace: string, name: string): Promise<Answer> {
    return this.#answer(async () => {
      const { agent } = await readAgent(this.#in(namespace), name);
      const observer =
        this.#observers.get(`${namespace}/${name}`) ?? new AgentObserver(this.#connection.client);
      this.#observers.set(`${namespace}/${name}`, observer);
      return detailOf(agent, await observer.observe(agent), Date.now());
    });
  }

  /** Asks the operator for something, if the agent still is as the page shows it. */
  async command(namespace: string, name: string, body: Buffer): Promise<Answer> {
    return this.#answer(async () => {
      const { command, revision, step } = commandIn(body);
      const connection = this.#in(namespace);
      const { agent } = await readAgent(connection, name);
      const { targetRevision, rollout } = agent.status;
      const patch = commandPatch(agent, command);
      if (patch === undefined || targetRevision !== revision || (rollout?.step ?? null) !== step) {
        throw new Failure(`SpAgent ${namespace}/${name}: the rollout has moved on; nothing was changed`);
      }
      await patchAgent(connection, name, patch);
      return { asked: command };
    });
  }

  #in(namespace: string): Connection {
    return { ...this.#connection, namespace };
  }

  async #answer(read: () => Promise<object>): Promise<Answer> {
    try {
      return json(await read());
    } catch (error) {
      if (error instanceof HttpError) throw error;
      const status = error instanceof ApiError ? error.code : error instanceof Failure ? 409 : 502;
      return json({ error: { message: failureText(error) } }, status);
    }
  }
}

const commandSchema = z.strictObject({
  command: z.enum(rolloutCommands),
  revision: z.string(),
  step: z.string().nullable(),
});

function commandIn(body: Buffer): { command: RolloutCommand; revision: string; step: string | null } {
  try {
    return commandSchema.parse(JSON.parse(body.toString('utf8')));
  } catch {
    throw new HttpError([400, 'invalid_request'], 'the body must name a command, a revision and a step');
  }
}

function summaryOf(agent: SpAgent) {
  const ready = readyCondition(agent);
  return {
    namespace: agent.namespace,
    name: agent.name,
    isReady: isReady(agent),
    reason: agent.deletedAt === undefined ? (ready?.reason ?? 'Unknown') : 'Deleting',
    message: agent.status.rollout?.message ?? ready?.message ?? '',
    pods: agent.status.pods ?? '-',
    revisionNumber: agent.status.revisionNumber ?? null,
    step: agent.status.rollout?.step ?? null,
  };
}

function detailOf(agent: SpAgent, observation: AgentObservation, now: number) {
  const { targetRevision, rollout, history = [] } = agent.status;
  return {
    ...summaryOf(agent),
    targetRevision: targetRevision ?? null,
    rollout: rollout ?? null,
    diagnosis: diagnoseAgent(agent, observation.operator) ?? null,
    tree: agentNode(agent, { ...observation, now }),
    lookups: lookupsByWorkload(observation),
    history: withChanges(history, observation.revisions),
    commands: rolloutCommands.filter((command) => commandPatch(agent, command) !== undefined),
  };
}

/** Since the proxies started, of those that were asked. */
function lookupsByWorkload({ pods, proxies }: AgentObservation) {
  const workloads = Map.groupBy(pods, ({ workload }) => workload ?? 'Pods without a workload');
  return [...workloads].map(([workload, own]) => {
    const answers = own.flatMap(({ name }) => proxies.get(name)?.lookups ?? []);
    return {
      workload,
      asked: answers.length,
      hits: answers.reduce((sum, { hits }) => sum + hits, 0),
      misses: answers.reduce((sum, { misses }) => sum + misses, 0),
    };
  });
}
