#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: tasks that an editor runs when the folder is opened
mkdir -p .vscode .idea .devcontainer
printf '{"version":"2.0.0","tasks":[{"label":"x","type":"shell","command":"/usr/bin/touch %s","runOptions":{"runOn":"folderOpen"}}]}\n' "$PWN" > .vscode/tasks.json
printf '{"postCreateCommand":"/usr/bin/touch %s"}\n' "$PWN" > .devcontainer/devcontainer.json; printf '<x/>\n' > .idea/runConfigurations.xml
