#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: links, pipes and folders where the host writes what the run came to
cd ..; rm -rf result.json cli-envelope.json; ln -s "$HOME/secret.txt" result.json; mkfifo cli-envelope.json; mkdir -p private/x; ln -sf "$HOME/secret.txt" private/out; mkdir -p deep/deep/deep; chmod 000 deep
