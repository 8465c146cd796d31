#!/usr/bin/env python3
"""The same job for every certificate tool: a CA and N certificates, each with a host name and an
address, and keys of their own, as PEM files. Run by `make bench`; docs/performance.md says how to
read it.

    certs.py BUILD [--sizes 1,10,100,1000] [--keys p256,rsa2048] [--runs 5] [--limit 1]

Every certificate of every run is verified with openssl(1), so that what failed cannot look fast.
"""
import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

TIME = ["/usr/bin/time", "-q", "-a", "-o", "rss.txt", "-f", "%M"]
CURVE = {"p256": "P-256", "rsa2048": "RSA-2048"}


def name(i):
    return "es%04d" % i


def dns(i):
    return name(i) + ".bench.example"


def ip(i):
    return "10.1.%d.%d" % (i // 250, i % 250 + 1)


class Failed(Exception):
    pass


class Tool:
    """A way to do the job. head() and leaf(i) give commands: a list of pipelines, each a list of
    argument lists; they run in the job's folder. head() makes the CA and the first `in_head`
    certificates. cert(i) says where certificate i is then."""

    in_head = 0
    scaled = True  # a process for each certificate: fewer of them tell the same
    note, note_rsa = "", None  # note_rsa: what it is with RSA, where that differs
    keys = ("p256", "rsa2048")
    ca, files = "ca.crt", ("{name}.crt", "{name}.key")

    def __init__(self, bench):
        self.bench = bench

    def why_not(self):
        """None when the tool is here, else what to do about it."""
        why = os.path.join(self.bench, self.label + ".why")
        if os.access(self.path(), os.X_OK):
            return None
        return open(why).read().strip() if os.path.exists(why) else "sh bench/peers.sh build/bench"

    def path(self, program=None):
        return os.path.join(self.bench, program or self.label)

    def version(self):
        return open(self.path() + ".from").read().strip()

    def prepare(self, key, count):
        """Whatever must lie there before; not measured."""

    def finish(self, key, count):
        """Bring ca, and the files of each certificate, into PEM; not measured."""

    def head(self, key, count):
        return []

    def leaf(self, key, i):
        return []

    def cert(self, i):
        return self.files[0].format(name=name(i), dns=dns(i))

    def key(self, i):
        return self.files[1].format(name=name(i), dns=dns(i))


class Ours(Tool):
    label, scaled = "certgen", False
    ca, files = "made/ca/ca.crt", ("out/{name}/{name}.crt", "out/{name}/{name}.key")
    out = "out/"

    def path(self, program=None):
        return os.path.join(os.path.dirname(self.bench), "bin", "certgen")

    def why_not(self):
        return None if os.access(self.path(), os.X_OK) else "make"

    def version(self):
        return subprocess.run([self.path(), "--version"], capture_output=True, text=True).stdout.strip()

    def prepare(self, key, count):
        with open("instances.yml", "w") as f:
            f.write("instances:\n")
            for i in range(count):
                f.write("  - name: %s\n    dns: %s\n    ip: %s\n" % (name(i), dns(i), ip(i)))

    def head(self, key, count):
        """The one place that knows how ours is called."""
        kind = ["--quiet"] + (["--key", key] if key != "p256" else [])
        return [[[self.path(), "ca", "--pem", "--out", "made/"] + kind],
                [[self.path(), "cert", "--pem", "--in", "instances.yml", "--ca-cert", "made/ca/ca.crt",
                  "--ca-key", "made/ca/ca.key", "--out", self.out] + kind]]


class OursZip(Ours):
    label, out = "certgen, --out OUT.zip", "out.zip"

    def finish(self, key, count):
        with zipfile.ZipFile("out.zip") as z:
            z.extractall("out")


class Floor(Tool):
    label, scaled, threads = "floor, 1 thread", False, 1
    note = "libcrypto alone, no files"
    generator = ""

    def path(self, program=None):
        return os.path.join(self.bench, "floor")

    def why_not(self):
        if not os.access(self.path(), os.X_OK):
            return "make bench builds it"
        made = subprocess.run([self.path(), "kinds"], capture_output=True, text=True).stdout.split()
        return None if "rsa2048" + self.generator in made else "lib/pki/rsa.c is not built yet"

    def version(self):
        return "bench/floor.c"

    def head(self, key, count):
        return [[[self.path(), key + self.generator, str(count), str(self.threads)]]]

    def cert(self, i):
        return None  # it verifies its own


class FloorAll(Floor):
    threads = min(64, os.cpu_count() or 1)
    label = "floor, %d threads" % threads


class FloorFast(Floor):
    label, generator, keys = "floor, 1 thread, our primes", "-fast", ("rsa2048",)


class FloorFastAll(FloorAll):
    label, generator, keys = FloorAll.label + ", our primes", "-fast", ("rsa2048",)


class Openssl(Tool):
    """One process makes key and certificate (req -x509 -CA, since 3.0): half of what req and x509,
    or req and ca, would need."""

    label = "openssl"
    note = "`req -x509 -CA`, one process each"

    def path(self, program=None):
        return shutil.which("openssl") or "openssl"

    def why_not(self):
        return None if shutil.which("openssl") else "apt-get install openssl"

    def version(self):
        return subprocess.run([self.path(), "version"], capture_output=True, text=True).stdout.split("(")[0].strip()

    def prepare(self, key, count):
        with open("req.cnf", "w") as f:
            f.write("[req]\ndistinguished_name=dn\n[dn]\n"
                    "[ca]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
                    "subjectKeyIdentifier=hash\n"
                    "[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                    "extendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\n"
                    "authorityKeyIdentifier=keyid\n")

    def req(self, key, what, cn, extensions, days):
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "p256" else ["-newkey", "rsa:2048"]
        return [self.path(), "req", "-x509", "-config", "req.cnf", "-extensions", extensions, *new,
                "-noenc", "-subj", "/CN=" + cn, "-days", str(days), "-keyout", what + ".key", "-out", what + ".crt"]

    def head(self, key, count):
        return [[self.req(key, "ca", "ca", "ca", 3650)]]

    def leaf(self, key, i):
        return [[self.req(key, name(i), name(i), "leaf", 730) + [
            "-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:%s,IP:%s" % (dns(i), ip(i))]]]


class Cfssl(Tool):
    label = "cfssl"
    note = "`gencert` piped to `cfssljson`"
    ca, files = "ca.pem", ("{name}.pem", "{name}-key.pem")

    def why_not(self):
        if not os.access(self.path("cfssljson"), os.X_OK):
            return "cfssljson, without which cfssl writes no PEM, is not here either"
        return super().why_not()

    def prepare(self, key, count):
        algo = {"algo": "ecdsa", "size": 256} if key == "p256" else {"algo": "rsa", "size": 2048}
        use = ["digital signature", "server auth", "client auth"]
        with open("csr.json", "w") as f:
            json.dump({"CN": "ca", "key": algo}, f)
        with open("config.json", "w") as f:
            json.dump({"signing": {"default": {"expiry": "17520h", "usages": use}}}, f)

    def head(self, key, count):
        return [[[self.path(), "gencert", "-loglevel=5", "-initca", "csr.json"],
                 [self.path("cfssljson"), "-bare", "ca"]]]

    def leaf(self, key, i):
        return [[[self.path(), "gencert", "-loglevel=5", "-config=config.json", "-ca=ca.pem", "-ca-key=ca-key.pem",
                  "-cn=" + name(i), "-hostname=%s,%s" % (dns(i), ip(i)), "csr.json"],
                 [self.path("cfssljson"), "-bare", name(i)]]]


class Step(Tool):
    label = "step"
    note = "`certificate create`"

    def create(self, key, cn, what, *more):
        kind = ["--kty", "EC", "--curve", "P-256"] if key == "p256" else ["--kty", "RSA", "--size", "2048"]
        return [[self.path(), "certificate", "create", cn, what + ".crt", what + ".key", "--no-password",
                 "--insecure", *kind, *more]]

    def head(self, key, count):
        return [self.create(key, "ca", "ca", "--profile", "root-ca")]

    def leaf(self, key, i):
        return [self.create(key, name(i), name(i), "--ca", "ca.crt", "--ca-key", "ca.key", "--san", dns(i),
                            "--san", ip(i), "--not-after", "17520h")]


class Mkcert(Tool):
    """Makes its CA with the first certificate."""

    label, in_head, ca = "mkcert", 1, "rootCA.pem"
    note, note_rsa = "", "its CA has 3072 bits"

    def head(self, key, count):
        return self.leaf(key, 0)

    def leaf(self, key, i):
        return [[[self.path(), *(["-ecdsa"] if key == "p256" else []), "-cert-file", name(i) + ".crt",
                  "-key-file", name(i) + ".key", dns(i), ip(i)]]]


class Minica(Tool):
    """Makes its CA with the first certificate."""

    label, in_head, ca = "minica", 1, "minica.pem"
    note, note_rsa = "has no P-256: P-384", ""
    files = "{dns}/cert.pem", "{dns}/key.pem"

    def head(self, key, count):
        return self.leaf(key, 0)

    def leaf(self, key, i):
        return [[[self.path(), "-ca-alg", "ecdsa" if key == "p256" else "rsa", "-domains", dns(i),
                  "-ip-addresses", ip(i)]]]


class Certstrap(Tool):
    label, ca, files = "certstrap", "d/ca.crt", ("d/{name}.crt", "d/{name}.key")
    note = "`request-cert` and `sign`"

    def run(self, *words):
        return [[self.path(), "--depot-path", "d", *words]]

    def kind(self, key):
        return ["--curve", "P-256"] if key == "p256" else ["--key-bits", "2048"]

    def head(self, key, count):
        return [self.run("init", "--common-name", "ca", "--passphrase", "", *self.kind(key))]

    def leaf(self, key, i):
        return [self.run("request-cert", "--passphrase", "", "--cn", name(i), "--domain", dns(i), "--ip", ip(i),
                         *self.kind(key)),
                self.run("sign", name(i), "--CA", "ca")]


class Keytool(Tool):
    """-signer needs the CA in the same keystore, and saves two JVMs a certificate. The keys stay in
    the PKCS#12 file: keytool cannot write them as PEM."""

    label = "keytool"
    note = "one JVM each; PKCS#12, not PEM"

    def path(self, program=None):
        return shutil.which("keytool") or "keytool"

    def why_not(self):
        if not shutil.which("keytool"):
            return "apt-get install default-jdk-headless"
        says = subprocess.run([self.path(), "-genkeypair", "-help"], capture_output=True, text=True)
        return None if "-signer" in says.stdout + says.stderr else "it is too old to know -signer (JDK 17)"

    def version(self):
        says = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
        return says.splitlines()[0] if says else "of an unknown JDK"

    def pair(self, key, cn, *more):
        kind = ["-keyalg", "EC", "-groupname", "secp256r1"] if key == "p256" else ["-keyalg", "RSA", "-keysize", "2048"]
        return [[self.path(), "-genkeypair", "-keystore", "all.p12", "-storetype", "PKCS12", "-storepass", "changeit",
                 "-alias", cn, "-dname", "CN=" + cn, "-validity", "730", *kind, *more]]

    def head(self, key, count):
        return [self.pair(key, "ca", "-ext", "bc:critical=ca:true,pathlen:0", "-ext", "ku:critical=keyCertSign,cRLSign")]

    def leaf(self, key, i):
        return [self.pair(key, name(i), "-signer", "ca", "-ext", "eku=serverAuth,clientAuth",
                          "-ext", "san=dns:%s,ip:%s" % (dns(i), ip(i)))]

    def finish(self, key, count):
        store = ["-keystore", "all.p12", "-storepass", "changeit"]
        for i in range(-1, count):
            alias, to = (name(i), self.cert(i)) if i >= 0 else ("ca", self.ca)
            quiet([self.path(), "-exportcert", "-rfc", "-alias", alias, "-file", to, *store])
        for i in {0, count - 1}:
            quiet([self.path(), "-importkeystore", "-srckeystore", "all.p12", "-srcstorepass", "changeit", "-srcalias",
                   name(i), "-destkeystore", name(i) + ".p12", "-deststorepass", "changeit", "-deststoretype", "PKCS12"])
            quiet(["openssl", "pkcs12", "-in", name(i) + ".p12", "-passin", "pass:changeit", "-nodes", "-nocerts",
                   "-out", self.key(i)])


OURS = Ours
OTHERS = [OursZip, Floor, FloorAll, FloorFast, FloorFastAll, Openssl, Cfssl, Step, Mkcert, Minica, Certstrap, Keytool]


def quiet(argv):
    """Run something that is not measured, and return what it printed."""
    run = subprocess.run(argv, capture_output=True, text=True)
    if run.returncode != 0:
        raise Failed("%s: %s" % (" ".join(argv[:3]), (run.stderr or run.stdout).strip()[-200:]))
    return run.stdout


class Cost:
    def __init__(self):
        self.wall = self.cpu = 0.0  # milliseconds
        self.rss = 0  # kB, of the largest process

    def add(self, other, times=1.0):
        self.wall += other.wall * times
        self.cpu += other.cpu * times
        self.rss = max(self.rss, other.rss)


def spawn(argv, stdin, stdout, env):
    log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    actions = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout if stdout >= 0 else log, 1),
               (os.POSIX_SPAWN_DUP2, log, 2)]
    pid = os.posix_spawn(argv[0], argv, env, file_actions=actions)
    os.close(log)
    return pid


def run_pipeline(pipeline, env):
    """The processes of one pipeline, at once. wait4 gives the CPU time of each and its children."""
    stdin, pids = os.open(os.devnull, os.O_RDONLY), []
    for at, argv in enumerate(pipeline):
        reader, writer = os.pipe() if at + 1 < len(pipeline) else (-1, -1)
        pids.append(spawn(argv, stdin, writer, env))
        os.close(stdin)
        if writer >= 0:
            os.close(writer)
        stdin = reader
    cpu, failed = 0.0, None
    for pid, argv in zip(pids, pipeline):
        _, status, usage = os.wait4(pid, 0)
        cpu += (usage.ru_utime + usage.ru_stime) * 1e3
        if status != 0:
            failed = argv[len(TIME):] if argv[0] == TIME[0] else argv
    if failed:
        said = open("log.txt", errors="replace").read().strip()[-300:]
        raise Failed("%s: %s" % (" ".join(failed[:3]), said or "fails and says nothing"))
    return cpu


def under_time(pipeline):
    """A child is born with the peak of its parent, and Python's is large; time(1)'s is not."""
    return [TIME + argv for argv in pipeline]


def run_all(pipelines, env, memory):
    cost, start = Cost(), time.perf_counter()
    for pipeline in pipelines:
        cost.cpu += run_pipeline(under_time(pipeline) if memory else pipeline, env)
    cost.wall = (time.perf_counter() - start) * 1e3
    if os.path.exists("rss.txt"):
        cost.rss = max(int(line) for line in open("rss.txt") if line.strip().isdigit())
    return cost


def verify(tool, key, count):
    """Each certificate leads to the CA; the first and the last have the names, the kind of key and
    the key file that they shall have."""
    if tool.cert(0) is None:
        return
    certs = [tool.cert(i) for i in range(count)]
    for at in range(0, count, 500):
        some = certs[at:at + 500]
        said = quiet(["openssl", "verify", "-purpose", "sslserver", "-CAfile", tool.ca, *some])
        if said.count(": OK") != len(some):
            raise Failed("openssl verify accepts only %d of %d" % (said.count(": OK"), len(some)))
    if len({open(c).read() for c in certs}) != count:
        raise Failed("some certificates are the same")
    for i in {0, count - 1}:
        quiet(["openssl", "verify", "-CAfile", tool.ca, "-verify_hostname", dns(i), certs[i]])
        quiet(["openssl", "verify", "-CAfile", tool.ca, "-verify_ip", ip(i), certs[i]])
        public = quiet(["openssl", "x509", "-in", certs[i], "-noout", "-pubkey"])
        if public != quiet(["openssl", "pkey", "-in", tool.key(i), "-pubout"]):
            raise Failed("the key file does not fit the certificate")
        text = quiet(["openssl", "x509", "-in", certs[i], "-noout", "-text"])
        bits = "(2048 bit)" if key == "rsa2048" else "(384 bit)" if tool.label == "minica" else "(256 bit)"
        if bits not in text:
            raise Failed("the key does not have %s" % bits)


def do_job(tool, key, count, really, memory=False):
    """The job, of which `really` certificates are made and the rest is reckoned."""
    work = tempfile.mkdtemp(prefix="stackseal-bench-")
    here = os.getcwd()
    try:
        os.chdir(work)
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": work, "STEPPATH": work, "CAROOT": work}
        tool.prepare(key, really)
        cost = run_all(tool.head(key, really), env, memory)
        leaves = [p for i in range(tool.in_head, really) for p in tool.leaf(key, i)]
        if leaves:
            cost.add(run_all(leaves, env, memory), (count - tool.in_head) / (really - tool.in_head))
        tool.finish(key, really)
        verify(tool, key, really)
        return cost
    finally:
        os.chdir(here)
        shutil.rmtree(work, ignore_errors=True)


class Row:
    def __init__(self, tool):
        self.tool, self.runs, self.rss, self.failed, self.really = tool, [], 0, None, 0

    def run(self, key, count, memory=False, keep=True):
        if self.failed:
            return
        try:
            cost = do_job(self.tool, key, count, self.really, memory)
        except (Failed, OSError, zipfile.BadZipFile) as e:
            self.failed = " ".join(str(e).split()) or type(e).__name__
            return
        self.rss = max(self.rss, cost.rss)
        if keep:
            self.runs.append(cost)

    def wall(self):
        return statistics.median(c.wall for c in self.runs)

    def cpu(self, count):
        return statistics.median(c.cpu for c in self.runs) / count


def plan(tool, count, per_leaf, limit):
    """How many certificates are really made: slow tools make fewer."""
    if not tool.scaled or not per_leaf:
        return count
    return min(count, max(tool.in_head + 1, int(limit * 1e3 / per_leaf)))


def measure(key, count, tools, per_leaf, args):
    """Rows of one table: ours first. One run of each that warms up and measures memory; then ours
    and each other in turn, so that all meet the same moments of a noisy machine. Where ours takes
    long, it runs once a round; where very long, once, beside the floor only."""
    expected = count * per_leaf.get(OURS.label, 1) / 1e3
    long, once = expected > args.limit, expected > 20 * args.limit
    if once:
        tools = [t for t in tools if not t.scaled]
    rows = [Row(t) for t in tools]
    for row in rows:
        row.really = plan(row.tool, count, per_leaf.get(row.tool.label), args.limit)
        row.run(key, count, memory=True, keep=once)
    for _ in range(0 if once else min(args.runs, 3) if long else args.runs):
        for at, row in enumerate(rows[1:]):
            if at == 0 or not long:
                rows[0].run(key, count)
            row.run(key, count)
    for row in rows:
        if row.runs:
            per_leaf[row.tool.label] = row.wall() / count
    return rows, once


def show(key, count, rows, once):
    ours = rows[0]
    each = max(len(row.runs) for row in rows[1:])
    runs = "one run" if once else "medians; runs of ours: %d, of each other: %d" % (len(ours.runs), each)
    print("\n### %s: a CA and %d certificate%s (%s)\n" % (CURVE[key], count, "" if count == 1 else "s", runs))
    print("| tool | wall ms | to ours | CPU ms a certificate | peak memory MB | |")
    print("|---|--:|--:|--:|--:|---|")
    for row in rows:
        if row.failed or not row.runs:
            print("| %s | FAILED | | | | %s |" % (row.tool.label, row.failed or "no run"))
            continue
        note = row.tool.note_rsa if key == "rsa2048" and row.tool.note_rsa is not None else row.tool.note
        notes = [note] if note else []
        if row.really < count:
            notes.append("%d made, the rest reckoned" % row.really)
        ratio = "%.2f" % (row.wall() / ours.wall()) if ours.runs else ""
        print("| %s | %.1f | %s | %.2f | %.1f | %s |" % (
            row.tool.label, row.wall(), ratio, row.cpu(count), row.rss / 1024, "; ".join(notes)))
    sys.stdout.flush()


def load():
    return "%.2f %.2f %.2f" % os.getloadavg()


def describe(tools, absent):
    models = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    print("\n## Certificates beside other tools\n")
    print("Cores: %d (%s), load average at the start: %s, Linux %s, files in %s.\n" % (
        os.cpu_count() or 0, models[0] if models else platform.machine(), load(), platform.release(),
        tempfile.gettempdir()))
    for tool in tools:
        print("- %s: %s" % (tool.label, tool.version()))
    for tool, why in absent:
        print("- %s: not here: %s" % (tool.label, why))
    sys.stdout.flush()


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("build", help="the build folder: bin/certgen, and what bench/peers.sh made in bench/")
    p.add_argument("--sizes", default=os.environ.get("SIZES", "1,10,100,1000"))
    p.add_argument("--keys", default=os.environ.get("KEYS", "p256,rsa2048"))
    p.add_argument("--runs", type=int, default=int(os.environ.get("RUNS", "5")))
    p.add_argument("--limit", type=float, default=float(os.environ.get("LIMIT", "1")),
                   help="seconds that one run of a peer shall take: a slow one makes fewer certificates")
    return p.parse_args()


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("certs.py: terminated"))  # so that its files go
    bench = os.path.join(os.path.abspath(args.build), "bench")
    tools, absent = [], []
    for tool in [kind(bench) for kind in [OURS, *OTHERS]]:
        why = tool.why_not()
        absent.append((tool, why)) if why else tools.append(tool)
    describe(tools, absent)
    if not shutil.which("openssl") or not os.access("/usr/bin/time", os.X_OK):
        sys.exit("certs.py: openssl verifies and time(1) measures memory: apt-get install openssl time")
    if absent and absent[0][0].label == OURS.label:
        sys.exit("certs.py: build ours first: make")
    failed = False
    for key in args.keys.split(","):
        per_leaf = {}
        for count in [int(n) for n in args.sizes.split(",")]:
            rows, once = measure(key, count, [t for t in tools if key in t.keys], per_leaf, args)
            show(key, count, rows, once)
            failed = failed or rows[0].failed is not None
    print("\nLoad average at the end: %s." % load())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
