/** The codes of holds. Apart from the schemas, so that showing a hold does not load them. */

/** Every hold there is. Anything else that goes wrong is reported under `move-failed`. */
export const HOLD_CODES = {
  'needs-answers': 'the request is ambiguous; questions are open',
  'approval-expired': 'nobody approved in time; what was shown is void',
  'plan-invalid': 'the task graph cannot be run',
  'budget-exhausted': 'the daily budget is used up',
  'claude-window': 'the subscription window is used up',
  'window-share': 'the rest of the subscription window is kept for the operator',
  'claude-auth': 'the coder could not log in',
  'claude-credit': 'the account has no credit',
  'claude-model': 'the coder refused the model',
  'paid-lane': 'the run was billed to a paid lane that policy does not allow',
  'lane-unproven': 'nothing proves that the run used the lane that was wanted',
  'coder-missing': 'the coder program is not there, or not one that aedev can drive',
  'coder-transient': 'the provider or the line is in passing trouble',
  'coder-failed': 'the coder gave up more often than policy allows',
  'run-lost': 'runs were lost more often than policy allows',
  'HOLD-CLAUDE-DOCKER-IMAGE': 'the container image is missing or not the pinned one',
  'HOLD-CLAUDE-AUTH-IN-DOCKER': 'no usable login for the coder inside the container',
  'sandbox-engine': 'no container engine answers',
  'sandbox-not-opted-in': 'this sandbox tier was not allowed by the operator',
  'source-unavailable': 'the repo cannot be read',
  'refused-tree': 'what the coder left cannot be committed safely',
  'secret-found': 'a credential is in the change',
  'push-gate': 'the push gate refused the change',
  'rework-exhausted': 'the change was sent back as often as policy allows',
  'judge-missing': 'fewer than two judge families are configured',
  'judge-auth': 'a judge refused its key',
  'judge-inconclusive': 'the judges gave no clear answer',
  'awaiting-merge-approval': 'the risk asks for the operator to approve the merge',
  'high-risk': 'aedev never merges high-risk changes',
  'remote-writes-off': 'system.allow_remote_writes is false',
  'forge-access': 'the forge refuses the credential, or what it may do is too little',
  'forge-limit': 'a rate limit of the forge is used up',
  'forge-waits': 'the forge is not ready to merge it yet',
  'merge-tree-differs': 'the merged tree is not the judged one',
  'repo-paused': 'the repo is paused after an alarm',
  'foreign-push': 'somebody else pushed to the branch; the evidence is void',
  'disk-full': 'the disk is full, or nearly so',
  'cache-setup': "the setup command of a repo's dependency cache failed",
  'move-failed': 'a step failed more often than policy allows',
} as const;
export type HoldCode = keyof typeof HOLD_CODES;
/** Codes from executors are data: an unknown one must not invent a hold that nobody documented. */
export const holdCode = (code: string): HoldCode =>
  Object.hasOwn(HOLD_CODES, code) ? (code as HoldCode) : 'move-failed';
