/** The files that `aedev init` writes: short, only what an operator must decide. */
import { schemaName } from './json-schema.ts';

/** `operator` must have passed the check of the policy's schema. */
export function defaultPolicies(operator: string): string {
  return `# yaml-language-server: $schema=${schemaName('policies.yaml')}
# What aedev may do. Everything left out has a default: \`aedev config show\` lists all values and
# where each comes from; \`aedev config check\` tells what is wrong, with the line.
# From when a change counts: "When you change the policy" in docs/operations.md.

system:
  # Your name in the log: approvals are recorded as operator:<name>.
  operator: ${JSON.stringify(operator)}
  # false: nothing is pushed, opened, commented or merged outside this folder.
  allow_remote_writes: false

# Two judges of different families read what a coder changed. With fewer than two, finished work
# waits for you. key_env is the NAME of an environment variable that holds the key.
judges:
  families: []
  # - { family: openai, protocol: openai, model: MODEL, key_env: OPENAI_API_KEY }
  # - { family: gemini, protocol: gemini, model: MODEL, key_env: GEMINI_API_KEY }
  # A local server needs no key:
  # - { family: qwen, protocol: openai, model: MODEL, base_url: "http://127.0.0.1:11434/v1" }

# Where coders run. auto: docker when a container engine answers, else srt, the system's own
# sandbox. process isolates nothing, and needs allow_process: true.
sandbox:
  tier: auto
  allow_process: false

# Limits per UTC day, reserved before each run; null is no limit.
budgets:
  global:
    runs_per_day: 50
    cost_usd_per_day: null
  per_repo:
    runs_per_day: 25
`;
}

export function defaultRepos(): string {
  return `# yaml-language-server: $schema=${schemaName('repos.yaml')}
# The repos aedev works on. \`aedev repo add PATH\` and \`aedev repo remove ID\` edit this file and
# keep your comments. An entry by hand:
#   - id: shop
#     source: /full/path/to/shop
#     branch: main
#     verify:
#       - argv: [npm, test]

repos: []
`;
}
