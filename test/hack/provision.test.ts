import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, provision } from '../../hack/tools/provision.ts';
import { run } from '../../hack/tools/run.ts';
import type { ToolSpec } from '../../hack/tools/spec.ts';

const program = (version: string) => `#!/bin/sh\necho "thing version ${version}"\n`;
const sha256 = (data: string | Buffer) => hash('sha256', data);

describe('provisioning a tool', () => {
  let directory: string;
  let environment: NodeJS.ProcessEnv;
  let server: Server;
  let origin: string;
  let answers: Record<string, RequestListener>;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sp-agent-test-'));
    environment = { PATH: '/usr/bin:/bin', SP_AGENT_CACHE: join(directory, 'cache') };
    answers = {};
    server = createServer((request, response) => {
      const answer = answers[request.url ?? ''];
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true, force: true });
  });

  const serve = (path: string, body: string | Buffer) => {
    answers[path] = (_request, response) => response.end(body);
  };

  const thing = (release: Partial<ToolSpec['release']> = {}): ToolSpec => ({
    name: 'thing',
    executable: 'thing',
    version: 'v1.2.3',
    level: 1,
    versionArguments: ['--version'],
    release: { url: `${origin}/thing`, checksumUrl: `${origin}/thing.sha256`, ...release },
  });

  const install = async (folder: string, version: string): Promise<string> => {
    const path = join(directory, folder, 'thing');
    await mkdir(join(directory, folder), { recursive: true });
    await writeFile(path, program(version));
    await chmod(path, 0o755);
    return path;
  };

  it('downloads a release with the published checksum, once', async () => {
    serve('/thing', program('1.2.3'));
    serve('/thing.sha256', `${sha256(program('1.2.3'))}\n`);
    const first = await provision(thing(), environment);
    assert.equal(first.source, 'release');
    assert.match(await run([first.path], { timeoutSeconds: 5 }), /1\.2\.3/);
    answers = {};
    assert.deepEqual(await provision(thing(), environment), first);
  });

  it('finds a tool that is there, and fetches none that is missing', async () => {
    serve('/thing', program('1.2.3'));
    serve('/thing.sha256', `${sha256(program('1.2.3'))}\n`);
    assert.equal(await findTool(thing(), environment), undefined);
    const provisioned = await provision(thing(), environment);
    assert.deepEqual(await findTool(thing(), environment), provisioned);
  });

  it('unpacks an archive and finds its digest among those of other files', async () => {
    await install('thing-v1', '1.2.3');
    await run(['tar', '-czf', join(directory, 'thing.tgz'), '-C', directory, 'thing-v1'], {
      timeoutSeconds: 5,
    });
    const archive = await readFile(join(directory, 'thing.tgz'));
    serve('/thing.tgz', archive);
    serve('/SHA256SUMS', `${sha256('other')}  other.tgz\n${sha256(archive)}  thing.tgz\n`);
    const release = {
      url: `${origin}/thing.tgz`,
      member: 'thing-v1/thing',
      checksumUrl: `${origin}/SHA256SUMS`,
    };
    const found = await provision(thing(release), environment);
    assert.match(await run([found.path], { timeoutSeconds: 5 }), /1\.2\.3/);
  });

  it('does not use a release whose checksum is wrong, and leaves nothing of it', async () => {
    serve('/thing', program('6.6.6'));
    serve('/thing.sha256', sha256(program('1.2.3')));
    await assert.rejects(provision(thing(), environment), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`sha256 ${sha256(program('6.6.6'))}.*${sha256(program('1.2.3'))}`),
      );
      assert.match(error.message, /SP_AGENT_THING/);
      return true;
    });
    const left = await readdir(join(directory, 'cache'), { recursive: true, withFileTypes: true });
    assert.deepEqual(
      left.filter((entry) => entry.isFile()),
      [],
    );
  });

  it('does not use a release that breaks off', async () => {
    answers['/thing'] = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('#!/bin/sh\n');
      setImmediate(() => response.destroy());
    };
    serve('/thing.sha256', sha256('#!/bin/sh\n'));
    await assert.rejects(provision(thing(), environment), /broke off/);
  });

  it('does not install what cannot run here', async () => {
    serve('/thing', '#!/bin/sh\nexit 7\n');
    serve('/thing.sha256', sha256('#!/bin/sh\nexit 7\n'));
    await assert.rejects(provision(thing(), environment), /failed \(7\)/);
  });

  it('tries the next source where there is no release, and names what each one lacked', async () => {
    const spec: ToolSpec = {
      ...thing(),
      wheel: { distribution: 'thing', version: '1.2.3', member: 'thing', sha256: {} },
      npmPackage: { version: '1.2.3', member: 'bin/thing', platforms: {} },
      debianArchive: { package: 'thing', member: 'usr/bin/thing' },
      goBuild: { module: 'etcd', package: 'example.com/thing', coldSeconds: 1 },
    };
    await assert.rejects(
      provision(spec, { ...environment, PATH: join(directory, 'empty') }),
      (error: Error) => {
        assert.match(error.message, /release: .*\/thing\.sha256 answered 404/);
        assert.match(error.message, /wheel: .*thing==1\.2\.3 does not exist for/);
        assert.match(error.message, /npm: the npm registry has none for/);
        assert.match(error.message, /debian: this machine has no apt-get for the Debian package thing/);
        assert.match(error.message, /build: go is not on PATH: install Go/);
        return true;
      },
    );
  });

  it('says what is missing when there is no Python for a wheel', async () => {
    const platform = `${process.platform}-${process.arch}`;
    const spec: ToolSpec = {
      ...thing(),
      wheel: { distribution: 'thing', version: '1.2.3', member: 'thing', sha256: { [platform]: sha256('') } },
    };
    await assert.rejects(
      provision(spec, { ...environment, PATH: join(directory, 'empty') }),
      /python3 is not on PATH: install Python 3 with pip/,
    );
  });

  it('unpacks a Debian package, and first updates the lists of a machine that does not know it', async function () {
    const tools = await run(['dpkg-deb', '--version'], { timeoutSeconds: 5 }).catch(() => undefined);
    if (tools === undefined) this.skip();
    await install('package/usr/bin', '1.2.3');
    await mkdir(join(directory, 'package/DEBIAN'));
    const control =
      'Package: thing\nVersion: 1.2.3-1\nArchitecture: all\nMaintainer: nobody\nDescription: a thing\n';
    await writeFile(join(directory, 'package/DEBIAN/control'), control);
    const build = ['dpkg-deb', '--build', join(directory, 'package'), join(directory, 'thing.deb')] as const;
    await run([...build], { timeoutSeconds: 30 });
    const aptGet = `#!/bin/sh
[ "$1" = update ] && touch ${directory}/updated && exit 0
[ -e ${directory}/updated ] && cp ${directory}/thing.deb .`;
    await writeFile(join(directory, 'apt-get'), aptGet, { mode: 0o755 });
    const spec = { ...thing(), debianArchive: { package: 'thing', member: 'usr/bin/thing' } };
    const found = await provision(spec, { ...environment, PATH: `${directory}:/usr/bin:/bin` });
    assert.equal(found.source, 'debian');
    assert.match(await run([found.path], { timeoutSeconds: 5 }), /1\.2\.3/);
    const left = await readdir(join(found.path, '..'));
    assert.deepEqual(left, ['thing']);
  });

  it('stops at once at a host that cannot be reached', async () => {
    server.close();
    server.closeAllConnections();
    await assert.rejects(provision(thing(), environment), /cannot be reached \(.*ECONNREFUSED/);
  });

  it('takes a tool from PATH only in the right version', async () => {
    const old = await install('old', '1.2.2');
    const right = await install('right', '1.2.3');
    const PATH = `${join(old, '..')}:${join(right, '..')}:/usr/bin:/bin`;
    assert.deepEqual(await provision(thing(), { ...environment, PATH }), { path: right, source: 'PATH' });
    await assert.rejects(
      provision(thing(), { ...environment, PATH: `${join(old, '..')}:/usr/bin:/bin` }),
      /404/,
    );
  });

  it('prefers the environment variable to PATH, and PATH to the cache', async () => {
    serve('/thing', program('1.2.3'));
    serve('/thing.sha256', sha256(program('1.2.3')));
    assert.equal((await provision(thing(), environment)).source, 'release');
    const PATH = `${join(await install('path', '1.2.3'), '..')}:/usr/bin:/bin`;
    assert.equal((await provision(thing(), { ...environment, PATH })).source, 'PATH');
    const own = await install('own', '9.9.9');
    assert.deepEqual(await provision(thing(), { ...environment, PATH, SP_AGENT_THING: own }), {
      path: own,
      source: 'environment',
    });
  });

  it('refuses an environment variable that names nothing', async () => {
    await assert.rejects(
      provision(thing(), { ...environment, SP_AGENT_THING: '/nowhere/thing' }),
      /SP_AGENT_THING=\/nowhere\/thing: no such executable/,
    );
  });
});
