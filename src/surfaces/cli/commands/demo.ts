import type { DemoOptions, Host } from '../host.ts';

export const demo = (
  host: Host,
  options: {
    json?: boolean;
    sandbox?: DemoOptions['sandbox'];
    coder?: DemoOptions['coder'];
    keep?: boolean;
  },
): Promise<number> =>
  host.demo({
    json: options.json === true,
    sandbox: options.sandbox ?? null,
    coder: options.coder ?? null,
    keep: options.keep === true,
  });
