#!/bin/sh
# Builds a small Linux image for the sandbox tests from this machine's own files, without a
# registry: node, git, a shell, common tools, the libraries they need, and the CA file.
# Prints the image id (sha256:…) on stdout. An image made from the same files is used again.
# Usage: make-test-image.sh [--with-claude DIR] [NAME]
#   DIR holds the pinned claude CLI as ensureClaudeCli (src/demo/claude-cli.ts) installs it.
set -eu

HERE=$(cd "$(dirname "$0")/.." && pwd)
CLAUDE=''
if [ "${1:-}" = --with-claude ]; then CLAUDE=${2:?--with-claude needs a folder}; shift 2; fi
NAME=${1:-aedev-test-image${CLAUDE:+-claude}}
TOOLS='sh dash bash node git env cat cp mv rm mkdir rmdir chmod ln ls id sleep touch true false
  head tail wc sort uniq cut tr printf echo test expr date dd stat uname readlink realpath basename
  dirname mktemp tee xargs find grep sed awk setsid timeout tar gzip ps nproc sha256sum nohup kill'

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
  [ -n "$PROGRAM" ] || fail "no claude CLI $WANTED that runs here lies in $CLAUDE."
fi
FOUND=''
for tool in $TOOLS; do
  path=$(command -v "$tool" 2>/dev/null) || continue
  # A builtin of the shell has no path; the programs of that name lie in /usr/bin.
  case $path in /*) ;; *) path=/usr/bin/$tool; [ -x "$path" ] || continue ;; esac
  FOUND="$FOUND $path"
done
# shellcheck disable=SC2086 # the list is ours: plain absolute paths
KEY=$( (cat "$0" "$HERE"/docker/*.mjs; stat -L -c '%n %s %Y' $FOUND $PROGRAM) | sha256sum | cut -c1-32)
OLD=$(docker image ls --no-trunc --quiet --filter "label=aedev.test-image=$KEY" | head -n 1)
if [ -n "$OLD" ]; then echo "$OLD"; exit 0; fi

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
# As in the runner image; the folder for the compiled library is left empty, for a mount.
mkdir -p "$ROOT/opt/aedev/lib"
cp "$HERE"/docker/*.mjs "$ROOT/opt/aedev/"
if [ -n "$PROGRAM" ]; then
  cp -L "$PROGRAM" "$ROOT/usr/bin/claude"
  chmod 0755 "$ROOT/usr/bin/claude"
  for lib in $(libraries "$PROGRAM"); do put "$lib"; done
fi
echo 'root:x:0:0:root:/root:/bin/sh' >"$ROOT/etc/passwd"
echo 'root:x:0:' >"$ROOT/etc/group"

tar --numeric-owner --owner=0 --group=0 -C "$ROOT" -cf - . | docker import \
  --change "LABEL aedev.test-image=$KEY" \
  --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
  - "$NAME:latest"
