#!/bin/sh
# run.sh: every lint, as one list of TAP lines.
cd "$(dirname "$0")" || exit 1
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
count=0
failed=0
for lint in layers.sh symbols.sh docs.sh tools.sh; do
	sh "$lint" >"$out" || failed=1
	if ! grep -qE '^(not )?ok ' "$out"; then
		echo "not ok 1 - $lint says something" >>"$out"
		failed=1
	fi
	# Number the lines through; each lint counts from 1.
	awk -v n="$count" '/^(not )?ok [0-9]+ - / { sub(/ok [0-9]+/, "ok " ++n) } { print }' "$out"
	count=$((count + $(grep -cE '^(not )?ok ' "$out")))
done
echo "1..$count"
exit $failed
