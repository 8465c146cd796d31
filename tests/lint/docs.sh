#!/bin/sh
# docs.sh: what the documents must name, and what no tracked file may.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# missing_in FILE: of the words on stdin, those that FILE does not hold in `code` or as a word
missing_in()
{
	if [ ! -f "$1" ]; then
		echo "$1 is missing"
		return
	fi
	while read -r word; do
		grep -qF "\`$word\`" "$1" || grep -qwF -- "$word" "$1" || echo "$1 does not name $word"
	done
}

verdict "docs/architecture.md names every module of lib" \
	"$(for h in lib/*/*.h; do basename "$h" .h; done | sort -u | missing_in docs/architecture.md)"
verdict "docs/stack-file.md names every key and variable of the stack file" \
	"$(sed -n 's/^	{ "\([a-z_]*\)", *\("\([A-Z_]*\)"\|NULL\), *SCOPE_.*/\1 \3/p' lib/stack/schema.c |
		tr ' ' '\n' | grep . | sort -u | missing_in docs/stack-file.md)"

# Tracked and about to be: what git would take. The words are split here, so that this file passes.
files=$(our_files "*")
registries="docker[.]io|docker[.]elastic[.]co|gcr[.]io|ghcr[.]io|quay[.]io|registry[.]k8s[.]io|mcr[.]microsoft[.]com|public[.]ecr[.]aws"
here='(^|[^[:alnum:]_.)}-])/(wo[r]k|ro[o]t|ho[m]e/[a-z]+)/'
verdict "no tracked file names a registry's host" \
	"$(printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 grep -nIE "$registries" -- 2>/dev/null |
		grep -v '^tests/lint/docs.sh:' | cut -c 1-160)"
verdict "no tracked file names a path of the machine it was written on" \
	"$(printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 grep -nIE "$here" -- 2>/dev/null |
		grep -v '^tests/lint/docs.sh:' | cut -c 1-160)"
exit $tap_failed
