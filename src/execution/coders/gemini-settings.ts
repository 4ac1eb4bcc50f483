/** The gemini CLI's own settings for a run: names of 0.61.0, checked by its schema when it starts. */

/**
 * Every way out of the task is closed here a second time: nothing of the tree is looked at (the CLI
 * does not start in it), and what it could bring is off all the same.
 * @param of.key variable that commands of the model must not see
 */
export function geminiSettings(of: {
  key: string;
  maxTurns: number | null;
  maxAttempts: number;
}): object {
  return {
    general: {
      enableAutoUpdate: false,
      enableAutoUpdateNotification: false,
      maxAttempts: of.maxAttempts,
      checkpointing: { enabled: false },
      plan: { enabled: false },
      topicUpdateNarration: false,
    },
    ...(of.maxTurns === null ? {} : { model: { maxSessionTurns: of.maxTurns } }),
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    security: {
      auth: { selectedType: 'gemini-api-key' },
      folderTrust: { enabled: false },
      // Off by default: every command that the model runs would have the key in its environment.
      environmentVariableRedaction: { enabled: true, blocked: [of.key] },
    },
    advanced: { ignoreLocalEnv: true },
    hooksConfig: { enabled: false },
    skills: { enabled: false },
    mcp: { allowed: [] },
    experimental: { enableAgents: false, extensionManagement: false },
    tools: {
      core: [
        'list_directory',
        'read_file',
        'grep_search',
        'glob',
        'replace',
        'write_file',
        'run_shell_command',
        'write_todos',
      ],
      // Its terminal needs a native module that is not installed.
      shell: { enableInteractiveShell: false },
      // Fetched from the network when it is not there.
      useRipgrep: false,
    },
    ui: { showCompatibilityWarnings: false },
  };
}

/** Stands in every prompt: without it commands would run in the CLI's own empty folder. */
export const geminiContext = (repo: string): string =>
  `The repository to work on is ${repo}. Read and change only files in it, by their absolute paths.\nRun every shell command with \`dir_path\` set to ${repo} or a folder in it.\n`;
