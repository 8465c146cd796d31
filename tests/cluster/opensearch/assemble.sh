#!/bin/sh
# Put a secured OpenSearch node that runs into build/opensearch/VERSION/, from Maven Central.
#
#     tests/cluster/opensearch/assemble.sh [DIR]
#
# DIR/bin/opensearch   starts a node, as the launcher of the real distribution (see below)
# DIR/config/          template of a configuration folder: log4j2.properties and the plugin's own
#                      opensearch-security/, whose users have well-known passwords until replaced
# DIR/lib/ plugin/ classes/   the server, the security plugin, Launch
# DIR/classes.jsa      the loaded classes as the JVM wants them in memory: a third less CPU to start
#
# Can be repeated: done is seen by DIR/.assembled, which names what it was made from. Can be killed
# at any point: everything is made beside DIR and renamed at the end; what Maven has downloaded stays
# in its own cache. Several at once wait for each other.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
version=$(sed -n 's:.*<opensearch.version>\(.*\)</opensearch.version>.*:\1:p' "$here/pom.xml")
dir=${1:-$root/build/opensearch/$version}
name=${dir##*/}
need_java=17
train_seconds=180
train_pid=

say() { printf 'opensearch: %s\n' "$*"; }
die() { printf 'opensearch: %s\n' "$*" >&2; exit 1; }

stamp() { cat "$here/pom.xml" "$here/Launch.java" "$here/assemble.sh" | cksum; }

require() {
	command -v mvn >/dev/null || die "mvn is missing; as root: apt-get install maven"
	for tool in java javac jar keytool; do
		command -v $tool >/dev/null || die "$tool is missing (Java $need_java or later);" \
			"as root: apt-get install openjdk-17-jdk-headless (or default-jdk-headless)"
	done
	found=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
	[ "${found:-0}" -ge $need_java ] || die "Java ${found:-?} is too old, $need_java or later is needed;" \
		"as root: apt-get install openjdk-17-jdk-headless (or default-jdk-headless)"
}

clean() {
	[ -z "$train_pid" ] || kill "$train_pid" 2>/dev/null || :
	rm -rf "$stage"
}

download() {
	mvn -B -C -q -f "$here/pom.xml" -Dstage="$stage" package >"$stage/mvn.log" 2>&1 9>&- || {
		tail -n 20 "$stage/mvn.log" >&2
		die "mvn could not get OpenSearch $version; the lines above say why. Run again to go on"
	}
	rm -rf "$stage/markers" "$stage/mvn.log"
}

compile() {
	mkdir "$stage/compiled" "$stage/classes"
	javac --release $need_java -cp "$stage/lib/*:$stage/plugin/*" -d "$stage/compiled" "$here/Launch.java"
	# a jar, since a class archive refuses folders in the class path
	jar cf "$stage/classes/launch.jar" -C "$stage/compiled" .
	rm -r "$stage/compiled"
}

write_config() {
	mkdir "$stage/config"
	cp -R "$stage/plugin/config" "$stage/config/opensearch-security"
	rm -f "$stage/config/opensearch-security/opensearch.yml.example"
	cat >"$stage/config/log4j2.properties" <<-'END'
		status = error
		appender.console.type = Console
		appender.console.name = console
		appender.console.layout.type = PatternLayout
		appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name]%marker %m%n
		rootLogger.level = info
		rootLogger.appenderRef.console.ref = console
	END
}

# SerialGC and the first compiler only: two cores, short lives. The class path is relative and in a
# fixed order, because a class archive is used only with the very class path it was made with.
write_launcher() {
	mkdir "$stage/bin"
	cat >"$stage/bin/opensearch" <<-'END'
		#!/bin/sh
		# Start a node: bin/opensearch [-Ekey=value]...
		# OPENSEARCH_PATH_CONF  configuration folder; name path.data in its opensearch.yml
		# OPENSEARCH_JAVA_OPTS  default: -Xms512m -Xmx512m
		# OPENSEARCH_JAVA_HOME, JAVA_HOME  where Java is; else java from PATH
		set -eu
		home=$(cd "$(dirname "$0")/.." && pwd -P)
		conf=$(cd "${OPENSEARCH_PATH_CONF:-$home/config}" && pwd -P)
		java_home=${OPENSEARCH_JAVA_HOME:-${JAVA_HOME:-}}
		java=${java_home:+$java_home/bin/}java
		command -v "$java" >/dev/null || {
			echo "opensearch: java is missing; as root: apt-get install openjdk-17-jre-headless" >&2
			exit 127
		}
		opts=${OPENSEARCH_JAVA_OPTS:--Xms512m -Xmx512m}
		case $opts in
		*-XX:+Use*GC*) ;;
		*) opts="-XX:+UseSerialGC $opts" ;;
		esac
		archive=${OPENSEARCH_CLASS_ARCHIVE:--XX:SharedArchiveFile=classes.jsa}
		cd "$home"
		path=classes/launch.jar
		for jar in lib/*.jar plugin/*.jar; do
			path=$path:$jar
		done
		# shellcheck disable=SC2086
		exec "$java" -XX:TieredStopAtLevel=1 -Xlog:cds=off -Xlog:cds+dynamic=off "$archive" \
			-Xss1m -Dfile.encoding=UTF-8 -Djava.awt.headless=true -Dlog4j2.disable.jmx=true \
			-Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true \
			-Dio.netty.recycler.maxCapacityPerThread=0 -Dio.netty.allocator.numDirectArenas=0 \
			--add-opens java.base/java.io=ALL-UNNAMED $opts -cp "$path" Launch "$home" "$conf" "$@"
	END
	chmod 755 "$stage/bin/opensearch"
}

train_config() {
	cp -R "$stage/config" "$train"
	keytool -genkeypair -alias node -keyalg EC -groupname secp256r1 -dname CN=train -validity 2 \
		-ext bc=ca:true -ext eku=serverAuth,clientAuth -ext san=ip:127.0.0.1 -storetype PKCS12 \
		-keystore "$train/node.p12" -storepass changeit
	keytool -exportcert -rfc -alias node -keystore "$train/node.p12" -storepass changeit \
		-file "$train/node.crt"
	keytool -importcert -noprompt -alias ca -file "$train/node.crt" -storetype PKCS12 \
		-keystore "$train/trust.p12" -storepass changeit
	cat >"$train/opensearch.yml" <<-END
		cluster.name: train
		node.name: train
		path.data: $train/data
		path.logs: $train/logs
		network.host: 127.0.0.1
		http.port: 0
		transport.port: 0
		discovery.type: single-node
		cluster.routing.allocation.disk.threshold_enabled: false
		plugins.security.nodes_dn: ["CN=train"]
		plugins.security.authcz.admin_dn: ["CN=admin"]
		plugins.security.allow_default_init_securityindex: true
		plugins.security.ssl.http.enabled: true
	END
	for layer in transport http; do
		cat >>"$train/opensearch.yml" <<-END
			plugins.security.ssl.$layer.keystore_type: PKCS12
			plugins.security.ssl.$layer.keystore_filepath: node.p12
			plugins.security.ssl.$layer.truststore_type: PKCS12
			plugins.security.ssl.$layer.truststore_filepath: trust.p12
		END
	done
}

# Run a throw-away node until it is initialised, then let the JVM write what it has loaded.
# Without the archive everything works, only slower, so a failure here is no failure.
train() {
	train=$stage/train
	train_config >"$stage/train.log" 2>&1 || return 1
	OPENSEARCH_PATH_CONF=$train OPENSEARCH_JAVA_OPTS='-Xms512m -Xmx512m' \
	OPENSEARCH_CLASS_ARCHIVE=-XX:ArchiveClassesAtExit=classes.jsa \
		timeout -k 30 $train_seconds "$stage/bin/opensearch" >"$stage/train.log" 2>&1 9>&- &
	train_pid=$!
	until grep -q "Node 'train' initialized" "$stage/train.log"; do
		kill -0 $train_pid 2>/dev/null || return 1
		sleep 1
	done
	kill $train_pid
	wait $train_pid || :
	train_pid=
	[ -s "$stage/classes.jsa" ]
}

[ -n "$version" ] || die "cannot find opensearch.version in '$here/pom.xml'"
made_from=$(stamp)
up_to_date() { [ -f "$dir/.assembled" ] && [ "$(cat "$dir/.assembled")" = "$made_from" ]; }
if up_to_date; then
	say "$version is ready in $dir"
	exit 0
fi
require
mkdir -p "$(dirname "$dir")"
parent=$(cd "$(dirname "$dir")" && pwd -P)
dir=$parent/$name
stage=$parent/.$name.new
exec 9>"$parent/.lock"
if command -v flock >/dev/null; then
	flock 9
	if up_to_date; then
		say "$version is ready in $dir"
		exit 0
	fi
fi
rm -rf "$stage" "$parent/.$name.old"
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$stage"
say "[1/4] downloading OpenSearch $version and its security plugin, 90 MB the first time"
download
say "[2/4] compiling Launch"
compile
write_config
write_launcher
say "[3/4] starting a node once, so that later ones start faster"
train || {
	tail -n 3 "$stage/train.log" >&2 || :
	say "that did not work; nodes will start, only slower"
}
[ -z "$train_pid" ] || { kill "$train_pid" 2>/dev/null; wait "$train_pid"; train_pid=; } || :
rm -rf "$stage/train" "$stage/train.log"
say "[4/4] moving it to $dir"
printf '%s\n' "$made_from" >"$stage/.assembled"
[ ! -e "$dir" ] || mv "$dir" "$parent/.$name.old"
mv "$stage" "$dir"
rm -rf "$parent/.$name.old"
say "$version is ready in $dir"
