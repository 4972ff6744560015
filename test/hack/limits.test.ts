import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, textOf } from '../support/doc-blocks.ts';

/** What a page promises, and where the code has the number. Who changes one must change the other. */
const numbers: readonly (readonly [page: string, promise: string, file: string, code: string])[] = [
  ['operations', '16 MiB; kept compressed', 'artifact/sources/fetcher.ts', 'bytesMax: 16 * 1024 * 1024'],
  ['operations', 'ConfigMaps of 256 KiB', 'artifact/store/chunks.ts', 'chunkBytesMax = 256 * 1024'],
  ['operations', '64 at a time', 'artifact/serve.ts', 'total: 64'],
  ['operations', '32 and 512 MiB a minute', 'artifact/serve.ts', 'perClient: 32'],
  ['operations', '32 and 512 MiB a minute', 'artifact/serve.ts', 'bytesPerMinute: 512 * 1024 * 1024'],
  ['operations', 'three and four at a time', 'controller/module-work.ts', 'make: { total: 3, perGroup: 1'],
  ['operations', 'three and four at a time', 'controller/module-work.ts', 'fetch: { total: 4, perGroup: 1'],
  ['operations', 'a build has 120 s, 20 s of CPU', 'artifact/compiler/compile.ts', 'seconds: 120'],
  ['operations', 'a build has 120 s, 20 s of CPU', 'artifact/compiler/compile.ts', 'cpuSeconds: 20'],
  ['operations', '480 MiB: the chart', 'artifact/compiler/compile.ts', 'residentMebibytesMax = 480'],
  ['operations', '60 s, 5 redirects', 'artifact/sources/fetcher.ts', 'seconds: 60'],
  ['operations', '60 s, 5 redirects', 'artifact/sources/fetcher.ts', 'redirectsMax = 5'],
  ['operations', '| 16 MiB ', 'artifact/serve.ts', 'cacheOptions = { bytesMax: 16 * 1024 * 1024'],
  ['operations', '24, of one namespace 4', 'controller/verifier.ts', 'slots = { total: 24, perGroup: 4 }'],
  ['operations', 'again every 30 s', 'controller/verifier.ts', 'Verified: 30'],
  ['operations', 'at most 100 in a second', 'controller/verifier.ts', 'repeatsPerSecond = 100'],
  ['operations', 'answers of 20,000 proxies', 'controller/verifier.ts', 'podsMax = 20_000'],
  ['operations', '50 in one run', 'decide/refetch.ts', 'podsMax = 50'],
  ['operations', 'intervals of 10 s to 5 min', 'decide/refetch.ts', 'shortestWait: 10, longestWait: 300'],
  ['operations', 'are read every 30 s', 'decide/next-look.ts', 'unwatchedSeconds = 30'],
  ['operations', 'else after 15 s', 'cluster/leader-election.ts', 'duration: 15'],
  ['operations', '46 characters', 'api/names.ts', 'agentNameLengthMax = 46'],
  ['progressive-delivery', 'half an hour after its step', 'rollout/brake.ts', 'motionSeconds = 1800'],
  ['backend', '16 MiB, 5000 spans', 'backend/http/read-body.ts', 'messageBytesMax = 16 * 1024 * 1024'],
  ['backend', '5000 spans', 'backend/protocol/traces-message.ts', 'spansMax = 5000'],
  ['backend', '60 s for a message', 'backend/http/http-server.ts', 'requestTimeout: 60_000'],
  ['backend', '4096 attributes', 'backend/protocol/traces-message.ts', 'attributesMax = 4096'],
  ['backend', '1000 sessions', 'backend/control/sessions.ts', 'sessionsMax = 1000'],
  ['backend', '64 MiB of', 'backend/control/sessions.ts', 'documentBytesMax = 64 * 1024 * 1024'],
  ['backend', '10,000 recordings, 1 GiB', 'backend/store/recordings.ts', '10_000, bytesMax: 1024 * mebibyte'],
  ['backend', '256 MiB in memory', 'backend/store/recordings.ts', '10_000, bytesMax: 256 * mebibyte'],
];

describe('limits that the documentation names are those of the code:', () => {
  for (const [page, promise, file, code] of numbers) {
    it(`docs/${page}.md, ${promise}: ${code}`, () => {
      assert.ok(textOf(`docs/${page}.md`).includes(promise), `docs/${page}.md has another number`);
      const source = readFileSync(join(root, 'operator', file), 'utf8');
      assert.ok(source.includes(code), `operator/${file} has another number`);
    });
  }
});
