#!/bin/sh
# run.sh [RING...]: the tests, ring by ring, each a program that prints TAP. The last line is
# "N passed, N failed"; the status is 1 when anything failed.
#
#   lint       tests/lint                       unit-dev     unit tests, dynamic
#   unit-san   unit tests under the sanitizers  unit-static  unit tests as we ship: static
#   fuzz       tests/fuzz, the parsers' corpora again, under the sanitizers; make fuzz looks for more
#   cli        tests/cli, the real programs     cluster      tests/cluster, real servers
#   peers      tests/peers, other people's code reads what ours has written
#   elasticsearch  tests/elasticsearch: a whole stack from first start to last level, on a stand-in, or
#              on the unpacked Elasticsearch in ES_HOME
#   build      tests/build, the pinned libraries and the programs for arm64
#
# Without arguments: all but unit-dev. What each ring said is in build/test/RING.log.
cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- lint unit-san fuzz unit-static cli elasticsearch peers cluster build
out=$PWD/build/test
mkdir -p "$out" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
jobs=$(nproc)
passed=0
failed=0
tab=$(printf '\t')

# Only a terminal is redrawn.
progress() { if [ -t 1 ]; then printf '\r   %s ' "$1"; fi; }
wipe() { if [ -t 1 ]; then printf '\r%60s\r' ''; fi; }

# defect TEXT: a failure that no test printed
defect()
{
	wipe
	echo "not ok - $1"
	bad=$((bad + 1))
}

# follow: read one program's TAP from stdin; counts into good, bad, skipped
follow()
{
	kept=
	kept_lines=0
	plan=
	seen=0
	after_failure=
	while IFS= read -r line; do
		case $line in
		ok\ *'# SKIP'* | ok\ *'# skip'*)
			skipped=$((skipped + 1)) ;;
		'ok '*)
			good=$((good + 1)) ;;
		'not ok '*)
			wipe
			[ -z "$kept" ] || printf '%s' "$kept"
			printf '%s\n' "$line"
			bad=$((bad + 1)) ;;
		1..[0-9]*)
			plan=${line#1..}
			plan=${plan%% *}
			continue ;;
		*)
			if [ -n "$after_failure" ]; then
				printf '%s%s\n' "$tab" "$line"
			elif [ $kept_lines -lt 200 ]; then
				kept="$kept$tab$line
"
				kept_lines=$((kept_lines + 1))
			fi
			continue ;;
		esac
		seen=$((seen + 1))
		kept=
		kept_lines=0
		after_failure=
		case $line in not*) after_failure=yes ;; esac
		progress "$good ok"
	done
}

# run NAME COMMAND...: one program of the ring that is running
run()
{
	name=$1
	shift
	before=$bad
	log=$out/$name.log
	mkfifo "$out/pipe.$$" || exit 1
	: >"$log"
	# Not a pipe from the program: whatever it leaves running would keep that open for ever. The wait
	# inside is what lets tail see that the program is gone.
	{
		timeout -k 10 1800 "$@" >"$log" 2>&1 </dev/null &
		program=$!
		tail -n +1 -f -s 0.1 --pid=$program "$log" >"$out/pipe.$$" &
		wait $program
		echo $? >"$out/status.$$"
		wait
	} &
	follow <"$out/pipe.$$"
	wait
	status=$(cat "$out/status.$$")
	rm -f "$out/pipe.$$" "$out/status.$$"
	if [ "$seen" = 0 ]; then
		[ -z "$kept" ] || printf '%s' "$kept"
		defect "$name ran no test (status $status)"
	elif [ -n "$plan" ] && [ "$plan" != "$seen" ]; then
		[ -z "$kept" ] || printf '%s' "$kept"
		defect "$name ended after $seen of $plan tests (status $status)"
	elif [ "$status" != 0 ] && [ "$bad" = "$before" ]; then
		[ -z "$kept" ] || printf '%s' "$kept"
		defect "$name ended with status $status"
	fi
}

# build TARGET VARIABLE...: make, silent unless it fails
build()
{
	make --no-print-directory -j "$jobs" "$@" >"$out/build.log" 2>&1 && return
	sed "s/^/$tab/" "$out/build.log" | grep -v "^$tab  cc " | tail -n 60
	defect "make $* failed"
	return 1
}

# scripts DIR: the tests in it, each a program named test_*.py
scripts()
{
	found=
	for script in "$1"/test_*.py; do
		[ -f "$script" ] || continue
		found=yes
		run "$(basename "$1")-$(basename "$script" .py)" \
			env PYTHONPATH=tests PYTHONDONTWRITEBYTECODE=1 python3 "$script"
	done
	[ -n "$found" ] || defect "no test in $1"
}

# replay: each fuzz target reads its corpus
replay()
{
	found=
	for target in tests/fuzz/*.c; do
		target=$(basename "$target" .c)
		[ "$target" != driver ] || continue
		found=yes
		run "fuzz-$target" "build/bin/san/fuzz/$target" "tests/fuzz/corpus/$target"
	done
	[ -n "$found" ] || defect "no target in tests/fuzz"
}

ring()
{
	case $1 in
	lint) run lint sh tests/lint/run.sh ;;
	unit-dev) build DEV=1 "$PWD/build/bin/dev/unit" && run "$1" build/bin/dev/unit ;;
	unit-san) build SAN=1 "$PWD/build/bin/san/unit" && run "$1" build/bin/san/unit ;;
	fuzz) build SAN=1 fuzzers && replay ;;
	unit-static) build "$PWD/build/bin/unit" && run "$1" build/bin/unit ;;
	cli) build all && scripts tests/cli ;;
	elasticsearch) build all && scripts tests/elasticsearch ;;
	peers) build all && scripts tests/peers ;;
	cluster) build all && scripts tests/cluster ;;
	build) build all ARCH=aarch64 && scripts tests/build ;;
	*) defect "there is no ring '$1'" ;;
	esac
}

for name_of_ring in "$@"; do
	good=0
	bad=0
	skipped=0
	begun=$(date +%s)
	echo "== $name_of_ring"
	ring "$name_of_ring"
	wipe
	echo "   $good ok, $bad not ok$([ $skipped = 0 ] || echo ", $skipped skipped") ($(($(date +%s) - begun)) s)"
	passed=$((passed + good))
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
