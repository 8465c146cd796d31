#!/bin/sh
# What init costs: time, memory, size. Certificates beside other tools are in certs.py. Run by
# `make bench`; docs/performance.md says how to read both.
set -eu
cd "$(dirname "$0")/.."
init=build/bin/init certgen=build/bin/certgen
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
runs=${RUNS:-20}

now() { date +%s%N; }

# time_of RUNS COMMAND...: milliseconds of one run, the median
time_of() {
	runs=$1
	shift
	for _ in $(seq "$runs"); do
		t=$(now)
		"$@" >/dev/null 2>&1
		echo $((($(now) - t) / 1000))
	done | sort -n | awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] / 1000 }'
}

prepare() { "$init" prepare --stack "$work/stack.yml" --name "$1" --store "$work/store" --config-dir "$work/conf" --quiet; }
empty() { rm -rf "$work/store" "$work/conf"; mkdir "$work/store" "$work/conf"; }
cold() { empty; prepare es01; }
warm() { prepare es01; }
peak_of() { /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1; } # kB; a shell's own would count a fork

printf 'name: bench\nversion: 8.19.0\ninstances:\n  - name: es01\n    dns: es01\n  - name: es02\n    dns: es02\n' >"$work/stack.yml"

printf '%-44s %9s ms\n' 'init prepare, empty store' "$(time_of "$runs" cold)"
printf '%-44s %9s ms\n' 'init prepare, nothing to do' "$(time_of "$runs" warm)"
echo '{}' >"$work/store/seal.json"
prepare es01
printf '%-44s %9s ms\n' 'init prepare, nothing to do, sealed' "$(time_of "$runs" warm)"
empty
printf '%-44s %9s kB\n' 'init prepare, empty store, peak memory' "$(peak_of "$init" prepare --stack "$work/stack.yml" \
	--name es01 --store "$work/store" --config-dir "$work/conf" --quiet)"
for program in "$init" "$certgen"; do
	printf '%-44s %9s bytes\n' "size of $(basename "$program")" "$(stat -c %s "$program")"
done
python3 - "$init" "$work" <<'PY'
import subprocess, sys
init, work = sys.argv[1:]
run = subprocess.Popen([init, "run", "--no-seal", "--no-prepare", "--stack", work + "/stack.yml", "--name", "es01", "--store", work + "/store", "--", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
run.stdin.write(b"x"); run.stdin.flush(); run.stdout.read(1)
fields = dict(line.split(":", 1) for line in open("/proc/%d/smaps_rollup" % run.pid) if ":" in line and "kB" in line)
print("%-44s %12s" % ("init run, memory of its own while waiting", fields["Anonymous"].strip()))
print("%-44s %12s" % ("init run, resident memory while waiting", fields["Rss"].strip()))
run.stdin.close(); run.wait()
PY
