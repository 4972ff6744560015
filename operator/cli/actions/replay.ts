import { once } from 'node:events';
import { messageOf } from '../../api/errors.ts';
import { Failure } from '../failure.ts';
import { readRecordings } from '../recordings/recordings-file.ts';
import type { Terminal } from '../terminal.ts';
import { localAgent, portableAgent } from '../trial/local-agent.ts';
import { sessionText, startSession, type Session } from '../trial/session.ts';
import type { SessionOptions } from '../trial/session-options.ts';

interface ReplayOptions extends SessionOptions {
  readonly upstream?: URL;
  readonly strict?: boolean;
}

export async function run(terminal: Terminal, recordings: string, options: ReplayOptions): Promise<void> {
  const spans = await readRecordings(recordings);
  if (spans.length === 0) throw new Failure(`${recordings}: holds no recordings`);
  await using stack = new AsyncDisposableStack();
  const isStrict = options.strict === true || options.upstream === undefined;
  const agent = portableAgent(await localAgent(options.file), 'Replay', isStrict);
  const session = await startSession(terminal, stack, { ...options, agent, upstream: options.upstream });
  load(terminal, session, spans);
  terminal.out(sessionText(session));
  const misses = isStrict ? '404' : String(options.upstream);
  terminal.note(`${session.backend.recordings.count} recordings; misses get ${misses}\n`);
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
  const { hits, misses: missed } = session.backend.lookups;
  terminal.note(`${hits} hits, ${missed} misses\n`);
}

function load(
  terminal: Terminal,
  { backend }: Session,
  spans: Awaited<ReturnType<typeof readRecordings>>,
): void {
  const refused: string[] = [];
  for (const span of spans) {
    try {
      backend.recordings.save(span);
    } catch (error) {
      refused.push(messageOf(error));
    }
  }
  if (refused.length > 0) {
    terminal.note(`${refused.length} recordings cannot be used; the first: ${refused[0]}\n`);
  }
}
