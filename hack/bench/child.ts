import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from '../../operator/api/errors.ts';

/** A helper process that answers one question at a time. Disposing it ends the process. */
export interface Child<Question, Answer> extends AsyncDisposable {
  ask(question: Question): Promise<Answer>;
}

/**
 * Starts a script of this folder in a process of its own, so that its work does not delay who measures.
 * @throws what the script says of a failure, when it is asked.
 */
export function startChild<Question, Answer>(script: string): Child<Question, Answer> {
  const child = fork(new URL(script, import.meta.url), { serialization: 'advanced' });
  return {
    async ask(question) {
      const exited = new AbortController();
      const { signal } = exited;
      const gone = once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${script} ended with exit code ${String(code)}`);
      });
      try {
        const answered = once(child, 'message', { signal }) as Promise<[Reply<Answer>]>;
        child.send(question as object);
        const [reply] = await Promise.race([answered, gone]);
        if ('failure' in reply) throw new Error(`${script}: ${reply.failure}`);
        return reply.answer;
      } finally {
        exited.abort();
        gone.catch(() => undefined);
      }
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

type Reply<Answer> = { readonly answer: Answer } | { readonly failure: string };

/** The script's side: answers until the parent goes. */
export function answerParent<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on('message', (question: Question) => {
    answer(question).then(
      (result) => reply({ answer: result }),
      (error: unknown) => reply({ failure: messageOf(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

function reply<Answer>(message: Reply<Answer>): void {
  process.send?.(message);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
