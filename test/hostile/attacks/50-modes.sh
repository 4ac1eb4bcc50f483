#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: modes: set-uid, unreadable files and folders, a locked top
echo s > suid; chmod 4755 suid; mkdir -p p/q; echo x > p/q/r; chmod 000 p/q/r p/q p a.txt .
