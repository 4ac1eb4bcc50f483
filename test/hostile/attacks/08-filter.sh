#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: clean/smudge/process filter named by .gitattributes, defined in repo config
printf '* filter=x\n' > .gitattributes; git config filter.x.clean "$SC; cat"; git config filter.x.smudge "$SC; cat"; echo changed >> a.txt
