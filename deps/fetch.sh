#!/bin/sh
# fetch.sh DIST [LOCK]: bring the source packages pinned in deps.lock into DIST and check them against deps.sha256.
#
# Needs no root and leaves /etc/apt alone: apt works on a private state below DIST, with a source list made from the
# machine's own Debian mirror, so proxies and mirrors that work for the machine work here. DEPS_MIRROR=URI names
# another Debian mirror. An Ubuntu machine without one gets its own release's packages.
#
# For each package DIST/PACKAGE.used says what is there: a line "package version how", then checksums and files.
# DIST/used.txt is all of them. A version that has left the pool is replaced, loudly, by the newest one of the same
# upstream series that apt authenticates. Files appear in DIST only when complete, so a killed run is just repeated.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: fetch.sh DIST [LOCK]}"
dist=$(cd "$1" && pwd)
lock=${2:-$here/deps.lock}
sums=$here/deps.sha256
state=$dist/.apt
log=$dist/fetch.log

say()  { echo "deps: $*"; }
loud() { printf 'deps: %s\n' '*** WARNING ***' "$@" '***************' >&2; }
die()  { printf 'deps: error: %s\n' "$@" >&2; exit 1; }

# The names of a source package's tarballs begin with these; an epoch ("1:") is not part of a file name.
orig_prefix()   { v=${2#*:}; echo "$1_${v%-*}.orig.tar."; }
debian_prefix() { echo "$1_${2#*:}.debian.tar."; }

# pinned_sums PACKAGE VERSION: the lines of deps.sha256 for that version
pinned_sums()
{
	awk -v o="$(orig_prefix "$1" "$2")" -v d="$(debian_prefix "$1" "$2")" \
		'index($2, o) == 1 || index($2, d) == 1' "$sums"
}

# put FILE: replace FILE by standard input, but only if that changes it: make looks at its time
put()
{
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

# check_pins: every file in DIST that deps.sha256 knows must be that very file
check_pins()
{
	while read -r sum file; do
		[ ! -f "$dist/$file" ] || echo "$sum  $dist/$file" | sha256sum --status -c ||
			die "checksum of $dist/$file is not the one in $sums" \
			    "the file was damaged or replaced: look at it, delete it, and run again"
	done <"$sums"
}

# have PACKAGE VERSION: the pinned files, or the replacement chosen for them earlier, are already here
have()
{
	if [ "$(pinned_sums "$1" "$2" | wc -l)" -ge 2 ] &&
	   (cd "$dist" && pinned_sums "$1" "$2" | sha256sum --status -c 2>/dev/null); then
		{ echo "$1 $2 pinned"; pinned_sums "$1" "$2"; } | put "$dist/$1.used"
		return
	fi
	[ -f "$dist/$1.used" ] || return
	case $(head -n 1 "$dist/$1.used") in
	*" instead of $2") ;;
	*) return 1 ;;
	esac
	(cd "$dist" && sed 1d "$1.used" | sha256sum --status -c 2>/dev/null) || return
	loud "$(head -n 1 "$dist/$1.used")" "(chosen by an earlier run; to try the pin again: rm $dist/$1.used)"
}

apt()
{
	tool=$1
	shift
	"$tool" -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$state/sources" \
		-o Dir::State::Lists="$state/lists" -o Dir::Cache="$state/cache" \
		-o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any -o Acquire::Retries=3 \
		-o Acquire::AllowInsecureRepositories=false -o APT::Get::AllowUnauthenticated=false "$@"
}

# mirror NAME...: the machine's first archive URI whose suite has one of these names
mirror()
{
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(ORIGIN) $(REPO_URI)' 2>/dev/null |
		awk -v names=" $* " '$2 == "main" && index(names, " " $1 " ") && $4 !~ /^cdrom:/ &&
			($3 == "Debian" || $3 == "Ubuntu" || $3 == "$(ORIGIN)") { print $4; exit }'
}

# add_source URI SUITE...: a deb-src entry, trusted only with the distribution's own archive key
add_source()
{
	uri=$1
	shift
	printf '%s\n' 'Types: deb-src' "URIs: $uri" "Suites: $*" "Components: main${universe:+ universe}" \
		"Signed-By: $keyring" '' >>"$state/sources/deps.sources"
}

open_archive()
{
	# shellcheck source=/dev/null
	. /etc/os-release
	code=${VERSION_CODENAME:-sid}
	uri=${DEPS_MIRROR:-}
	security=
	own=
	universe=
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	if [ -z "$uri" ] && [ "${ID:-}" = debian ]; then
		uri=$(mirror "$code" stable testing unstable sid)
		security=$(mirror "$code-security" stable-security testing-security)
	elif [ -z "$uri" ] && [ "${ID:-}" = ubuntu ]; then
		own=yes
		universe=yes
		keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
		uri=$(mirror "$code")
		security=$(mirror "$code-security")
	fi
	[ -n "$uri" ] || die "found no Debian or Ubuntu mirror in this machine's apt sources" \
		"name a Debian mirror: DEPS_MIRROR=URI make deps" \
		"or put the files that $sums names into $dist yourself"
	[ -f "$keyring" ] || die "$keyring is missing: apt-get install ${ID:-debian}-archive-keyring (or ubuntu-keyring)"

	rm -rf "$state"
	mkdir -p "$state/sources" "$state/lists/partial" "$state/cache/archives/partial"
	if [ "$own" ]; then
		suites=$code
		add_source "$uri" "$code" "$code-updates"
		loud "this is $PRETTY_NAME: using its own source packages, not the versions in $lock;" \
		     "apt authenticates them, deps.sha256 cannot"
	else
		suites=$(awk '!/^#/ && NF { print $3 }' "$lock" | sort -u)
		for s in $suites; do add_source "$uri" "$s" "$s-updates"; done
	fi
	[ -z "$security" ] || for s in $suites; do add_source "$security" "$s-security"; done

	say "reading the source lists of $(echo "$suites" | tr '\n' ' ')(log: $log)"
	apt apt-get update >>"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "apt could not read the source lists (see above)" \
		    "NO_PUBKEY means that $keyring is too old: apt-get install debian-archive-keyring"
	}
}

# download PACKAGE VERSION [--tar-only]: files into DIST/.partial; fails when the pool does not hold them all
download()
{
	partial=$dist/.partial/$1
	mkdir -p "$partial"
	# shellcheck disable=SC2086 # $3 is one option or nothing
	(cd "$partial" && apt apt-get source --download-only ${3:-} "$1=$2") >>"$log" 2>&1
}

# keep PACKAGE VERSION HOW [--tar-only]: move what was downloaded from DIST/.partial into DIST and say so in .used
keep()
{
	used=
	for f in "$partial/$(orig_prefix "$1" "$2")"* "$partial/$(debian_prefix "$1" "$2")"*; do
		case $f in *'*' | *.asc) continue ;; *.debian.tar.*) [ -z "${4:-}" ] || continue ;; esac
		used="$used$(cd "$partial" && sha256sum "${f##*/}")
"
		mv "$f" "$dist/"
	done
	[ "$used" ] || die "apt brought no tarball for $1 $2, see $log"
	check_pins
	if [ "$3" = pinned ] && [ "$(pinned_sums "$1" "$2")" != "$(printf %s "$used" | sort -k 2 )" ]; then
		die "$sums does not name all files of $1 $2; if you moved the pin on purpose, add:" "$used"
	fi
	{ echo "$1 $2 $3"; printf %s "$used"; } | put "$dist/$1.used"
	rm -rf "$partial"
	say "fetched $1 $2"
}

# newest_first PACKAGE VERSION: the versions apt knows, of the same upstream series (3.5 for 3.5.7-1) if it is our pin's suite
newest_first()
{
	series=$(echo "$2" | sed -E 's/^(([0-9]+:)?[0-9]+\.[0-9]+).*/\1/')
	[ -z "$own" ] || series=
	apt apt-cache showsrc --only-source "$1" 2>>"$log" | sed -n 's/^Version: //p' | sort -Vru |
		awk -v s="$series" 's == "" || index($0, s ".") == 1 || index($0, s "-") == 1'
}

fetch()
{
	if [ -z "$own" ] && download "$1" "$2"; then
		keep "$1" "$2" pinned
		return
	fi
	for v in $(newest_first "$1" "$2"); do
		download "$1" "$v" || continue
		loud "$1 $2 is not in the archive: using $1 $v instead, authenticated by apt;" \
		     "its checksum is not pinned. Please move the pin in $lock."
		keep "$1" "$v" "instead of $2"
		return
	done
	for v in $(newest_first "$1" "$2"); do
		download "$1" "$v" --tar-only || continue
		loud "$1 $2 is not in the archive: using the upstream tarball of $1 $v alone, authenticated by apt," \
		     "WITHOUT Debian's patches: security fixes may be missing. Please move the pin in $lock."
		keep "$1" "$v" "upstream tarball without Debian's patches, instead of $2" --tar-only
		return
	done
	die "no source package of $1 like $2 could be downloaded; the log is $log"
}

exec 9>"$dist/.lock"
flock 9
check_pins
packages=$(awk '!/^#/ && NF { print $1 "=" $2 }' "$lock")
missing=
for p in $packages; do
	have "${p%%=*}" "${p#*=}" || missing="$missing $p"
done
if [ "$missing" ]; then
	: >"$log"
	open_archive
	for p in $missing; do
		fetch "${p%%=*}" "${p#*=}"
	done
	rm -rf "$state" "$dist/.partial"
fi
for p in $packages; do cat "$dist/${p%%=*}.used"; done | put "$dist/used.txt"
