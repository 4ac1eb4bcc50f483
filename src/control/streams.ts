/** The names of streams. Apart from the schemas, so that reading states does not load them. */
export const streamOf = {
  mission: (id: string) => `mission/${id}`,
  task: (id: string) => `task/${id}`,
  repo: (id: string) => `repo/${id}`,
  budget: 'budget/all',
  account: (family: string) => `account/${family}`,
  system: 'system/main',
  refusals: 'refusals/all',
} as const;
