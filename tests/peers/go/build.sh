#!/bin/sh
# Compile main.go to build/go/peer, with the go of PATH or of its usual place; only the standard library.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
out=$root/build/go

PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || {
	echo "go is missing: sh tests/setup.sh test" >&2
	exit 1
}
mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
made_from="$(go version) $(cksum <"$here/main.go")"
if [ "$(cat "$out/made-from" 2>/dev/null)" != "$made_from" ]; then
	[ -n "${HOME:-}" ] || export GOCACHE="$out/cache"
	CGO_ENABLED=0 GO111MODULE=off GOTOOLCHAIN=local GOFLAGS='' go build -o "$out/peer.new" "$here/main.go" 9>&-
	mv "$out/peer.new" "$out/peer"
	echo "$made_from" >"$out/made-from"
fi
