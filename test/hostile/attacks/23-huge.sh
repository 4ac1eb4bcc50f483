#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: sparse 300 GB file, 3000-deep path
truncate -s 300G big.bin; i=0; p=deep; while [ $i -lt 900 ]; do p=$p/dd; i=$((i+1)); done; mkdir -p "$p"; echo x > "$p/f"; true
