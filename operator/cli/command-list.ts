import type { ListedCommand } from './listed-command.ts';

/** Every command, in the order of `spagent --help`. To add one, write a file in `commands/` and a line here. */
export const commandList: readonly ListedCommand[] = [
  {
    usage: 'init <directory>',
    summary: 'Begin a filter of your own: source, configuration, test and settings for editors',
    load: () => import('./commands/init.ts'),
  },
  {
    usage: 'dev <directory>',
    summary: 'Run a filter of your own in a local Envoy in front of a server; a save reloads it',
    load: () => import('./commands/dev.ts'),
  },
  {
    usage: 'build',
    summary: 'Compile the filter, check it and print its digest',
    load: () => import('./commands/build.ts'),
  },
  {
    usage: 'push <image>',
    summary: 'Push a module to an OCI registry, from where the operator and Istio can take it',
    load: () => import('./commands/push.ts'),
  },
  {
    usage: 'test',
    summary: 'Run the filter in a local Envoy: a miss, a save and a hit',
    load: () => import('./commands/test.ts'),
  },
  {
    usage: 'record',
    summary: 'Record the traffic to a server through a local Envoy, into a file',
    load: () => import('./commands/record.ts'),
  },
  {
    usage: 'replay <recordings>',
    summary: 'Answer requests from a file of recordings, or of a browser (HAR), through a local Envoy',
    load: () => import('./commands/replay.ts'),
  },
  {
    usage: 'render',
    summary: 'Print the Istio resources that the operator would apply, without a cluster',
    load: () => import('./commands/render.ts'),
  },
  {
    usage: 'deploy <agent>',
    summary: 'Create or change an agent from flags, and wait until every pod runs it',
    load: () => import('./commands/deploy.ts'),
  },
  {
    usage: 'status [agent]',
    summary: 'List agents, or show one as a tree of revisions, workloads and pods',
    load: () => import('./commands/status.ts'),
  },
  {
    usage: 'dashboard',
    summary: 'Show agents and their rollouts on a page of this machine, with your own rights',
    load: () => import('./commands/dashboard.ts'),
  },
  {
    usage: 'history <agent>',
    summary: 'Show the revisions of an agent, what changed in each, and its outcome',
    load: () => import('./commands/history.ts'),
  },
  {
    usage: 'diff <agent>',
    summary: 'Show what changed in the spec since the previous revision',
    load: () => import('./commands/diff.ts'),
  },
  {
    usage: 'undo <agent>',
    summary: 'Go back to the spec of an earlier revision, after showing what changes',
    load: () => import('./commands/undo.ts'),
  },
  {
    usage: 'promote <agent>',
    summary: 'End the wait of the present step of a rollout: its bake and its approval',
    load: () => import('./commands/promote.ts'),
  },
  {
    usage: 'abort <agent>',
    summary: 'Fail the revision that is rolled out, so that it is rolled back',
    load: () => import('./commands/abort.ts'),
  },
  {
    usage: 'pause <agent>',
    summary: 'Pause a rollout; a workload that is already restarting finishes',
    load: () => import('./commands/pause.ts'),
  },
  {
    usage: 'resume <agent>',
    summary: 'Resume a paused rollout',
    load: () => import('./commands/resume.ts'),
  },
  {
    usage: 'retry <agent>',
    summary: 'Roll out again a revision that failed',
    load: () => import('./commands/retry.ts'),
  },
  {
    usage: 'restart <agent>',
    summary: "Restart an agent's workloads by their own rolling updates, one after the other",
    load: () => import('./commands/restart.ts'),
  },
  {
    usage: 'remove <agent>',
    summary: 'Delete an agent: proxies drop the filter at once, nothing restarts',
    load: () => import('./commands/remove.ts'),
  },
  {
    usage: 'logs <agent>',
    summary: "Show the filter's lines in the logs of an agent's proxies",
    load: () => import('./commands/logs.ts'),
  },
  {
    usage: 'backend',
    summary: 'Run the development backend until Ctrl-C. It is not the hosted Softprobe service',
    load: () => import('./commands/backend.ts'),
  },
  {
    usage: 'doctor',
    summary: 'Check cluster, Istio, operator, permissions, modules and agents, and print what to do',
    load: () => import('./commands/doctor.ts'),
  },
  {
    usage: 'support-bundle',
    summary: 'Write an archive for whoever helps you: agents, revisions, pods, findings, no secrets',
    load: () => import('./commands/support-bundle.ts'),
  },
  {
    usage: 'version',
    summary: 'Print the versions of spagent, the operator and Kubernetes',
    load: () => import('./commands/version.ts'),
  },
  {
    usage: 'completion <shell>',
    summary: 'Print a script that completes commands and options, for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
];
