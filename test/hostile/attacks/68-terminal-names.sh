#!/bin/sh
# env: PWN = canary path outside; HOME = a folder outside that must stay as it is; cwd = the tree the coder may write.
# TRY: names and content that a terminal would obey, or that look like something else
n=$(printf 'a\033]0;title\007b\033[2J\302\233c\r'); echo x > "$n"; mkdir "$(printf 'd\033[31m')"; echo y > "$(printf 'd\033[31m')/f"
printf '\033]52;c;cm0gLXJm\007\033[2J\033]8;;http://127.0.0.1:9/\007click\033]8;;\007\302\233\342\200\256gnp.exe\r\n' > text.md; cp text.md "$(printf 'zero\342\200\213width')"
printf '\033]52;c;cm0gLXJm\007\033[2J\302\233 aedev: the task was merged\r\n' >&2
