#!/bin/sh
# peers.sh DIR: the certificate tools that ours are measured beside, built from source into DIR, each
# once. One that cannot be had is named, with the reason in DIR/NAME.why; the others go on.
#
# They come as Go modules at the versions below, checked against Go's checksum database. DIR/NAME.from
# says what DIR/NAME was built from.
set -eu
[ $# = 1 ] || { echo 'usage: peers.sh DIR' >&2; exit 64; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

# One compiler for all, the same on every machine: an older Go fetches it as a module.
toolchain=go1.26.8

# name, module, version, package
peers='cfssl github.com/cloudflare/cfssl v1.6.5 github.com/cloudflare/cfssl/cmd/cfssl
cfssljson github.com/cloudflare/cfssl v1.6.5 github.com/cloudflare/cfssl/cmd/cfssljson
step github.com/smallstep/cli v0.28.7 github.com/smallstep/cli/cmd/step
mkcert filippo.io/mkcert v1.4.4 filippo.io/mkcert
minica github.com/jsha/minica v1.1.0 github.com/jsha/minica
certstrap github.com/square/certstrap v1.3.0 github.com/square/certstrap'

say() { echo "peers: $*" >&2; }

find_go() { command -v go || { [ -x /usr/local/go/bin/go ] && echo /usr/local/go/bin/go; }; }

# is_built NAME FROM
is_built() { [ -x "$dir/$1" ] && [ "$(cat "$dir/$1.from" 2>/dev/null)" = "$2" ]; }

# Go before 1.21 knows nothing of toolchains, but the toolchain is a module that it can fetch. A
# module has no executable files, so their modes are set here.
old_go_fetches_new()
{
	at=golang.org/toolchain@v0.0.1-$toolchain.linux-$("$go" env GOARCH)
	root=$GOPATH/pkg/mod/$at
	[ -d "$root" ] || { say "fetching $toolchain"; "$go" mod download "$at" >"$log" 2>&1; } || return 1
	chmod +x "$root"/bin/* "$root"/pkg/tool/*/*
	go=$root/bin/go
}

# build NAME MODULE VERSION PACKAGE: in an empty module that requires it, so what else it needs is at
# the versions that it asks for itself
build()
{
	rm -rf "$work" && mkdir -p "$work"
	printf 'module bench\n\ngo 1.21\n\nrequire %s %s\n' "$2" "$3" >"$work/go.mod"
	(cd "$work" && "$go" build -ldflags '-s -w' -o "$dir/$1.new" "$4") >"$log" 2>&1 &&
		mv "$dir/$1.new" "$dir/$1"
}

missing=
while read -r name module version package; do
	is_built "$name" "$module $version, $toolchain" || missing="$missing $name"
done <<END
$peers
END
[ -n "$missing" ] || exit 0

go=$(find_go) || { sh tests/setup.sh bench >&2 && go=$(find_go); } || go=
log=$dir/peers.log work=$dir/work
trap 'rm -rf "$work"' EXIT
export GOPATH="$dir/go" GOCACHE="$dir/go-cache" GOTOOLCHAIN="$toolchain" CGO_ENABLED=0
export GOFLAGS='-mod=mod -modcacherw -trimpath -buildvcs=false' GOWORK=off GO111MODULE=on
unset GOROOT GOMODCACHE GOBIN || :

why=
[ -n "$go" ] || why='there is no Go to build it with: apt-get install golang-go'
if [ -n "$go" ]; then
	case $("$go" env GOVERSION 2>"$log") in
	"$toolchain") ;;
	go1.[0-9] | go1.[0-9].* | go1.1[0-9] | go1.1[0-9].* | go1.20 | go1.20.*)
		old_go_fetches_new || why="$("$go" version) cannot fetch $toolchain: $(tail -n 1 "$log")" ;;
	*) why="cannot fetch $toolchain: $(tail -n 1 "$log")" ;;
	esac
fi

left_out=
while read -r name module version package; do
	case " $missing " in *" $name "*) ;; *) continue ;; esac
	rm -f "$dir/$name" "$dir/$name.from" "$dir/$name.why"
	if [ -z "$why" ]; then
		say "building $name $version, once"
		if build "$name" "$module" "$version" "$package" </dev/null; then
			echo "$module $version, $toolchain" >"$dir/$name.from"
			continue
		fi
		grep -v '^go: \(downloading\|finding\)' "$log" | tail -n 3 | tr '\n\t' '  ' >"$dir/$name.why"
	else
		echo "$why" >"$dir/$name.why"
	fi
	say "NOT HERE: $name $version: $(cat "$dir/$name.why")"
	left_out="$left_out $name"
done <<END
$peers
END
[ -n "$left_out" ] || rm -rf "$GOPATH" "$GOCACHE" "$log" # a gigabyte that nobody needs again
