#!/bin/sh
# fetch.sh VERSION...: the published client @elastic/elasticsearch, which carries the API's specification,
# once, into build/npm/VERSION.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
out=$root/build/npm

command -v npm >/dev/null || { echo 'npm: npm is missing: sh tests/setup.sh test' >&2; exit 1; }
mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
for version; do
	[ ! -d "$out/$version" ] || continue
	rm -rf "$out/.new"
	mkdir "$out/.new"
	(cd "$out/.new" && npm pack --silent "@elastic/elasticsearch@$version" 9>&- >/dev/null && tar -xzf ./*.tgz) ||
		{ echo "npm: could not get @elastic/elasticsearch $version" >&2; exit 1; }
	mv "$out/.new/package" "$out/$version"
done
rm -rf "$out/.new"
