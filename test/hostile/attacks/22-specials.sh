#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: fifo new, tracked file replaced by fifo, unix socket, device node; host must not hang
mkfifo newfifo; rm -f a.txt; mkfifo a.txt; mknod dev c 1 5 2>/dev/null; node -e 'require("net").createServer().listen("sock",()=>process.kill(process.pid,9))' 2>/dev/null; mkfifo .gitattributes; mkfifo .gitignore; true
