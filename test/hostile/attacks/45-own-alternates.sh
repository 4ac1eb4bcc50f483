#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: own alternates and forged objects in the own store
mkdir -p .git/objects/info .evil; B=$(git rev-parse HEAD:a.txt); T=$(git rev-parse 'HEAD^{tree}'); echo "$PWD/.evil" > .git/objects/info/alternates
for O in "$B" "$T"; do mkdir -p ".git/objects/$(echo "$O" | cut -c1-2)"; node -e 'const c=Buffer.from("FORGED\n");require("fs").writeFileSync(process.argv[1],require("zlib").deflateSync(Buffer.concat([Buffer.from("blob "+c.length+"\0"),c])))' ".git/objects/$(echo "$O" | cut -c1-2)/$(echo "$O" | cut -c3-)"; done
echo real > new.txt
