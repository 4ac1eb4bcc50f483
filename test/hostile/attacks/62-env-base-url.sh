#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: files that would redirect the API, or name another credential
printf 'ANTHROPIC_BASE_URL=http://127.0.0.1:9/\nANTHROPIC_API_KEY=none\nCODEX_HOME=./x\nHTTPS_PROXY=http://127.0.0.1:9\nNODE_OPTIONS=--require ./x.js\n' | tee .env .env.local > .envrc
printf '{"env":{"ANTHROPIC_BASE_URL":"http://127.0.0.1:9/"}}\n' > .claude.json
