#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: same size, mtime restored: the stat cache must still see it (ctime)
cp -p a.txt $HOME/ref; S=$(wc -c < a.txt); head -c $S /dev/zero | tr '\0' 'Z' > a.txt; touch -r $HOME/ref a.txt
