#!/bin/sh
# keystore.sh: a keystore with 1 and with 100 entries, made and read by `init keystore` and by
# Elasticsearch's own class in a JVM, format by format. Run by `make bench`; docs/performance.md says how
# to read it. INIT names another program than build/bin/init.
#
# Most of what ours takes is PBKDF2, whose rounds the format fixes: 10000 in format 4, 210000 in 7. The
# JVM's side is the class alone, called as quickly as can be; elasticsearch-keystore starts a shell, and
# a JVM that looks for the command, before it.
set -eu
cd "$(dirname "$0")/.."
init=${INIT:-$PWD/build/bin/init}
runs=${RUNS:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sh tests/peers/elasticsearch/fetch.sh >&2 || { echo 'keystore.sh: the class is not here'; exit 0; }

# theirs VERSION WORD...: Keystore.java of tests/peers
theirs()
{
	version=$1
	shift
	build/jdk/25/bin/java -Xshare:auto -XX:TieredStopAtLevel=1 \
		-cp "build/elasticsearch/classes:build/elasticsearch/$version/lib/*" \
		org.elasticsearch.common.settings.Keystore "$@"
}

now() { date +%s%N; }

# median COMMAND...: milliseconds of one run
median()
{
	for _ in $(seq "$runs"); do
		begun=$(now)
		"$@" >/dev/null 2>&1
		echo $((($(now) - begun) / 1000))
	done | sort -n | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] / 1000 }'
}

# peak COMMAND...: kB, resident
peak() { /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1; }

make_ours()
{
	rm -rf "$work/ours" && mkdir "$work/ours"
	# shellcheck disable=SC2086 # the names are words
	"$init" keystore add -f --stack-version "$version" --config-dir "$work/ours" $names <"$work/values"
}
read_ours() { "$init" keystore list --config-dir "$work/ours"; }
make_theirs()
{
	rm -rf "$work/theirs" && mkdir "$work/theirs"
	theirs "$version" fill "$work/theirs" '' "$entries" 0
}
read_theirs() { theirs "$version" read "$work/theirs"; }

printf '\n%-38s %10s %10s %10s %10s\n' 'keystore, median ms of a process' 'make ours' 'JVM' 'read ours' 'JVM'
for version in 7.17.28 9.2.0; do
	for entries in 1 100; do
		names=$(seq -f 'n%.0f' "$entries" | tr '\n' ' ')
		seq -f 'value %.0f' "$entries" >"$work/values"
		printf '%-38s %10s %10s' "$version, $entries entries" "$(median make_ours)" "$(median make_theirs)"
		printf ' %10s %10s\n' "$(median read_ours)" "$(median read_theirs)"
		[ "$(read_ours | wc -l)" = $((entries + 1)) ] || { echo 'keystore.sh: ours lost entries' >&2; exit 1; }
	done
done
printf '%-38s %10s %10s\n' 'peak memory while reading, kB' \
	"$(peak "$init" keystore list --config-dir "$work/ours")" \
	"$(peak build/jdk/25/bin/java -Xshare:auto -XX:TieredStopAtLevel=1 \
		-cp "build/elasticsearch/classes:build/elasticsearch/9.2.0/lib/*" \
		org.elasticsearch.common.settings.Keystore read "$work/theirs")"
