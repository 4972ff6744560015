export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A command with its flags. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
}

/** A script that completes the names of commands and their flags, in a shell's own language. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands);
    case 'zsh':
      // zsh runs completion functions of bash.
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
    case 'fish':
      return fishScript(commands);
  }
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(({ name, options }) => `    ${name}) words="${options.join(' ')}" ;;`);
  return [
    '_spagent() {',
    '  local words',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${names} help"; fi`,
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    // Where nothing matches, files do.
    'complete -o default -F _spagent spagent',
    '',
  ].join('\n');
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const quote = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
  return commands
    .flatMap(({ name, summary, options }) => [
      `complete -c spagent -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
      ...options.map((option) => {
        const flag = option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`;
        return `complete -c spagent -n '__fish_seen_subcommand_from ${name}' ${flag}`;
      }),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
