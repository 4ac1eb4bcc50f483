#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: refs/replace so that host diff/log shows harmless content while push sends the real one
echo EVIL-REAL > a.txt; git add a.txt; R=$(git rev-parse :a.txt); git -c user.name=a -c user.email=a@a commit -qm real; F=$(echo harmless | git hash-object -w --stdin); git replace -f $R $F
