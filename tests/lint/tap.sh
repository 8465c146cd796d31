# tap.sh - what the lints share; sourced. Each lint prints "ok N - name" or "not ok N - name" with
# the findings as "# ..." lines before it, and fails when one of its checks failed.
# shellcheck shell=sh
tap_count=0
# shellcheck disable=SC2034 # for those who source this
tap_failed=0

# verdict NAME FINDINGS: no findings is good
verdict()
{
	tap_count=$((tap_count + 1))
	if [ -z "$2" ]; then
		echo "ok $tap_count - $1"
		return
	fi
	printf '%s\n' "$2" | head -n 200 | sed 's/^/# /'
	echo "not ok $tap_count - $1"
	# shellcheck disable=SC2034
	tap_failed=1
}

# our_files [PATTERN]: what git would take; without git, everything but what was built
our_files()
{
	git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "${1:-*}" 2>/dev/null ||
		find . -path ./build -prune -o -path ./.git -prune -o -type f -name "${1:-*}" -print | sed 's|^[.]/||'
}

# skipped NAME WHY
skipped()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}
