#!/bin/sh
# setup.sh [build] [demo] [test] [fuzz] [bench]: install what is missing, with apt-get.
#
#   build  what `make` needs        demo  what `make demo` needs besides        test  and `make test`
#   fuzz   what `make fuzz` needs besides them                                  bench and `make bench`
#
# Looks for programs, headers and files, not for packages, so that what came another way is fine. Says
# what it installs, and nothing when all is there. Debian 12 and 13, Ubuntu 24.04.
set -eu

# set, what shows that it is there, package that brings it
needs='
build program:gcc                               gcc
build file:/usr/include/stdio.h                 libc6-dev
build program:make                              make
build program:patch                             patch
build program:xz                                xz-utils
build program:bzip2                             bzip2
build program:gzip                              gzip
build perl:FindBin                              perl
build program:file                              file
build file:/etc/ssl/certs/ca-certificates.crt   ca-certificates
build keyring:                                  KEYRING
demo  java:17                                   default-jdk-headless
demo  program:mvn                               maven
demo  program:curl                              curl
demo  program:pkill                             procps
demo  program:openssl                           openssl
demo  file:/etc/ssl/certs/ca-certificates.crt   ca-certificates
test  program:clang-format                      clang-format
test  program:cppcheck                          cppcheck
test  program:shellcheck                        shellcheck
test  program:pyflakes3                         pyflakes3
test  program:strace                            strace
test  program:faketime                          faketime
test  program:readelf                           binutils
test  program:setpriv                           util-linux
test  program:openssl                           openssl
test  program:python3                           python3
test  file:/usr/bin/time                        time
test  program:unshare                           util-linux
test  program:pkill                             procps
test  program:pkg-config                        pkg-config
test  program:git                               git
test  program:npm                               npm
test  program:aarch64-linux-gnu-gcc             gcc-aarch64-linux-gnu
test  file:/usr/aarch64-linux-gnu/include/stdio.h  libc6-dev-arm64-cross
test  program:qemu-aarch64-static               qemu-user-static
test  python:pip                                python3-pip
test  python:yaml                               python3-yaml
test  program:certtool                          gnutls-bin
test  go:                                       golang-go
test  program:node                              nodejs
test  program:unzip                             unzip
test  program:zipinfo                           unzip
test  header:openssl/ssl.h                      libssl-dev
test  header:curl/curl.h                        libcurl4-openssl-dev
test  header:cjson/cJSON.h                      libcjson-dev
test  header:archive.h                          libarchive-dev
test  header:yaml.h                             libyaml-dev
test  header:zlib.h                             zlib1g-dev
fuzz  program:clang                             clang
fuzz  fuzzer:                                   libclang-rt-dev
fuzz  program:llvm-symbolizer                   llvm
bench program:go                                golang-go
'

say() { echo "setup: $*"; }
die() { printf 'setup: error: %s\n' "$@" >&2; exit 1; }

id_like=debian
# shellcheck source=/dev/null
[ ! -r /etc/os-release ] || id_like=$(. /etc/os-release && echo "${ID:-debian}")
keyring=debian-archive-keyring
[ "$id_like" != ubuntu ] || [ -n "${DEPS_MIRROR:-}" ] || keyring=ubuntu-keyring

# java_is_at_least N: a whole JDK, since the demo compiles
java_is_at_least()
{
	command -v java >/dev/null && command -v javac >/dev/null || return 1
	major=$(javac -version 2>&1 | sed -n 's/^javac \([0-9][0-9]*\).*/\1/p')
	[ "${major:-0}" -ge "$1" ]
}

is_there()
{
	case $1 in
	program:*) command -v "${1#*:}" >/dev/null ;;
	python:*) python3 -c "import ${1#*:}" 2>/dev/null ;;
	perl:*) perl -M"${1#*:}" -e 1 2>/dev/null ;;
	file:*) [ -e "${1#*:}" ] ;;
	keyring:) [ -e "/usr/share/keyrings/${keyring%-keyring}-keyring.gpg" ] ||
		[ -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] ;;
	header:*) [ -e "/usr/include/${1#*:}" ] || [ -e "/usr/include/$(uname -m)-linux-gnu/${1#*:}" ] ;;
	fuzzer:) [ -n "$(find "$(clang -print-resource-dir 2>/dev/null)/lib" -name 'libclang_rt.fuzzer*' \
		2>/dev/null)" ] ;;
	java:*) java_is_at_least "${1#*:}" ;;
	go:) command -v go >/dev/null || [ -x /usr/local/go/bin/go ] ;;
	esac
}

missing=
for wanted in "$@"; do
	case $wanted in
	build | demo | test | fuzz | bench) ;;
	*) die "unknown set '$wanted'; usage: setup.sh [build] [demo] [test] [fuzz] [bench]" ;;
	esac
	while read -r in what package; do
		if [ "$in" != "$wanted" ] || is_there "$what"; then continue; fi
		[ "$package" != KEYRING ] || package=$keyring
		case " $missing " in *" $package "*) ;; *) missing="$missing $package" ;; esac
	done <<-END
		$needs
	END
done
[ -n "$missing" ] || exit 0

by_hand="install these packages, or what brings the same:$missing"
command -v apt-get >/dev/null || die "there is no apt-get here" "$by_hand"
as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || die "some packages are missing, and this is neither root nor is there a sudo" \
		"as root: apt-get update && apt-get install$missing"
	as_root=sudo
fi

apt()
{
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 \
		-o DPkg::Lock::Timeout=300 "$@"
}

say "installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of names without blanks
if ! apt update >"$log" 2>&1 || ! apt install --no-install-recommends $missing >>"$log" 2>&1; then
	tail -n 20 "$log" >&2
	die "apt-get failed, see above" "$by_hand"
fi
[ "$missing" = "${missing#* default-jdk}" ] || java_is_at_least 17 ||
	die "the java that comes first in PATH is older than 17, or has no javac" "$(command -v javac || echo none)"
say "done"
