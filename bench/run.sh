#!/bin/sh
# Our programs beside their peers, the same work in the same run; figures are ratios, since machines
# differ. Run by `make bench`.
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

row() { # WHAT OURS PEER-NAME PEER
	printf '%-44s %9s ms   %-28s %9s ms   %6.1f times\n' "$1" "$2" "$3" "$4" "$(echo "$4 $2" | awk '{ print $1 / $2 }')"
}

ours_ca() { rm -rf "$work/ca"; "$certgen" ca --out "$work/ca" --quiet; }
ours_cert() { rm -rf "$work/out"; "$certgen" cert --ca-cert "$work/ca/ca.crt" --ca-key "$work/ca/ca.key" --name es01 --dns es01 --ip 10.0.0.1 --out "$work/out" --quiet; }
ours_32() { rm -rf "$work/out"; "$certgen" cert --ca-cert "$work/ca/ca.crt" --ca-key "$work/ca/ca.key" --in "$work/instances.yml" --out "$work/out" --quiet; }
openssl_ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=ca -keyout "$work/o-ca.key" -out "$work/o-ca.crt"; }
openssl_cert() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$work/o.key" -out "$work/o.csr" 2>/dev/null
	printf 'subjectAltName=DNS:%s,IP:10.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' "$1" >"$work/o.ext"
	openssl x509 -req -in "$work/o.csr" -CA "$work/o-ca.crt" -CAkey "$work/o-ca.key" -days 730 -extfile "$work/o.ext" -out "$work/o.crt"
}
openssl_32() { for i in $(seq 32); do openssl_cert "es$i"; done; }
keytool_cert() {
	rm -f "$work/k.p12"
	keytool -genkeypair -keystore "$work/k.p12" -storepass changeit -alias es01 -keyalg EC -groupname secp256r1 -dname CN=es01 -ext san=dns:es01,ip:10.0.0.1
}
prepare() { "$init" prepare --stack "$work/stack.yml" --name "$1" --store "$work/store" --config-dir "$work/conf" --quiet; }
empty() { rm -rf "$work/store" "$work/conf"; mkdir "$work/store" "$work/conf"; }
cold() { empty; prepare es01; }
warm() { prepare es01; }
peak_of() { /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1; } # kB; a shell's own would count a fork

{
	echo 'instances:'
	for i in $(seq 32); do printf '  - name: es%s\n    dns: es%s\n    ip: 10.0.0.%s\n' "$i" "$i" "$i"; done
} >"$work/instances.yml"
printf 'name: bench\nversion: 8.19.0\ninstances:\n  - name: es01\n    dns: es01\n  - name: es02\n    dns: es02\n' >"$work/stack.yml"

ours_ca
openssl_ca 2>/dev/null
row 'one CA (P-256)' "$(time_of "$runs" ours_ca)" 'openssl req' "$(time_of "$runs" openssl_ca)"
row 'one certificate' "$(time_of "$runs" ours_cert)" 'openssl req + x509' "$(time_of "$runs" openssl_cert es01)"
if command -v keytool >/dev/null; then
	row 'one certificate' "$(time_of "$runs" ours_cert)" 'keytool (a JVM, self-signed)' "$(time_of 3 keytool_cert)"
else
	echo 'keytool is not here: apt-get install default-jdk-headless'
fi
row '32 certificates' "$(time_of "$runs" ours_32)" 'openssl req + x509, 32 times' "$(time_of 3 openssl_32)"
printf '%-44s %9s ms\n' 'init prepare, empty store' "$(time_of "$runs" cold)"
printf '%-44s %9s ms\n' 'init prepare, nothing to do' "$(time_of "$runs" warm)"
echo '{}' >"$work/store/seal.json"
prepare es01
printf '%-44s %9s ms\n' 'init prepare, nothing to do, sealed' "$(time_of "$runs" warm)"
empty
printf '%-44s %9s kB\n' 'init prepare, empty store, peak memory' "$(peak_of "$init" prepare --stack "$work/stack.yml" \
	--name es01 --store "$work/store" --config-dir "$work/conf" --quiet)"
printf '%-44s %9s kB\n' 'openssl req, peak memory' "$(peak_of openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-subj /CN=ca -keyout "$work/o-ca.key" -out "$work/o-ca.crt")"
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
