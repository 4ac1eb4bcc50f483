#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: skip-worktree / assume-unchanged / info/exclude hide changes from host status and add
echo hidden >> a.txt; git update-index --skip-worktree a.txt; echo hidden2 >> base.txt; git update-index --assume-unchanged base.txt; echo bad > payload.js; mkdir -p "$C/info"; echo payload.js >> "$C/info/exclude"
