#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: .git in every spelling and kind, at the top and below
rm -rf .git; mkfifo .git
mkdir -p s/1 s/2 s/3 s/4 s/5 s/6 .GIT
printf 'gitdir: %s\n' "$PWD/.GIT" > s/1/.git; ln -s ../../.GIT s/2/.git; mkfifo s/3/.git
mkdir 's/4/.git ' 's/5/git~1' s/6/$(printf '.g\342\200\214it'); : > 's/4/.git::$INDEX_ALLOCATION'; : > 's/5/x\.git'
git init -q --bare .GIT; git --git-dir=.GIT config core.fsmonitor "/usr/bin/touch $PWN; false"
