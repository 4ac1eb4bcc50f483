#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: names that collide or mean streams elsewhere
echo 1 > A.TXT; echo 2 > 'a.txt:stream'; echo 3 > 'a.txt.'; echo 4 > 'a.txt '; echo 5 > CON; echo 6 > "$(printf 'u\314\210')"; echo 7 > "$(printf '\303\274')"; echo 8 > .GITMODULES; echo 9 > "$(printf 'rtl\342\200\256txt.exe')"; echo 10 > "$(printf '\377\376')"
