import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

/**
 * Runs the filter of this folder in a real Envoy, in front of a server that the test answers for. Both end with the test.
 * @param test the context of the test
 * @param answer handler of the server behind the filter
 * @returns URL of Envoy
 */
export async function startFilter(test, answer) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = `http://127.0.0.1:${server.address().port}`;
  const words = ['dev', import.meta.dirname, '--upstream', upstream, '--port', '0'];
  const dev = spawn('spagent', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(dev, 'exit');
  test.after(async () => {
    dev.kill();
    await ended;
    server.close();
    server.closeAllConnections();
  });
  // The first line of output is Envoy's URL.
  const firstLine = once(createInterface(dev.stdout), 'line').then(([line]) => line);
  const url = await Promise.race([firstLine, ended.then(() => undefined)]);
  if (url === undefined) throw new Error('spagent dev ended; see its output above');
  return url;
}
