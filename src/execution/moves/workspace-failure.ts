/** What a workspace error means for the task: a hold code where the operator can help. */
import { failure } from '../../control/failure.ts';
import { WorkspaceError } from '../workspace/workspace.ts';

const SOURCE = ['not-a-repo', 'empty-repo', 'no-branch', 'source-gone', 'unsupported'];
const TREE = ['refused-tree', 'no-tree', 'object-check', 'too-large'];

/** Other errors go on. */
export function workspaceFailure(error: unknown): ReturnType<typeof failure> {
  if (!(error instanceof WorkspaceError)) throw error;
  if (SOURCE.includes(error.tag))
    return failure({
      code: 'source-unavailable',
      reason: error.message,
      remedy: 'mend the repo or its entry in repos.yaml',
    });
  if (error.tag === 'diverged')
    return failure({
      code: 'source-diverged',
      reason: error.message,
      remedy: 'bring them together in your repo, e.g. with the command above',
    });
  if (error.tag === 'unreachable')
    return failure({
      code: 'source-unavailable',
      reason: error.message,
      remedy: 'look whether the network and the host work, and whether the credential may read it',
      retryable: true,
    });
  if (TREE.includes(error.tag))
    return failure({
      code: 'refused-tree',
      reason: error.message,
      remedy: '`aedev task retry` starts over',
    });
  if (error.tag === 'disk-full')
    return failure({
      code: 'disk-full',
      reason: error.message,
      remedy: 'free some disk space',
      retryable: true,
    });
  return failure({ code: 'git', reason: error.message, retryable: true });
}
