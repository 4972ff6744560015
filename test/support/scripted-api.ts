import { Facts } from '../../operator/cli/doctor/facts.ts';
import { clientOf } from './kubeconfig.ts';
import { startScriptedServer } from './scripted-server.ts';

/** Path without its query → the object there, or the status of a refusal. Other paths have an empty list. */
export type ScriptedAnswers = Readonly<Record<string, unknown>>;

/** What the checks of spagent doctor see of an API server that gives these answers, to a user of the namespace shop. */
export async function scriptedFacts(answers: ScriptedAnswers) {
  const server = await startScriptedServer(({ path }, response) => {
    const answer = answers[path.split('?', 1)[0] ?? ''] ?? { metadata: {}, items: [] };
    if (typeof answer === 'string') return void response.end(answer);
    response.setHeader('content-type', 'application/json');
    if (typeof answer === 'number') response.statusCode = answer;
    response.end(JSON.stringify(typeof answer === 'number' ? { message: `status ${answer}` } : answer));
  });
  const client = await clientOf(server.port);
  return {
    facts: new Facts({ client, namespace: 'shop' }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

export function listOf(...items: readonly unknown[]): unknown {
  return { metadata: {}, items };
}
