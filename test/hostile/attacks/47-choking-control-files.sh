#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: attribute and ignore files made to choke the reader
node -e 'const fs=require("fs");fs.writeFileSync(".gitattributes","* "+"x".repeat(5000)+"\n");fs.writeFileSync(".gitignore",("**/"+"a*".repeat(40)+"b\n").repeat(200));fs.writeFileSync("a".repeat(200),"x")'
