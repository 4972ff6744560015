import { Command, InvalidArgumentError, Option } from 'commander';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { once } from 'node:events';
import { pino } from 'pino';
import { messageOf } from '../api/errors.ts';
import { dnsSubdomainLengthMax, dnsSubdomainPattern } from '../api/names.ts';
import { backendPatternForm, unrestrictedPolicy, type OperatorPolicy } from '../api/policy.ts';
import { parseSignaturePolicy } from '../artifact/signatures/parse-policy.ts';
import type { SignaturePolicy } from '../artifact/signatures/policy.ts';
import { byteCount } from '../api/units.ts';
import { startOperator, type Operator, type OperatorOptions } from './operator.ts';

interface Flags {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly listen: string;
  readonly probeListen: string;
  readonly metricsListen: string;
  readonly moduleBaseUrl?: string;
  readonly leaderElect: boolean;
  readonly concurrency: number;
  readonly logLevel: string;
  readonly verifyProxies: boolean;
  readonly allowPrivateUrls: boolean | readonly string[];
  readonly maxWorkloadsInMotion?: number | string;
  readonly moduleBudget: number;
  readonly moduleBudgetNamespace: number;
  readonly deniedNetworks: readonly string[];
  readonly watchNamespaces?: readonly string[];
  readonly excludedNamespaces: readonly string[];
  readonly defaultBackendUrl?: string;
  readonly allowedBackends?: readonly string[];
  readonly customFilters: OperatorPolicy['customFilters'];
  readonly clusterDomain: string;
  readonly signaturePolicy?: SignaturePolicy;
}

/** Milliseconds for an orderly end; Kubernetes gives 30 s. */
const shutdownMilliseconds = 10_000;

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 100) return number;
  throw new InvalidArgumentError('give a number from 1 to 100.');
}

const mebibyte = 1024 ** 2;

function size(text: string): number {
  if (!/^[0-9]{1,9}Mi$/.test(text)) throw new InvalidArgumentError('give a size such as 128Mi.');
  return byteCount(text);
}

function countOrShare(text: string): number | string {
  if (/^([1-9][0-9]?|100)%$/.test(text)) return text;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 100_000) return number;
  throw new InvalidArgumentError('give a number of workloads, or a share such as 5%.');
}

function list(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

function backendPatterns(text: string): string[] {
  const patterns = list(text);
  const bad = patterns.find((pattern) => !backendPatternForm.test(pattern));
  if (bad === undefined) return patterns;
  throw new InvalidArgumentError(`"${bad}" is not a host such as backend.example.com or *.example.com:443.`);
}

function domain(text: string): string {
  if (dnsSubdomainPattern.test(text) && text.length <= dnsSubdomainLengthMax) return text;
  throw new InvalidArgumentError('give a domain such as cluster.local.');
}

function signaturePolicy(file: string): SignaturePolicy {
  try {
    return parseSignaturePolicy(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InvalidArgumentError(`${file} cannot be used: ${messageOf(error)}`);
  }
}

function signatureOption(): Option {
  return new Option(
    '--signature-policy <file>',
    'JSON: whether modules must be signed, by whom, and the trusted root of keyless signatures',
  ).argParser(signaturePolicy);
}

/** The API server's own address: no URL of a user's leads there, whatever private networks are allowed. */
function apiServerNetwork(): string[] {
  const host = process.env['KUBERNETES_SERVICE_HOST'] ?? '';
  const bits = { 0: undefined, 4: 32, 6: 128 }[isIP(host)];
  return bits === undefined ? [] : [`${host}/${bits}`];
}

function motionOption(): Option {
  return new Option(
    '--max-workloads-in-motion <count>',
    'workloads of the cluster that restart at once: a number, or a share of those with a filter (default: 10 or 5%, the larger)',
  ).argParser(countOrShare);
}

function parseFlags(): Flags {
  const program = new Command('sp-agent')
    .description('The operator of SP Agent: rolls the filter of each SpAgent out to its proxies.')
    .option('--kubeconfig <file>', 'the cluster to talk to (default: the pod’s own, else KUBECONFIG)')
    .option(
      '--namespace <name>',
      'namespace of the operator, for modules and the lease',
      process.env['POD_NAMESPACE'] ?? 'sp-system',
    )
    .option('--listen <[host]:port>', 'where modules are served', ':8080')
    .option('--probe-listen <[host]:port>', 'where /healthz and /readyz are served', ':8081')
    .option('--metrics-listen <[host]:port>', 'where /metrics is served', ':9090')
    .option('--module-base-url <url>', 'how proxies reach it (default: http://sp-agent.<namespace>.svc:8080)')
    .option('--leader-elect', 'reconcile only while holding the lease sp-agent', false)
    .option('--concurrency <count>', 'agents that are reconciled at the same time', count, 4)
    .addOption(
      new Option('--log-level <level>', 'what is logged, and all that is worse')
        .choices(Object.keys(pino.levels.values))
        .default('info'),
    )
    .option('--no-verify-proxies', 'do not ask proxies whether they run the filter')
    .option(
      '--allow-private-urls [networks]',
      'fetch modules from private addresses too: from all, or from these networks (10.0.0.0/8,...)',
      (text) => list(text),
      false as boolean | readonly string[],
    )
    .option(
      '--module-budget <size>',
      'space that all modules may take in the cluster, compressed',
      size,
      128 * mebibyte,
    )
    .option(
      '--module-budget-namespace <size>',
      'space that the modules of one namespace may take',
      size,
      32 * mebibyte,
    )
    .option('--denied-networks <networks>', 'never fetch modules from these (10.96.0.0/12,...)', list, [])
    .option('--watch-namespaces <names>', 'watch these alone, separated by commas (default: all)', list)
    .option('--excluded-namespaces <names>', 'refuse agents of these, separated by commas', list, [])
    .option('--default-backend-url <url>', 'backend of agents that name none (default: each must name one)')
    .option(
      '--allowed-backends <hosts>',
      'hosts that backends may have, such as backend.example.com,*.shop.svc.cluster.local:8787 (default: all)',
      backendPatterns,
    )
    .option(
      '--cluster-domain <domain>',
      "domain of the cluster's Services, as its DNS has it",
      domain,
      unrestrictedPolicy.clusterDomain,
    )
    .addOption(
      new Option('--custom-filters <rule>', 'filters other than the bundled one')
        .choices(['Allow', 'Deny'])
        .default('Allow'),
    )
    .addOption(signatureOption())
    .addOption(motionOption())
    .addHelpText(
      'after',
      '\nExit code 0: ended as asked; 1: cannot start, or the lease is lost; 2: wrong usage',
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  return program.parse().opts<Flags>();
}

async function main(): Promise<void> {
  const flags = parseFlags();
  const log = pino({ level: flags.logLevel });
  const identity = `${process.env['POD_NAME'] ?? hostname()}-${randomUUID().slice(0, 8)}`;
  const options: OperatorOptions = {
    kubeconfig: flags.kubeconfig,
    namespace: flags.namespace,
    identity,
    listen: { modules: flags.listen, probes: flags.probeListen, metrics: flags.metricsListen },
    moduleBaseUrl: flags.moduleBaseUrl ?? `http://sp-agent.${flags.namespace}.svc:8080`,
    leaderElect: flags.leaderElect,
    concurrency: flags.concurrency,
    maxWorkloadsInMotion: flags.maxWorkloadsInMotion,
    verifyProxies: flags.verifyProxies,
    storeBudget: { totalBytes: flags.moduleBudget, namespaceBytes: flags.moduleBudgetNamespace },
    addresses: {
      allowPrivate: flags.allowPrivateUrls,
      denied: [...flags.deniedNetworks, ...apiServerNetwork()],
    },
    watchNamespaces: flags.watchNamespaces,
    policy: {
      defaultBackendUrl: flags.defaultBackendUrl,
      allowedBackends: flags.allowedBackends,
      customFilters: flags.customFilters,
      excludedNamespaces: flags.excludedNamespaces,
      clusterDomain: flags.clusterDomain,
    },
    signatures: flags.signaturePolicy,
    log,
  };
  const operator = await start(options);
  log.info(operator.urls, 'started');
  const reason = await Promise.race([
    once(process, 'SIGTERM').then(() => 'SIGTERM'),
    once(process, 'SIGINT').then(() => 'SIGINT'),
    operator.lost.then((lost) => {
      // Another one leads: whatever is in progress here must not continue beside it.
      log.fatal({ reason: lost }, 'the lease is lost');
      process.exit(1);
    }),
  ]);
  log.info({ reason }, 'ending');
  setTimeout(() => process.exit(1), shutdownMilliseconds).unref();
  await operator[Symbol.asyncDispose]();
  log.info('ended');
  process.exit(0);
}

async function start(options: OperatorOptions): Promise<Operator> {
  try {
    return await startOperator(options);
  } catch (error) {
    options.log.fatal({ error: messageOf(error) }, 'the operator cannot start');
    process.exit(1);
  }
}

await main();
