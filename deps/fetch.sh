#!/bin/sh
# fetch.sh DIST: bring the source packages pinned in deps.lock into DIST and check them against deps.sha256.
#
# Needs no root and leaves /etc/apt alone: apt works on a private state below DIST, with a source list made from the
# machine's own Debian mirror, so what works for the machine (mirror, proxy) works here. DEPS_MIRROR=URI names another
# Debian mirror. An Ubuntu machine without one gets its own release's packages. Without any network: put the files that
# deps.sha256 names into DIST by hand.
#
# DIST/PACKAGE.used tells what is there for a package: "package version how", then checksums and file names; used.txt
# is all of them. A version that has left the archive is replaced, loudly, by the newest one of the same upstream series
# that apt authenticates. Files appear in DIST only when complete, so a killed run is simply repeated.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: fetch.sh DIST}"
dist=$(cd "$1" && pwd)
lock=$here/deps.lock
sums=$here/deps.sha256
state=$dist/.apt
log=$dist/fetch.log

say()  { printf 'deps: %s\n' "$@"; }
loud() { say '*** WARNING ***' "$@" '***************' >&2; }
die()  { printf 'deps: error: %s\n' "$@" >&2; exit 1; }

# put FILE: replace FILE by standard input, but only if that changes it: make looks at its time
put()
{
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

# files_of PACKAGE VERSION: of checksum lines on standard input, those of that version's tarballs
files_of()
{
	noepoch=${2#*:}
	awk -v orig="$1_${noepoch%-*}.orig.tar." -v debian="$1_$noepoch.debian.tar." \
		'(index($2, orig) == 1 || index($2, debian) == 1) && $2 !~ /\.asc$/' | sort -k 2
}

# record PACKAGE VERSION HOW: write PACKAGE.used, with the checksum lines on standard input
record()
{
	without=$(awk -v p="$1" '$1 == p { $1 = $2 = $3 = ""; $0 = $0; $1 = $1; print }' "$lock")
	{ echo "$1 $2 $3"; echo "# without $without"; cat; } | put "$dist/$1.used"
}

# check_pins DIR: every file in DIR that deps.sha256 names must be that very file
check_pins()
{
	while read -r sum file; do
		[ ! -f "$1/$file" ] || echo "$sum  $1/$file" | sha256sum --status -c ||
			die "checksum of $1/$file is not the one in $sums" \
			    "the file was damaged or replaced: look at it, delete it, run again"
	done <"$sums"
}

# have PACKAGE VERSION: the pinned files are here, upstream's and Debian's, or what an earlier run chose instead
have()
{
	pinned=$(files_of "$1" "$2" <"$sums")
	if [ "$(echo "$pinned" | wc -l)" -ge 2 ] && (cd "$dist" && echo "$pinned" | sha256sum --status -c 2>/dev/null); then
		echo "$pinned" | record "$1" "$2" pinned
		return
	fi
	[ -f "$dist/$1.used" ] || return
	read -r _ version how <"$dist/$1.used"
	case $how in *"instead of $2") ;; *) return 1 ;; esac
	used=$(sed '1d; /^#/d' "$dist/$1.used")
	(cd "$dist" && echo "$used" | sha256sum --status -c 2>/dev/null) || return
	echo "$used" | record "$1" "$version" "$how"
	loud "still using $1 $version, $how (to try the pin again: rm $dist/$1.used)"
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

# mirror SUITE...: the URI of the first source of this machine's distribution with one of these suites. Before the
# machine's first apt-get update nothing tells other vendors' sources apart ($(ORIGIN) is left as it is).
mirror()
{
	for option in --release-info --no-release-info; do
		# shellcheck disable=SC2016 # apt expands these
		apt-get indextargets $option --format '$(RELEASE) $(COMPONENT) $(ORIGIN) $(REPO_URI)' 2>/dev/null |
			awk -v suites=" $* " '$2 == "main" && index(suites, " " $1 " ") && $4 !~ /^cdrom:/ &&
				$3 ~ /^(Debian|Ubuntu|\$\(ORIGIN\))$/ { print $4 }'
	done | head -n 1
}

# add_source URI SUITE...: a deb-src entry that trusts the distribution's archive key alone
add_source()
{
	uri=$1
	shift
	printf '%s\n' 'Types: deb-src' "URIs: $uri" "Suites: $*" "Components: $components" "Signed-By: $keyring" '' \
		>>"$state/sources/deps.sources"
}

# open_archive: make the private apt state and read the source lists; own_release is set where our pins cannot be had
open_archive()
{
	# shellcheck source=/dev/null
	. /etc/os-release
	code=${VERSION_CODENAME:-sid}
	suites=$(awk '!/^#/ && NF { print $3 }' "$lock" | sort -u)
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	components=main
	archive=${DEPS_MIRROR:-}
	security=
	own_release=
	if [ -z "$archive" ] && [ "${ID:-}" = debian ]; then
		archive=$(mirror "$code" stable testing unstable sid)
		security=$(mirror "$code-security" stable-security testing-security)
	elif [ -z "$archive" ] && [ "${ID:-}" = ubuntu ]; then
		own_release=yes
		suites=$code
		keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
		components='main universe'
		archive=$(mirror "$code")
		security=$(mirror "$code-security")
		loud "this is $PRETTY_NAME: its own source packages are used, not the versions in $lock," \
		     "authenticated by apt and not by $sums (a Debian mirror can be named: DEPS_MIRROR=URI)"
	fi
	[ "$archive" ] || die "found no Debian mirror in this machine's apt sources; name one with DEPS_MIRROR=URI," \
		"or put the files that $sums names into $dist"
	[ -f "$keyring" ] || die "$keyring is missing: apt-get install $(basename "$keyring" .gpg)"

	rm -rf "$state"
	mkdir -p "$state/sources" "$state/lists/partial" "$state/cache/archives/partial"
	for suite in $suites; do
		add_source "$archive" "$suite" "$suite-updates"
		[ -z "$security" ] || add_source "$security" "$suite-security"
	done
	say "reading the source lists of $(echo "$suites" | xargs)"
	apt apt-get update >>"$log" 2>&1 || {
		grep '^[EW]:' "$log" >&2
		die "apt could not read the source lists (above; all of it is in $log)" \
		    "NO_PUBKEY means that $keyring is too old: apt-get install debian-archive-keyring"
	}
}

# download PACKAGE VERSION [--tar-only]: into DIST/.partial/PACKAGE. False when the archive has no such version (any
# more); any other failure ends the program, so that a bad line never looks like a version that is gone.
download()
{
	partial=$dist/.partial/$1
	mkdir -p "$partial"
	# shellcheck disable=SC2086 # $3 is an option or nothing
	if (cd "$partial" && apt apt-get source --download-only ${3:-} "$1=$2") >"$partial.log" 2>&1; then
		cat "$partial.log" >>"$log"
		return 0
	fi
	cat "$partial.log" >>"$log"
	grep -Eq ' 404 | 410 |File not found|find version|find a source package' "$partial.log" ||
		die "could not download $1 $2:" "$(grep '^[EW]:' "$partial.log")"
	return 1
}

# keep PACKAGE VERSION HOW: move the tarballs of that version from DIST/.partial into DIST
keep()
{
	got=$(cd "$partial" && sha256sum -- *.tar.* | files_of "$1" "$2")
	[ "$got" ] || die "apt brought no tarball of $1 $2, see $log"
	check_pins "$partial"
	if [ "$3" = pinned ] && [ "$got" != "$(files_of "$1" "$2" <"$sums")" ]; then
		echo "$got" >&2
		die "$sums does not name these files of $1 $2; if the pin was moved on purpose, add the lines above"
	fi
	for file in $(echo "$got" | awk '{ print $2 }'); do mv "$partial/$file" "$dist/"; done
	echo "$got" | record "$1" "$2" "$3"
	rm -rf "$partial"
	say "fetched $1 $2 ($3)"
}

# newest_first PACKAGE VERSION: the versions in the source lists, of the same upstream series (3.5 for 3.5.7-1)
newest_first()
{
	series=$(echo "$2" | sed -E 's/^(([0-9]+:)?[0-9]+\.[0-9]+).*/\1/')
	[ -z "$own_release" ] || series=
	apt apt-cache showsrc --only-source "$1" 2>>"$log" | sed -n 's/^Version: //p' | sort -Vru |
		awk -v s="$series" 's == "" || index($0, s ".") == 1 || index($0, s "-") == 1'
}

fetch()
{
	if [ -z "$own_release" ]; then
		if download "$1" "$2"; then
			keep "$1" "$2" pinned
			return
		fi
		loud "$1 $2 is not in the archive (any more): looking for another version of it, authenticated by" \
		     "apt and not by $sums; please move the pin in $lock"
	fi
	for version in $(newest_first "$1" "$2"); do
		if download "$1" "$version"; then
			keep "$1" "$version" "instead of $2"
			return
		fi
	done
	for version in $(newest_first "$1" "$2"); do
		rm -rf "$dist/.partial/$1"
		if download "$1" "$version" --tar-only; then
			loud "only the upstream tarball of $1 $version can be had: security fixes of Debian may be missing"
			keep "$1" "$version" "without Debian's patches, instead of $2"
			return
		fi
	done
	die "no source package of $1 can be had, see $log"
}

exec 9>"$dist/.lock"
flock 9
check_pins "$dist"
packages=$(awk '!/^#/ && NF { print $1 "=" $2 }' "$lock")
missing=
for p in $packages; do
	have "${p%%=*}" "${p#*=}" || missing="$missing $p"
done
if [ "$missing" ]; then
	: >"$log"
	open_archive
	for p in $missing; do fetch "${p%%=*}" "${p#*=}"; done
	rm -rf "$state" "$dist/.partial"
fi
for p in $packages; do cat "$dist/${p%%=*}.used"; done | put "$dist/used.txt"
