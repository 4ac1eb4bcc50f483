#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: stale locks / unreadable dirs make host git fail
: > "$G/index.lock"; : > "$C/config.lock"; mkdir -p priv; echo s > priv/s; chmod 000 priv
