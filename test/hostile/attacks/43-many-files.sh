#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: more files than anyone would commit
node -e 'const fs=require("fs");fs.mkdirSync("many");for(let i=0;i<3000;i++)fs.writeFileSync("many/"+i,"")'
