#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: links out of the tree; a tracked directory replaced by a link; host must neither read nor write through them
ln -sf /etc/passwd leak; ln -sfn $HOME homedir; rm -rf dir; ln -s $HOME dir; ln -s loop loop
