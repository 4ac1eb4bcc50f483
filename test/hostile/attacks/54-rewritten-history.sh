#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: own commits on a rewritten history, notes, grafts, shallow file
echo mine > a.txt; git commit -qam mine; git checkout -q --orphan other; git commit -qm orphan; git rev-parse HEAD > .git/shallow; mkdir -p .git/info; git rev-parse HEAD > .git/info/grafts; git replace -f HEAD~0 HEAD 2>/dev/null; git notes add -m x 2>/dev/null; true
