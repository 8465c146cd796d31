#!/bin/sh
# unpack.sh DIST PACKAGE DEST: unpack the tarballs named in DIST/PACKAGE.used into DEST and apply Debian's patches
# (the security fixes), except those that deps.lock names as not applying to our build. Like dpkg-source -x, but with
# tar and patch alone.
set -eu

dist=$(cd "$1" && pwd)
package=$2
dest=$3
lock=$(cd "$(dirname "$0")" && pwd)/deps.lock

skip=" $(awk -v p="$package" '$1 == p { $1 = $2 = $3 = ""; print }' "$lock") "
rm -rf "$dest" "$dest.new"
mkdir -p "$dest.new"
for tarball in $(sed 1d "$dist/$package.used" | awk '{ print $2 }'); do
	case $tarball in
	*.orig.tar.*)   tar -xf "$dist/$tarball" -C "$dest.new" --strip-components=1 --no-same-owner ;;
	*.debian.tar.*) tar -xf "$dist/$tarball" -C "$dest.new" --no-same-owner ;;
	esac
done
cd "$dest.new"
if [ -f debian/patches/series ]; then
	for p in $(sed 's/[[:space:]]*#.*//' debian/patches/series); do
		case $skip in *" $p "*) continue ;; esac
		patch -s -p1 --no-backup-if-mismatch <"debian/patches/$p" ||
			{ echo "unpack.sh: $package: debian/patches/$p does not apply" >&2; exit 1; }
	done
fi
cd ..
mv "$dest.new" "$dest"
