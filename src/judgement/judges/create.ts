/** Builds a judge of any protocol from plain configuration. */
import { assembleJudge, type MaterialDeps } from './assemble.ts';
import type { CliHost } from './cli.ts';
import { endpointOf, isCliProtocol, type JudgeConfig } from './endpoint.ts';
import { type Judge, JudgeError, type JudgeProblem } from './judge.ts';
import { cliProblems, overCli } from './over-cli.ts';
import { type HttpDeps, overHttp } from './over-http.ts';

export interface JudgeDeps extends MaterialDeps, HttpDeps {
  /** Reads one environment variable; called when judging, so that a key set later is found. */
  env: (name: string) => string | undefined;
  /** For the protocols of installed CLIs; without it they are a configuration problem. */
  cli?: CliHost;
}

export function createJudge(config: JudgeConfig, deps: JudgeDeps): Judge {
  return assembleJudge(
    config,
    deps,
    isCliProtocol(config.protocol) ? byCli(config, deps) : byHttp(config, deps),
  );
}

function byHttp(config: JudgeConfig, deps: JudgeDeps) {
  const look = () => endpointOf(config, deps.env);
  return {
    check: () => look().problems,
    open() {
      const { endpoint } = look();
      if (endpoint === null)
        throw new JudgeError('config', `Judge ${config.family} changed while it was asked.`);
      return overHttp(config, endpoint, deps);
    },
  };
}

function byCli(config: JudgeConfig, deps: JudgeDeps) {
  return {
    check: (): JudgeProblem[] => cliProblems(config, deps.cli),
    open() {
      const { cli } = deps;
      if (cli === undefined)
        throw new JudgeError('config', `Judge ${config.family}: no program can be run here.`);
      return overCli(config, cli);
    },
  };
}
