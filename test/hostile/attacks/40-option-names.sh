#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: names that are options, pathspec magic, shell or ignore syntax
SC="touch $(basename "$PWN")"
for n in "--output=pwned" "-rf" "--exec=$SC" ":(exclude)*" ":!a.txt" "!a.txt" "#c" "*" "[a]" '$('"$SC"')' "\`$SC\`" ";$SC" '"q"' "a
b" 'back\slash'; do printf '%s' "$n" > "./$n"; done
