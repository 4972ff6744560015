import { createHash, hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { goPlatform } from '../tools/spec.ts';

/** One thing in an image's file system. The path is absolute. The owner is root by default. */
export type ImageEntry = { readonly path: string; readonly mode?: number; readonly uid?: number } & (
  | { readonly file: string }
  | { readonly content: string | Buffer }
  | { readonly link: string }
  | { readonly directory: true }
);

/** The part of the OCI image configuration that we use (opencontainers/image-spec, config.md). */
export interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
}

export interface ImageArchive {
  /** Where the archive is written. */
  readonly output: string;
  /** What a pod names: `local/pause:1`. */
  readonly reference: string;
  /** Lowest first. Parent folders need no entry of their own. */
  readonly layers: readonly (readonly ImageEntry[])[];
  readonly config: ImageConfig;
}

interface EntryHeader {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink';
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly linkname?: string;
}

/** The same input gives the same bytes. */
const mtime = new Date(0);

function writeEntry(tar: Pack, header: EntryHeader, body: Buffer): void {
  tar.entry({ mtime, ...header }, body);
}

async function writeFile(tar: Pack, header: EntryHeader, file: string): Promise<void> {
  const { size } = await stat(file);
  await pipeline(createReadStream(file), tar.entry({ mtime, ...header, size }));
}

async function writeLayer(tar: Pack, entries: readonly ImageEntry[]): Promise<void> {
  for (const entry of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const owner = entry.uid ?? 0;
    const header = { name: entry.path.slice(1), uid: owner, gid: owner };
    if ('directory' in entry) {
      writeEntry(tar, { ...header, type: 'directory', mode: entry.mode ?? 0o755 }, Buffer.alloc(0));
    } else if ('link' in entry) {
      writeEntry(tar, { ...header, type: 'symlink', linkname: entry.link }, Buffer.alloc(0));
    } else if ('content' in entry) {
      writeEntry(tar, { ...header, mode: entry.mode ?? 0o644 }, Buffer.from(entry.content));
    } else {
      await writeFile(
        tar,
        { ...header, mode: entry.mode ?? (await stat(entry.file)).mode & 0o777 },
        entry.file,
      );
    }
  }
  tar.finalize();
}

/** Writes a layer's tar into a file and returns the SHA-256 of its bytes. */
async function layerFile(file: string, entries: readonly ImageEntry[]): Promise<string> {
  const tar = pack();
  const hash = createHash('sha256');
  const digest = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await Promise.all([writeLayer(tar, entries), pipeline(tar, digest, createWriteStream(file))]);
  return hash.digest('hex');
}

/**
 * Writes an image as `docker save` does, without Docker: what `ctr images import`, `docker load` and
 * `kind load image-archive` read.
 */
export async function writeImageArchive({ output, reference, layers, config }: ImageArchive): Promise<void> {
  const scratch = await mkdtemp(join(dirname(output), '.layers-'));
  try {
    const files: { path: string; digest: string }[] = [];
    for (const [index, entries] of layers.entries()) {
      const path = join(scratch, String(index));
      files.push({ path, digest: await layerFile(path, entries) });
    }
    const image = Buffer.from(
      JSON.stringify({
        architecture: goPlatform.architecture,
        os: 'linux',
        config,
        rootfs: { type: 'layers', diff_ids: files.map(({ digest }) => `sha256:${digest}`) },
      }),
    );
    const name = hash('sha256', image);
    const manifest = [
      {
        Config: `${name}.json`,
        RepoTags: [reference],
        Layers: files.map(({ digest }) => `${digest}.tar`),
      },
    ];
    const tar = pack();
    const write = async () => {
      for (const { path, digest } of files) await writeFile(tar, { name: `${digest}.tar` }, path);
      writeEntry(tar, { name: `${name}.json` }, image);
      writeEntry(tar, { name: 'manifest.json' }, Buffer.from(JSON.stringify(manifest)));
      tar.finalize();
    };
    await Promise.all([write(), pipeline(tar, createWriteStream(output))]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
