#!/bin/sh
# unpack.sh DIST PACKAGE DEST: unpack the tarballs named in DIST/PACKAGE.used into DEST and apply Debian's patches (the
# security fixes), except those that deps.lock leaves out. As dpkg-source -x does, but with tar and patch alone.
set -eu

used=$1/$2.used
dest=$3

rm -rf "$dest" "$dest.new"
mkdir -p "$dest.new"
sed '1d; /^#/d' "$used" | while read -r _ file; do
	case $file in
	*.orig.tar.*) strip=1 ;; # everything is in one folder
	*)            strip=0 ;; # a folder named debian
	esac
	tar -xf "$1/$file" -C "$dest.new" --strip-components=$strip --no-same-owner
done

without=" $(sed -n 's/^# without//p' "$used") "
series=$dest.new/debian/patches/series
if [ -f "$series" ]; then
	sed 's/[[:space:]]*#.*//; /^$/d' "$series" | while read -r patch _; do
		case $without in *" $patch "*) continue ;; esac
		patch -d "$dest.new" -p1 -s --no-backup-if-mismatch <"$dest.new/debian/patches/$patch" ||
			{ echo "deps: error: $2: Debian's $patch does not apply" >&2; exit 1; }
	done
fi
mv "$dest.new" "$dest"
