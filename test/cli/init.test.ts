import assert from 'node:assert/strict';
import asc from 'assemblyscript/asc';
import ts from 'typescript';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { templates } from '../../operator/cli/project/templates.ts';
import { wasmLogLines } from '../../operator/cli/view/wasm-log.ts';
import { spagent } from '../support/cli.ts';

/** What an editor shows for a project. */
function diagnosticsOf(directory: string): string[] {
  const { config } = ts.readConfigFile(join(directory, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, directory);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('spagent init', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'spagent-'))));
  afterEach(() => rm(directory, { recursive: true }));

  for (const template of templates) {
    it(`makes a project from ${template} in which an editor finds every name`, async () => {
      const project = join(directory, 'my-own');
      const { code, note } = await spagent('init', project, '--template', template);
      assert.equal(code, 0, note);
      assert.deepEqual(diagnosticsOf(project), []);
      const { devDependencies, name } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
      assert.deepEqual([name, devDependencies], ['my-own', undefined]);
    });
  }

  it('makes a project that a plain asc builds too', async () => {
    const project = join(directory, 'mine');
    await spagent('init', project);
    const { error, stderr } = await asc.main([
      '--baseDir',
      project,
      '--config',
      'asconfig.json',
      '--optimizeLevel',
      '0',
    ]);
    assert.equal(error, null, stderr.toString());
    assert.deepEqual(await readdir(join(project, 'build')), ['mine.wasm']);
  });

  it('leaves a folder alone that has something in it', async () => {
    await writeFile(join(directory, 'notes.txt'), '');
    const project = join(directory, 'a');
    await spagent('init', project);
    const { code, note } = await spagent('init', project);
    assert.deepEqual([code, note], [2, `error: ${project}: is not empty; name a new folder\n`]);
  });

  it('wants a name that Kubernetes takes', async () => {
    const { code, note } = await spagent('init', join(directory, 'My_Filter'));
    assert.equal(code, 2);
    assert.match(note, /name the folder with lower case letters, digits and -/);
  });
});

describe("Envoy's log in spagent dev", () => {
  it('is what the filter logged, and what Envoy warns of about it', () => {
    const prefix = '[2026-11-28 02:00:00.123][7]';
    const lines = [
      `${prefix}[info][wasm] [source/extensions/common/wasm/context.cc:1195] wasm log sp_agent add_header: SP hello: you`,
      `${prefix}[error][wasm] [source/extensions/common/wasm/context.cc:1201] wasm log: SP bad`,
      `${prefix}[error][wasm] [source/extensions/common/wasm/wasm_vm.cc:38] Function: proxy_on_request_headers failed`,
      `${prefix}[warning][main] [source/server/server.cc:1000] caught ENVOY_SIGTERM`,
      `${prefix}[debug][wasm] [x.cc:1] something`,
      'a line of another form',
    ];
    assert.deepEqual(wasmLogLines(lines), [
      { tone: 'faint', line: 'SP hello: you' },
      { tone: 'bad', line: 'SP bad' },
      { tone: 'bad', line: 'envoy: Function: proxy_on_request_headers failed' },
    ]);
  });
});
