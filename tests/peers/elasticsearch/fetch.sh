#!/bin/sh
# Get what tests/peers runs Elasticsearch's own classes with, once, into build/elasticsearch/:
#
#   VERSION/lib/*.jar   the server's jars and its TLS library, of one release for each format of the
#                       keystore, and the newest
#   VERSION/xpack/*.jar the published part of its security plugin, of some of these releases
#   classes/            Keystore.java, Tls.java and Access.java, compiled
#
# and into build/jdk/ the Java runtimes for them, whatever the machine has: tests/peers/jdk/fetch.sh.
# Everything is made beside its place and renamed when it is whole, so a killed run is simply repeated.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
out=$root/build/elasticsearch
versions='7.12.0 7.17.28 8.0.0 8.13.4 8.15.3 8.19.0 9.0.0 9.2.0'
xpack_versions='7.12.0 7.17.28 8.13.4 8.15.3 8.19.0 9.0.0'

say() { printf 'elasticsearch: %s\n' "$*"; }
die() { printf 'elasticsearch: %s\n' "$*" >&2; exit 1; }

for tool in mvn javac python3; do
	command -v $tool >/dev/null || die "$tool is missing: sh tests/setup.sh demo test"
done
sh "$here/../jdk/fetch.sh"
mkdir -p "$out"
stage=$out/.new
trap 'rm -rf "$stage"' EXIT
exec 9>"$out/.lock"
flock 9

# get POM VERSION: what it depends on, into $stage
get()
{
	rm -rf "$stage"
	mkdir "$stage"
	mvn -B -C -q -f "$here/$1" -Delasticsearch.version="$2" -Dstage="$stage" package >"$out/mvn.log" 2>&1 9>&- || {
		tail -n 20 "$out/mvn.log" >&2
		die "mvn could not get Elasticsearch $2; the lines above say why. Run again to go on"
	}
}

for version in $versions; do
	[ ! -e "$out/$version/lib/elasticsearch-ssl-config-$version.jar" ] || continue
	say "the classes of $version, about 35 MB"
	get pom.xml "$version"
	rm -rf "${out:?}/$version"
	mv "$stage" "$out/$version"
done
for version in $xpack_versions; do
	[ ! -e "$out/$version/xpack" ] || continue
	say "x-pack-core $version, about 5 MB"
	get xpack.xml "$version"
	mv "$stage/xpack" "$out/$version/xpack"
done
made_from=$(cat "$here/Keystore.java" "$here/Tls.java" "$here/Access.java" | cksum)
if [ "$(cat "$out/classes/.made-from" 2>/dev/null)" != "$made_from" ]; then
	rm -rf "$stage" "$out/classes"
	javac --release 17 -cp "$out/8.13.4/lib/*" -d "$stage" "$here/Keystore.java"
	# 7.12 is run by a Java as old as its own, which cannot load classes of the Java that 8 asks for.
	javac --release 11 -cp "$out/7.17.28/lib/*" -d "$stage" "$here/Tls.java"
	javac --release 11 -cp "$out/7.17.28/lib/*:$out/7.17.28/xpack/*" -d "$stage" "$here/Access.java"
	echo "$made_from" >"$stage/.made-from"
	mv "$stage" "$out/classes"
fi
