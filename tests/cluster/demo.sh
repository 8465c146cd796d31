#!/bin/sh
# The main job, for real: three nodes on loopback, each started by the same command on one shared
# folder, sealed at level https. Run by `make demo`; see README.md.
#
#   ES_HOME=DIR   an unpacked Elasticsearch instead of OpenSearch (not as root)
#   KEEP=1        leave the cluster running until Ctrl-C
#   DEMO=DIR      where everything is put; default build/demo/opensearch or build/demo/elasticsearch
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
init=$root/build/bin/init
timeout=${DEMO_TIMEOUT:-180}
started=
table=
t0=$(date +%s%3N)

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }
row() { table="$table$(printf '%-34s %-46s %8s' "$1" "$2" "$3")
"; }
since() { echo "$(($(date +%s%3N) - $1)) ms"; }

# What differs between the two distributions.
if [ -n "${ES_HOME:-}" ]; then
	[ -x "$ES_HOME/bin/elasticsearch" ] || fail "ES_HOME=$ES_HOME holds no bin/elasticsearch"
	[ "$(id -u)" != 0 ] || fail "Elasticsearch refuses to run as root: run make demo as another user"
	distribution=elasticsearch
	version=$(find "$ES_HOME/lib" -name 'elasticsearch-[0-9]*.jar' | sed 's/.*elasticsearch-\([0-9.]*\)\.jar/\1/' | head -n 1)
	template=$ES_HOME/config server=$ES_HOME/bin/elasticsearch path_conf=ES_PATH_CONF
	config=elasticsearch.yml superuser=elastic
	ES_JAVA_OPTS=${ES_JAVA_OPTS:--Xms512m -Xmx512m}
	export ES_JAVA_OPTS
else
	distribution=opensearch
	version=2.19.4
	home=$root/build/opensearch/$version
	template=$home/config server=$home/bin/opensearch path_conf=OPENSEARCH_PATH_CONF
	config=opensearch.yml superuser=admin
fi

demo=${DEMO:-$root/build/demo/$distribution}
case $demo in /*) ;; *) demo=$root/$demo ;; esac

http_port() { echo "1920${1#node}"; }
transport_port() { echo "1930${1#node}"; }

stop_all() {
	for pid in $started; do kill -TERM "$pid" 2>/dev/null || true; done
	for pid in $started; do
		i=0
		while kill -0 "$pid" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
		pkill -KILL -P "$pid" 2>/dev/null || true
		kill -KILL "$pid" 2>/dev/null || true
	done
	started=
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The one stack file, here with ports because all nodes share one address.
write_stack() { # FILE NAME NODE...
	file=$1 name=$2
	shift 2
	{
		printf 'name: %s\ndistribution: %s\nversion: %s\nlevel: https\ninstances:\n' "$name" "$distribution" "$version"
		for node in "$@"; do
			printf '  - name: %s\n    dns: localhost\n    ip: 127.0.0.1\n    http_port: %s\n    transport_port: %s\n' \
				"$node" "$(http_port "$node")" "$(transport_port "$node")"
		done
	} >"$file"
}

make_config() { # NODE: its configuration folder, as an image brings it, with the user's own lines
	[ -d "$demo/$1/config" ] && return
	rm -rf "$demo/$1/config.new"
	mkdir -p "$demo/$1"
	cp -R "$template" "$demo/$1/config.new"
	printf 'network.host: 127.0.0.1\npath.data: %s\npath.logs: %s\n' "$demo/$1/data" "$demo/$1/logs" >"$demo/$1/config.new/$config"
	mv "$demo/$1/config.new" "$demo/$1/config"
}

start() { # NODE STACK STORE [OPTION...]: the same command in every container
	node=$1 stack=$2 store=$3
	shift 3
	env "$path_conf=$demo/$node/config" setsid "$init" run --stack "$stack" --name "$node" --store "$store" \
		--config-dir "$demo/$node/config" "$@" -- "$server" >"$demo/$node/server.log" 2>"$demo/$node/init.log" </dev/null &
	started="$started $!"
}

ask() { # PATH USER PASSWORD-FILE: status and body; the password goes through a pipe, never argv
	printf 'user = "%s:%s"\n' "$2" "$(cat "$3")" |
		curl -sS --config - --cacert "$demo/store/trust/http.crt" -w '\n%{http_code}' \
			"https://localhost:$(http_port node1)$1"
}

# Wait with `init wait`, but not for a node that has ended.
await() { # FOR [OPTION...]
	"$init" wait "$@" --stack "$demo/stack.yml" --store "$demo/store" --timeout "$timeout" &
	waiting=$!
	while kill -0 $waiting 2>/dev/null; do
		for pid in $started; do
			kill -0 "$pid" 2>/dev/null && continue
			kill $waiting
			for node in node1 node2 node3; do tail -n 3 "$demo/$node/init.log" "$demo/$node/server.log" >&2; done
			fail 'a node has ended; the end of what each said is above'
		done
		sleep 0.1
	done
	wait $waiting
}

checksums() { (cd "$demo" && find store node1/config node2/config node3/config -type f ! -name .lock ! -name '*.tmp*' -exec sha256sum {} + | sort -k 2); }

mkdir -p "$demo/store"
chmod 700 "$demo/store"
write_stack "$demo/stack.yml" demo node1 node2 node3

if [ -f "$demo/store/seal.json" ]; then
	say 'three nodes, one shared folder: sealed by an earlier run'
else
	say 'three nodes, one shared folder: empty'
fi
cat "$demo/stack.yml"
t=$(date +%s%3N)
for node in node1 node2 node3; do
	make_config "$node"
	start "$node" "$demo/stack.yml" "$demo/store"
done
await sealed || fail "the cluster was not sealed; see $demo/node1/init.log and $demo/node1/server.log"
row 'start to sealed' "$distribution $version, 3 nodes" "$(since "$t")"
t=$(date +%s%3N)
for node in node1 node2 node3; do
	await green --quiet --url "https://localhost:$(http_port $node)" || fail "$node did not become green"
done
row 'sealed to green' 'every copy of every shard' "$(since "$t")"

say 'green, with three nodes'
# After the seal each init prepares once more, to take out what only a first start needs.
for node in node1 node2 node3; do
	i=0
	until [ "$(grep -c 'prepared instance' "$demo/$node/init.log")" = 2 ]; do
		i=$((i + 1))
		[ $i -lt $((timeout * 10)) ] || fail "$node did not finish; see $demo/$node/init.log"
		sleep 0.1
	done
done
cat "$demo"/node[123]/init.log
ask '/_cat/nodes?v' $superuser "$demo/store/passwords/$superuser" || fail 'cannot ask the cluster'
count=$(ask '/_cat/nodes' $superuser "$demo/store/passwords/$superuser" | grep -c '^127')
[ "$count" = 3 ] || fail "$count nodes instead of 3"

say 'every link encrypted by certificates that init made'
for node in node1 node2 node3; do
	for link in transport http; do
		port=$("${link}_port" "$node")
		set -- -connect "127.0.0.1:$port" -CAfile "$demo/store/trust/$link.crt" -verify_return_error
		# between nodes both sides show a certificate; on HTTP one of another CA would be refused
		[ $link = http ] || set -- "$@" -cert "$demo/$node/config/certs/transport.crt" -key "$demo/$node/config/certs/transport.key"
		seen=$(openssl s_client "$@" </dev/null 2>/dev/null) ||
			fail "$node $link: no TLS that $link's CA vouches for"
		printf '%s %-9s %s\n' "$node" "$link" "$(printf '%s\n' "$seen" | sed -n 's/^subject=//p; s/^New, \([^,]*\),.*/\1/p' | paste -s -d ' ')"
	done
done
if curl -sS -o /dev/null "http://localhost:$(http_port node1)/" 2>"$demo/plain.txt"; then
	fail 'plain HTTP was answered'
fi
echo "plain HTTP is refused: $(cat "$demo/plain.txt")"

say 'a login with the right password and with a wrong one'
printf 'not-the-password' >"$demo/wrong"
for file in "$demo/store/passwords/$superuser" "$demo/wrong"; do
	printf '%-60s %s\n' "$superuser with $(basename "$(dirname "$file")")/$(basename "$file")" "$(ask / $superuser "$file" | tail -n 1)"
done
[ "$(ask / $superuser "$demo/store/passwords/$superuser" | tail -n 1)" = 200 ] || fail 'the right password is refused'
[ "$(ask / $superuser "$demo/wrong" | tail -n 1)" = 401 ] || fail 'a wrong password is let in'

say 'a fourth node, with certificates of a foreign CA, is refused'
t=$(date +%s%3N)
rm -rf "$demo/node4" "$demo/foreign"
mkdir -p "$demo/foreign"
write_stack "$demo/foreign.yml" demo node1 node2 node3 node4
make_config node4
start node4 "$demo/foreign.yml" "$demo/foreign" --no-seal
i=0
until grep -qE 'PKIX|SSLHandshakeException|certificate_unknown' "$demo/node4/server.log"; do
	i=$((i + 1))
	[ $i -lt $((timeout * 10)) ] || fail "node4 was not refused; see $demo/node4/server.log"
	sleep 0.1
done
grep -oE 'PKIX path building failed|SSLHandshakeException: [^"]*' "$demo/node4/server.log" | head -n 1
[ "$(ask '/_cat/nodes' $superuser "$demo/store/passwords/$superuser" | grep -c '^127')" = 3 ] || fail 'the foreign node joined'
echo 'the cluster still has 3 nodes'
row 'a foreign node refused' 'by the transport CA' "$(since "$t")"

say 'a second run changes nothing'
checksums >"$demo/before.txt"
t=$(date +%s%3N)
for node in node1 node2 node3; do
	"$init" prepare --stack "$demo/stack.yml" --name "$node" --store "$demo/store" --config-dir "$demo/$node/config" || fail "prepare of $node failed"
done
row 'init prepare again, three times' 'nothing to do' "$(since "$t")"
"$init" seal --stack "$demo/stack.yml" --store "$demo/store" --timeout "$timeout"
checksums >"$demo/after.txt"
cmp -s "$demo/before.txt" "$demo/after.txt" || { diff "$demo/before.txt" "$demo/after.txt" >&2; fail 'the second run changed something'; }
echo "$(wc -l <"$demo/after.txt") files, all as they were"

say 'what there is'
"$init" status --stack "$demo/stack.yml" --store "$demo/store" || fail 'status is not all well'
row 'stack file' "$demo/stack.yml" ''
row 'store: CAs, passwords, seal' "$demo/store" ''
row 'configuration, data, logs' "$demo/node1 node2 node3" ''
row "password of $superuser" "$demo/store/passwords/$superuser" ''
row 'all of it' "run again: it takes up what is there" "$(since "$t0")"
printf '\n%s' "$table"

if [ -n "${KEEP:-}" ]; then
	printf '\nThe cluster runs at https://localhost:%s until you press Ctrl-C.\n' "$(http_port node1)"
	while sleep 1; do :; done
fi
printf '\nStopping the cluster. KEEP=1 make demo leaves it running; rm -r %s starts from nothing.\n' "$demo"
