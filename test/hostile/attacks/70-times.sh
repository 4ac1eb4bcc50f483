#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: time stamps before, beyond and right at what an index can hold
for t in 190112132045 203801190314 210602070628 244601010000 197001010000; do touch -t "$t" "t$t" 2>/dev/null || : > "t$t"; done; touch -d @-1 a.txt 2>/dev/null; true
