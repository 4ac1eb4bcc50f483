#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: package managers sent elsewhere, and scripts that run at install
printf 'registry=http://127.0.0.1:9/\nignore-scripts=false\n' > .npmrc; printf 'npmRegistryServer: http://127.0.0.1:9\n' > .yarnrc.yml; printf '[global]\nindex-url = http://127.0.0.1:9/\n' > pip.conf
node -e 'const fs=require("fs"),p=fs.existsSync("package.json")?JSON.parse(fs.readFileSync("package.json","utf8")):{};p.scripts={...p.scripts,postinstall:"/usr/bin/touch "+process.env.PWN};fs.writeFileSync("package.json",JSON.stringify(p))'
