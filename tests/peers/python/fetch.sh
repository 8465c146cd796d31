#!/bin/sh
# The package cryptography, once, for the Python that runs the tests; says in which folder it is.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
release=50.0.2
place=$root/build/python/cryptography-$release-$(python3 -c 'import sys; print(sys.implementation.cache_tag)')

mkdir -p "$root/build/python"
exec 9>"$root/build/python/.lock"
flock 9
if [ ! -d "$place" ]; then
	rm -rf "$place.new"
	python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --no-warn-script-location \
		--target "$place.new" "cryptography==$release" 9>&- >&2
	mv "$place.new" "$place"
fi
echo "$place"
