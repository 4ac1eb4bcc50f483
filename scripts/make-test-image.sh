#!/bin/sh
# Builds a small Linux image for the sandbox tests from this machine's own files, without a
# registry: node, git, a shell, common tools, the libraries they need, and the CA file.
# Prints the image id (sha256:…) on stdout. An image made from the same files is used again.
# Usage: make-test-image.sh [--runner] [--with-claude DIR] [--with-codex DIR] [--with-gemini DIR]
#                           [--lib DIR] [NAME]
#   --runner   an image that does all that one of `aedev image build` does (after `npm run build`):
#              put what this prints into `aedev image check ID --record`
#   --with-claude DIR   DIR holds the pinned claude CLI as npm installs it
#                       (ensureClaudeCli in src/demo/claude-cli.ts); with --runner: .tools/claude
#   --with-codex DIR, --with-gemini DIR   as `node scripts/install-coder.mjs` installs them
#   --lib DIR  compiled src/execution/coders and src/lib; with --runner: dist
set -eu

HERE=$(cd "$(dirname "$0")/.." && pwd)
CLAUDE='' CODEX='' GEMINI='' LIB='' RUNNER=''
while :; do
  case ${1:-} in
    --runner) RUNNER=1; shift ;;
    --with-claude) CLAUDE=${2:?--with-claude needs a folder}; shift 2 ;;
    --with-codex) CODEX=${2:?--with-codex needs a folder}; shift 2 ;;
    --with-gemini) GEMINI=${2:?--with-gemini needs a folder}; shift 2 ;;
    --lib) LIB=${2:?--lib needs a folder}; shift 2 ;;
    *) break ;;
  esac
done
NAME=aedev-test-image${CLAUDE:+-claude}${CODEX:+-codex}${GEMINI:+-gemini}${LIB:+-lib}
if [ -n "$RUNNER" ]; then
  CLAUDE=${CLAUDE:-$HERE/.tools/claude} LIB=${LIB:-$HERE/dist} NAME=claude-code-247/runner
fi
NAME=${1:-$NAME}
TOOLS='sh dash bash node git env cat cp mv rm mkdir rmdir chmod ln ls id sleep touch true false
  head tail wc sort uniq cut tr printf echo test expr date dd stat uname readlink realpath basename
  dirname mkfifo mknod mktemp tee xargs find grep sed awk setsid timeout tar gzip ps nproc sha256sum nohup kill'

fail() { echo "make-test-image: $1" >&2; exit 1; }
[ "$(uname -s)" = Linux ] || fail 'the image is made from Linux programs; run this on Linux.'
command -v docker >/dev/null || fail 'the docker command is not installed.'
docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || fail 'no container engine answers.'

PROGRAM=''
if [ -n "$CLAUDE" ]; then
  WANTED=$(sed -n 's/.*"@anthropic-ai\/claude-code": "\([0-9.]*\)".*/\1/p' "$HERE/docker/claude/package.json")
  for path in "$CLAUDE"/node_modules/@anthropic-ai/claude-code-linux-*/claude; do
    said=$(HOME=/nonexistent "$path" --version 2>/dev/null || true)
    [ "${said%% *}" = "$WANTED" ] && PROGRAM=$path && break
  done
  [ -n "$PROGRAM" ] || fail "no claude CLI $WANTED that runs here lies in $CLAUDE; \
\`npm install --prefix $CLAUDE @anthropic-ai/claude-code@$WANTED\` puts it there."
fi
# pinned CODER PACKAGE → the version that the lock of the runner image pins
pinned() { sed -n "s|.*\"$2\": \"\([0-9.]*\)\".*|\1|p" "$HERE/docker/$1/package.json"; }
install() { echo "no $1 CLI $2 that runs here lies in $3; \`node scripts/install-coder.mjs $1 $3\` puts it there."; }
CODEX_HOME_DIR=''
if [ -n "$CODEX" ]; then
  WANTED=$(pinned codex @openai/codex)
  for path in "$CODEX"/node_modules/@openai/codex-linux-*/vendor/*; do
    said=$(HOME=/nonexistent "$path/bin/codex" --version 2>/dev/null || true)
    [ "${said##* }" = "$WANTED" ] && CODEX_HOME_DIR=$path && break
  done
  [ -n "$CODEX_HOME_DIR" ] || fail "$(install codex "$WANTED" "$CODEX")"
fi
GEMINI_DIR=''
if [ -n "$GEMINI" ]; then
  WANTED=$(pinned gemini @google/gemini-cli)
  GEMINI_DIR=$GEMINI/node_modules/@google/gemini-cli
  grep -q "\"version\": \"$WANTED\"" "$GEMINI_DIR/package.json" 2>/dev/null ||
    fail "$(install gemini "$WANTED" "$GEMINI")"
fi
if [ -n "$LIB" ] && [ ! -e "$LIB/execution/coders/contract.js" ]; then
  fail "$LIB holds no compiled aedev; in its repository, \`npm run build\` makes dist."
fi
FOUND=''
for tool in $TOOLS; do
  path=$(command -v "$tool" 2>/dev/null) || continue
  # A builtin of the shell has no path; the programs of that name lie in /usr/bin.
  case $path in /*) ;; *) path=/usr/bin/$tool; [ -x "$path" ] || continue ;; esac
  FOUND="$FOUND $path"
done
# shellcheck disable=SC2086 # the list is ours: plain absolute paths
KEY=$( (cat "$0" "$HERE"/docker/*.mjs; [ -z "$LIB" ] || cat "$LIB"/execution/coders/*js "$LIB"/lib/*js; stat -L -c '%n %s %Y' $FOUND $PROGRAM ${CODEX_HOME_DIR:+$CODEX_HOME_DIR/bin/codex} ${GEMINI_DIR:+$GEMINI_DIR/package.json}) | sha256sum | cut -c1-32)
# What somebody built on top of it bears its labels too; only the import itself says that it is one.
for OLD in $(docker image ls --no-trunc --quiet --filter "label=aedev.test-image=$KEY"); do
  case $(docker image inspect --format '{{.Comment}}' "$OLD") in
    Imported*) echo "$OLD"; exit 0 ;;
  esac
done

ROOT=$(mktemp -d)
trap 'rm -rf "$ROOT"' EXIT INT TERM
mkdir -p "$ROOT/usr/bin" "$ROOT/usr/lib" "$ROOT/etc/ssl/certs" "$ROOT/tmp" "$ROOT/workspace" \
  "$ROOT/home" "$ROOT/run" "$ROOT/proc" "$ROOT/sys" "$ROOT/dev"
chmod 1777 "$ROOT/tmp"
ln -s usr/bin "$ROOT/bin"
for lib in lib lib32 lib64; do
  [ -e "/$lib" ] || continue
  mkdir -p "$ROOT/usr/$lib"
  ln -s "usr/$lib" "$ROOT/$lib"
done

# Copies a file to the same place, its links resolved.
put() {
  [ -e "$ROOT$1" ] && return 0
  mkdir -p "$ROOT$(dirname "$1")"
  cp -L "$1" "$ROOT$1"
}
libraries() { ldd "$1" 2>/dev/null | sed -n 's/.*[[:space:]]\(\/[^[:space:]]*\) (0x.*/\1/p'; }

for path in $FOUND; do
  [ -e "$ROOT/usr/bin/$(basename "$path")" ] || cp -L "$path" "$ROOT/usr/bin/$(basename "$path")"
  for lib in $(libraries "$path"); do put "$lib"; done
done
# Most of git is one program with its name as argument; remote helpers are left out.
mkdir -p "$ROOT$(git --exec-path)"
ln -s /usr/bin/git "$ROOT$(git --exec-path)/git"
[ -d /usr/share/git-core/templates ] && mkdir -p "$ROOT/usr/share/git-core/templates"
for ca in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ -e "$ca" ] && cp -L "$ca" "$ROOT/etc/ssl/certs/ca-certificates.crt" && break
done
# As in the runner image. Without --lib the folder for the compiled library is left empty, for a mount.
mkdir -p "$ROOT/opt/aedev/lib"
cp "$HERE"/docker/*.mjs "$ROOT/opt/aedev/"
if [ -n "$LIB" ]; then
  mkdir -p "$ROOT/opt/aedev/lib/execution"
  cp -R "$LIB/execution/coders" "$ROOT/opt/aedev/lib/execution/"
  cp -R "$LIB/lib" "$ROOT/opt/aedev/lib/"
  echo '{"type":"module"}' >"$ROOT/opt/aedev/lib/package.json"
fi
if [ -n "$PROGRAM" ]; then
  cp -L "$PROGRAM" "$ROOT/usr/bin/claude"
  chmod 0755 "$ROOT/usr/bin/claude"
  for lib in $(libraries "$PROGRAM"); do put "$lib"; done
fi
# The program finds what lies beside it; what it has for voice and for sandboxes of its own is left out.
if [ -n "$CODEX_HOME_DIR" ]; then
  mkdir -p "$ROOT/opt/codex"
  cp -R "$CODEX_HOME_DIR/bin" "$CODEX_HOME_DIR/codex-path" "$ROOT/opt/codex/"
  ln -s /opt/codex/bin/codex "$ROOT/usr/bin/codex"
fi
if [ -n "$GEMINI_DIR" ]; then
  mkdir -p "$ROOT/opt/gemini"
  cp -R "$GEMINI_DIR/package.json" "$GEMINI_DIR/bundle" "$ROOT/opt/gemini/"
  rm -rf "$ROOT/opt/gemini/bundle/docs" "$ROOT/opt/gemini/bundle/bundled"
  ln -s /opt/gemini/bundle/gemini.js "$ROOT/usr/bin/gemini"
fi
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'aedev:x:10001:10001::/home/aedev:/bin/sh' \
  >"$ROOT/etc/passwd"
printf '%s\n' 'root:x:0:' 'aedev:x:10001:' >"$ROOT/etc/group"

# Only where there is what it starts; without it, the image takes plain commands.
ENTRYPOINT='ENTRYPOINT ["node", "/opt/aedev/entrypoint.mjs"]'
tar --numeric-owner --owner=0 --group=0 -C "$ROOT" -cf - . | docker import \
  --change "LABEL aedev.test-image=$KEY ${RUNNER:+aedev.runner=1}" \
  --change 'USER 10001:10001' \
  ${LIB:+--change 'WORKDIR /workspace' --change "$ENTRYPOINT"} \
  --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
  - "$NAME:latest"
