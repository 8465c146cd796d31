#!/bin/sh
# run.sh: every fuzz target in turn, or FUZZ_TARGET alone, for FUZZ_SECONDS each (60).
#
# What a target learns stays in build/fuzz/TARGET/corpus, and the next run goes on from there. An
# input that fails is kept as build/fuzz/TARGET/crash-*, leak-*, oom-* or timeout-*: put it into
# tests/fuzz/corpus/TARGET as found-WHAT, and every `make test` looks at it again.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
seconds=${FUZZ_SECONDS:-60}
out=$PWD/build/fuzz
failed=

# fuzz TARGET: its last words are in build/fuzz/TARGET/log
fuzz()
{
	mkdir -p "$out/$1/corpus" || return 1
	set -- "$1" "$out/$1/corpus" "tests/fuzz/corpus/$1" -artifact_prefix="$out/$1/" \
		-max_total_time="$seconds" -timeout=10 -report_slow_units=2 -rss_limit_mb=2048 \
		-max_len=65536 -print_final_stats=1
	[ ! -f "tests/fuzz/$1.dict" ] || set -- "$@" -dict="tests/fuzz/$1.dict"
	target=$1
	shift
	"build/bin/fuzz/fuzz/$target" "$@" >"$out/$target/log" 2>&1
}

targets=
for file in tests/fuzz/*.c; do
	name=$(basename "$file" .c)
	[ "$name" = driver ] || targets="$targets $name"
done
if [ -n "${FUZZ_TARGET:-}" ]; then
	case " $targets " in
	*" $FUZZ_TARGET "*) targets=$FUZZ_TARGET ;;
	*)
		echo "fuzz: there is no target '$FUZZ_TARGET', only$targets" >&2
		exit 64 ;;
	esac
fi
for target in $targets; do
	mkdir -p "$out" || exit 1
	if ! make --no-print-directory -j "$(nproc)" FUZZ=1 "$PWD/build/bin/fuzz/fuzz/$target" >"$out/build.log" 2>&1; then
		cat "$out/build.log" >&2
		exit 1
	fi
	echo "== $target, $seconds s"
	if ! fuzz "$target"; then
		grep -vE '^#[0-9]+' "$out/$target/log" | tail -n 80
		failed="$failed $target"
	fi
	sed -n -e 's/^stat::\(number_of_executed_units\|slowest_unit_time_sec\|peak_rss_mb\): */   \1 /p' \
		-e 's/.*DONE *\(cov: [0-9]*\).*/   \1/p' "$out/$target/log"
done
[ -z "$failed" ] || { echo "fuzz: failed:$failed" >&2; exit 1; }
