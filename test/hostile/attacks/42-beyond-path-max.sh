#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: folders nested deeper than a path can name
node -e 'const n="d".repeat(250);for(let i=0;i<40;i++){require("fs").mkdirSync(n);process.chdir(n)}require("fs").writeFileSync("f","x");require("fs").mkdirSync(".git")'
