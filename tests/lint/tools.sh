#!/bin/sh
# tools.sh: what the analysers say; every report is a failure.
#
# Each release of a tool reports other things: the verdicts are those of Debian 12's releases, another
# one is skipped. What a report is worth was settled with these.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh
# shellcheck disable=SC2086,SC2317 # lists of names without blanks; functions called by with()
:

sources=$(ls lib/*/*.c init/*.c certgen/*.c 2>/dev/null)
headers=$(ls lib/*/*.h init/*.h certgen/*.h 2>/dev/null)
tests=$(ls tests/unit/*.[ch] tests/fuzz/*.[ch])
scripts=$(our_files '*.sh')

# with TOOL VERSION NAME FUNCTION: run FUNCTION if TOOL is there in that version
with()
{
	if ! command -v "$1" >/dev/null; then
		verdict "$3" "$1 is not installed: sh tests/setup.sh test"
	elif ! "$1" --version | grep -qE "(^| |:)$2"; then
		skipped "$3" "made for $1 $2"
	else
		verdict "$3" "$("$4" 2>&1)"
	fi
}

# shellcheck disable=SC2086,SC2317
format()
{
	clang-format --dry-run -Werror $sources $headers $tests
}

# shellcheck disable=SC2086,SC2317
shell()
{
	shellcheck -x $scripts
}

# shellcheck disable=SC2046,SC2317
python()
{
	pyflakes3 $(our_files '*.py')
}

# memleak: cppcheck does not see that TAKE() hands a pointer over; the sanitizers watch leaks.
# varFuncNullUB: NULL is a pointer in glibc's and musl's C headers.
# shellcheck disable=SC2086,SC2317
check()
{
	cppcheck --quiet --std=c11 --inline-suppr --enable=warning,performance,portability \
		--suppress=memleak --suppress=varFuncNullUB -D__STDC_VERSION__=201710L \
		-DSTACKSEAL_VERSION='"0"' -I lib -I . -j "$(nproc)" $sources $tests
}

# gcc's analyser does not know __attribute__((cleanup)), so it takes every auto_* variable for a leak:
# leaks are off everywhere, the sanitizers watch for them. In the files named here it believes that a
# function which returned true had not written its out-parameter; NULL is off there.
# shellcheck disable=SC2317
analyse()
{
	for c in $sources; do
		null=
		case $c in lib/pki/cert.c) null=-Wno-analyzer-null-dereference ;; esac
		echo "$null -o /dev/null $c"
	done | xargs -P "$(nproc)" -L 1 gcc -std=c17 -D_GNU_SOURCE -DSTACKSEAL_VERSION='"0"' -iquote lib \
		-iquote . -O1 -S -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-file-leak \
		-Wno-analyzer-too-complex
}

with clang-format 14 "every C file is laid out by .clang-format" format
with shellcheck 0.9 "shellcheck has nothing to say about any script" shell
with pyflakes3 '[0-9]' "pyflakes has nothing to say about any Python file" python
with cppcheck 2.10 "cppcheck has nothing to say about any C file" check
with gcc 12 "gcc -fanalyzer has nothing to say about any C file" analyse
exit $tap_failed
