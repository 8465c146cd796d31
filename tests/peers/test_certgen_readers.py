"""What certgen writes, read by those who did not write it: Elasticsearch's TLS classes, Java, GnuTLS, Go,
Python's cryptography and unzip.

The files are made once, by material(). Each reader is started once, too, with all of its cases, and the tests
look at what it said.
"""

import atexit
import functools
import glob
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from blackbox import CERTGEN, ROOT, main, read, run, runs, test, write

HERE = ROOT + "/tests/peers"
# Each release with a Java of about its age; see jdk/fetch.sh for 7.12.
RELEASES = [("7.12.0", "11.0.10"), ("7.17.28", "17"), ("8.0.0", "17"), ("8.19.0", "21"), ("9.0.0", "25"), ("9.2.0", "25")]
KINDS = ["p256", "p384", "rsa2048"]
PASS = "p$ss w'ord \"7\" & more"
TLS_SERVER, TLS_CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
QUICK_JAVA = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Duser.language=en", "-Duser.country=US"]

INSTANCES = """instances:
  - name: es01
    dns: [es01, es01.example.org]
    ip: [127.0.0.1, "::1"]
  - name: es02
    dns: es02
"""

subprocess.run(["sh", HERE + "/elasticsearch/fetch.sh"], check=True, stdout=subprocess.DEVNULL)
subprocess.run(["sh", HERE + "/go/build.sh"], check=True, stdout=subprocess.DEVNULL)
sys.path.insert(0, runs("sh", HERE + "/python/fetch.sh").out.strip())

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from cryptography.x509 import verification


# The files, all in one folder.

def certgen(*words, **env):
    runs(CERTGEN, *words, env=env)


def by(ca):
    """The options that name the CA in this folder."""
    return ["--ca-cert", ca + "/ca/ca.crt", "--ca-key", ca + "/ca/ca.key"]


def make_pem():
    write("instances.yml", INSTANCES)
    write("pass", PASS + "\n", 0o600)
    names = ["--name", "es01", "--dns", "es01", "--ip", "127.0.0.1"]
    for kind in KINDS:
        certgen("ca", "--pem", "--key", kind, "--out", kind + "/")
        certgen("cert", "--pem", "--key", kind, "--in", "instances.yml", *by(kind), "--out", kind + "/")
    for usage in ("node", "server", "client"):
        certgen("cert", "--pem", *names, "--usage", usage, *by("p256"), "--out", usage + "/")
    certgen("ca", "--pem", "--out", "stranger/")
    certgen("cert", "--pem", *names, *by("stranger"), "--out", "stranger/")
    certgen("ca", "--pem", "--ca-dn", "CN=root", "--path-length", "1", "--out", "root/")
    certgen("ca", "--pem", "--ca-dn", "CN=below", *by("root"), "--out", "below/")
    certgen("cert", "--pem", *names, *by("below"), "--out", "below/")
    for kind in KINDS:
        certgen("cert", "--pem", "--key", kind, *names, *by(kind), "--pass-file", "pass", "--out", "locked-%s/" % kind)
        certgen("cert", "--pem", "--key", kind, *names, *by(kind), "--legacy", "--out", "locked-legacy-%s/" % kind,
                CERTGEN_PASS=PASS)


def make_p12():
    names = ["--name", "es01", "--dns", "es01", "--ip", "127.0.0.1"]
    certgen("ca", "--out", "ca-modern.p12", "--pass-file", "pass")
    certgen("ca", "--out", "ca-legacy.p12", "--legacy", CERTGEN_PASS=PASS)
    certgen("cert", *names, "--ca", "ca-modern.p12", "--ca-pass-file", "pass", "--pass-file", "pass", "--out", "modern.p12")
    certgen("cert", *names, "--ca", "ca-legacy.p12", "--legacy", "--out", "legacy.p12",
            CERTGEN_CA_PASS=PASS, CERTGEN_PASS=PASS)
    for kind in KINDS:
        certgen("cert", *names, "--key", kind, *by(kind), "--pass-file", "pass", "--out", kind + ".p12")
    certgen("cert", *names, *by("below"), "--pass-file", "pass", "--out", "below.p12")
    certgen("cert", "--pem", "--in", "instances.yml", *by("p256"), "--out", "pem.zip")
    certgen("cert", "--in", "instances.yml", *by("p256"), "--pass-file", "pass", "--out", "p12.zip")
    certgen("ca", "--pem", "--out", "ca.zip")


def make_constrained():
    """A CA below another that may only sign some names; what lies outside is signed by openssl(1)."""
    certgen("ca", "--pem", "--permit", "example.org,10.0.0.0/8", *by("root"), "--out", "permit/")
    certgen("cert", "--pem", "--name", "inside", "--dns", "es01.example.org", "--ip", "10.1.2.3", *by("permit"),
            "--out", "permit/")
    os.mkdir("permit/outside")
    write("outside.cnf", "[e]\nsubjectAltName=DNS:es01.example.com\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n"
          "extendedKeyUsage=serverAuth,clientAuth\n")
    runs("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=outside",
         "-keyout", "permit/outside/outside.key", "-out", "outside.csr")
    runs("openssl", "x509", "-req", "-in", "outside.csr", "-CA", "permit/ca/ca.crt", "-CAkey", "permit/ca/ca.key",
         "-set_serial", "7", "-days", "30", "-extfile", "outside.cnf", "-extensions", "e", "-out", "permit/outside/outside.crt")
    write("permit/outside/outside.crt", read("permit/outside/outside.crt") + read("permit/ca/ca.crt"))


@functools.lru_cache(None)
def material():
    folder = tempfile.mkdtemp(prefix="stackseal-readers-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    before = os.getcwd()
    os.chdir(folder)
    make_pem()
    make_p12()
    make_constrained()
    os.chdir(before)
    return folder


def crt(folder, name="es01"):
    return "%s/%s/%s/%s.crt" % (material(), folder, name, name)


def key(folder, name="es01"):
    return crt(folder, name)[:-3] + "key"


def ca(folder):
    return crt(folder, "ca")


def p12(name):
    return "%s/%s.p12" % (material(), name)


def number_of_certificates(path):
    return read(path).count("BEGIN CERTIFICATE")


# Elasticsearch. A side of a handshake is settings as in elasticsearch.yml; a case is the host that is dialled,
# the server, the client, and what refuses: a pattern, or one for each release, or None.

def pem_side(folder, trust=None, name="es01", passphrase=None):
    side = {"key": key(folder, name), "certificate": crt(folder, name), "certificate_authorities": ca(trust or folder)}
    if passphrase:
        side["secure_key_passphrase"] = passphrase
    return side


def p12_side(name):
    return {"keystore.path": p12(name), "keystore.secure_password": PASS,
            "truststore.path": p12(name), "truststore.secure_password": PASS}


def alike(side, host="es01", refused=None):
    return host, side, side, refused


NOT_FOR_CLIENTS = r"server: .*Extended key usage does not permit use for TLS client|server: .*[Ee]mpty.* certificate chain"
NOT_FOR_SERVERS = r"client: .*Extended key usage does not permit use for TLS server|server: .*no cipher suites in common"
NO_TRUST = r"(client|server): .*(unable to find valid certification path|signature check failed|Signature does not match|does not chain)"


def elasticsearch_cases():
    cases = {}
    for kind in KINDS:
        cases["pem " + kind] = alike(pem_side(kind))
        cases["p12 " + kind] = alike(p12_side(kind), refused={"7.12.0": "keystore password was incorrect"})
        cases["locked " + kind] = alike(pem_side("locked-" + kind, kind, passphrase=PASS),
                                        refused={"7.12.0": "SecretKeyFactory not available"})
        cases["locked legacy " + kind] = alike(pem_side("locked-legacy-" + kind, kind, passphrase=PASS))
    cases["p12 modern"] = alike(p12_side("modern"), refused={"7.12.0": "keystore password was incorrect"})
    cases["p12 legacy"] = alike(p12_side("legacy"))
    cases["address"] = alike(pem_side("p256"), "127.0.0.1")
    cases["address of IPv6"] = alike(pem_side("p256"), "::1")
    cases["longer name"] = alike(pem_side("p256"), "es01.example.org")
    cases["another node"] = ("es01", pem_side("p256"), pem_side("p256", name="es02"), None)
    cases["name not covered"] = alike(pem_side("p256"), "es02", "client: .*No subject alternative DNS name matching es02")
    cases["address not covered"] = alike(pem_side("p256"), "127.0.0.2", "client: .*No subject alternative names matching IP")
    cases["other CA"] = ("es01", pem_side("stranger", "p256"), pem_side("p256"), NO_TRUST)
    cases["other CA of the client"] = ("es01", pem_side("p256"), pem_side("stranger", "p256"), NO_TRUST)
    node, server, client = (pem_side(usage, "p256") for usage in ("node", "server", "client"))
    cases["node as both"] = alike(node)
    cases["server and client"] = ("es01", server, client, None)
    cases["server as client"] = ("es01", node, server, NOT_FOR_CLIENTS)
    cases["client as server"] = ("es01", client, node, NOT_FOR_SERVERS)
    cases["below, root trusted"] = alike(pem_side("below", "root"))
    cases["below, below trusted"] = alike(pem_side("below"))
    cases["below, p12"] = alike(p12_side("below"), refused={"7.12.0": "keystore password was incorrect"})
    cases["inside"] = alike(pem_side("permit", "root", name="inside"), "es01.example.org")
    cases["inside, address"] = alike(pem_side("permit", "root", name="inside"), "10.1.2.3")
    cases["outside"] = alike(pem_side("permit", "root", name="outside"), "es01.example.com",
                             "(client|server): .*name constraints")
    # Java does not ask what the CA that is trusted itself may sign: RFC 5280 leaves that to the verifier.
    cases["outside, its CA trusted"] = alike(pem_side("permit", name="outside"), "es01.example.com")
    return cases


@functools.lru_cache(None)
def elasticsearch(release, java):
    """What the TLS classes of that release say to all cases, in one Java."""
    lines = []
    for label, (host, server, client, _) in elasticsearch_cases().items():
        sides = ["%s:xpack.security.transport.ssl.%s=%s" % (who, name, value)
                 for who, side in (("server", server), ("client", client)) for name, value in side.items()]
        lines.append("\t".join([label, host] + sides))
    path = "%s/build/elasticsearch/classes:%s/build/elasticsearch/%s/lib/*" % (ROOT, ROOT, release)
    out = runs("%s/build/jdk/%s/bin/java" % (ROOT, java), *QUICK_JAVA, "-cp", path, "stackseal.Tls",
               stdin="\n".join(lines) + "\n").out
    return dict(line.split("\t") for line in out.splitlines())


def check_elasticsearch(*beginnings):
    """The cases whose labels begin so, in every release."""
    found = 0
    for release, java in RELEASES:
        said = elasticsearch(release, java)
        for label, (_, _, _, refused) in elasticsearch_cases().items():
            if not label.startswith(beginnings):
                continue
            found += 1
            pattern = refused.get(release) if isinstance(refused, dict) else refused
            assert re.search(pattern or "^ok$", said[label]), "Elasticsearch %s, %s: %s" % (release, label, said[label])
    assert found


@test
def nodes_of_every_release_talk_with_pem_files_of_every_kind_of_key():
    check_elasticsearch("pem", "address of", "longer", "another")


@test
def nodes_since_7_17_talk_with_locked_keys_and_those_of_7_12_when_they_are_legacy():
    check_elasticsearch("locked")


@test
def nodes_since_7_17_talk_with_pkcs12_and_those_of_7_12_when_it_is_legacy():
    check_elasticsearch("p12")


@test
def a_node_refuses_a_host_that_the_certificate_does_not_name_and_another_ca():
    check_elasticsearch("name not", "address", "other")


@test
def a_node_refuses_a_certificate_that_is_used_for_what_it_is_not_for():
    check_elasticsearch("node", "server", "client")


@test
def nodes_take_an_intermediate_ca_and_keep_to_the_names_that_a_ca_may_sign():
    check_elasticsearch("below", "inside", "outside")


# What certgen verify says of a key and a certificate for a release, and what the classes of that release do.

PLAIN = "plain.key"
PKCS8 = ["pkcs8", "-topk8", "-in", PLAIN, "-passout", "pass:secret"]
LEGACY = ["-provider", "legacy", "-provider", "default"]
KEY_FORMS = {
    "open": ["pkey", "-in", PLAIN],
    "traditional": ["pkey", "-in", PLAIN, "-traditional"],
    "der": ["pkey", "-in", PLAIN, "-outform", "DER"],
    "dek aes128": ["pkey", "-in", PLAIN, "-traditional", "-aes128", "-passout", "pass:secret"],
    "dek des3": ["pkey", "-in", PLAIN, "-traditional", "-des3", "-passout", "pass:secret"],
    "dek camellia": ["pkey", "-in", PLAIN, "-traditional", "-camellia256", "-passout", "pass:secret"],
    "pbes1 3des": PKCS8 + ["-v1", "PBE-SHA1-3DES"],
    "pbes1 rc2": PKCS8 + ["-v1", "PBE-SHA1-RC2-128"] + LEGACY,
    "pbes1 des": PKCS8 + ["-v1", "PBE-MD5-DES"] + LEGACY,
    "pbes2 aes256": PKCS8 + ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"],
    "pbes2 aes128": PKCS8 + ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
    "pbes2 des3": PKCS8 + ["-v2", "des3"],
}
P12_FORMS = {
    "modern": ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha256"],
    "sha1 mac": ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha1"],
    "sha256 mac": ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha256"],
    "old": ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1"] + LEGACY,
    "open key": ["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "sha1"],
}
KEY_KINDS = {
    "rsa1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "rsa2048": ["RSA"], "pss": ["RSA-PSS"], "ed25519": ["ED25519"],
    "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "p521": ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "k1": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
}


def stranger(kind):
    """PLAIN and cert.crt of that kind, as openssl(1) makes them."""
    runs("openssl", "genpkey", "-algorithm", *KEY_KINDS[kind], "-out", PLAIN)
    runs("openssl", "req", "-x509", "-new", "-key", PLAIN, "-subj", "/CN=es01", "-addext", "subjectAltName=DNS:es01",
         "-addext", "basicConstraints=CA:FALSE", "-days", "30", "-out", "cert.crt")


def strange_files():
    """Label -> the settings of a node; each of its files is made in this folder."""
    sides = {}

    def pem(label, key_text, cert_text=None):
        name = label.replace(" ", "-")
        for ending, content in ((".key", key_text), (".crt", cert_text or read("cert.crt").encode())):
            with open(name + ending, "wb") as f:
                f.write(content)
        sides[label] = {"key": name + ".key", "certificate": name + ".crt", "certificate_authorities": "cert.crt"}
        if key_text and b"ENCRYPTED" in key_text:
            sides[label]["secure_key_passphrase"] = "secret"

    def keystore(label, words):
        name = label.replace(" ", "-") + ".p12"
        runs("openssl", "pkcs12", "-export", "-inkey", PLAIN, "-in", "cert.crt", "-passout", "pass:secret", *words, "-out", name)
        sides[label] = {"keystore.path": name, "keystore.secure_password": "secret", "certificate_authorities": "cert.crt"}

    for kind in KEY_KINDS:
        folder = os.path.abspath(kind)
        os.mkdir(folder)
        os.chdir(folder)
        stranger(kind)
        before, sides = sides, {}
        for label, words in (KEY_FORMS if kind in ("p256", "rsa2048") else {"open": KEY_FORMS["open"]}).items():
            runs("openssl", *words, "-out", "made")
            with open("made", "rb") as f:
                pem(label, f.read())
        for label, words in (P12_FORMS if kind == "p256" else {"modern": P12_FORMS["modern"]}).items():
            keystore("p12 " + label, words)
        key, cert = read(PLAIN).encode(), read("cert.crt").encode()
        if kind == "p256":
            pem("cert before key", cert + key)
            pem("both in one", key, cert + key)
            runs("openssl", "genpkey", "-algorithm", "RSA", "-out", "other.key")
            pem("other key first", read("other.key").encode() + key)
            pem("other cert first", key, read(ca("p256")).encode() + cert)
        sides = dict(before, **{kind + " " + label: {n: folder + "/" + v if n in FILES else v for n, v in side.items()}
                                for label, side in sides.items()})
        os.chdir("..")
    return sides


FILES = ("key", "certificate", "certificate_authorities", "keystore.path")


def verify_says(side, release):
    paths = [side[name] for name in ("keystore.path", "certificate", "key") if name in side]
    result = run(CERTGEN, "verify", "--json", "--stack-version", release, *paths, env={"CERTGEN_PASS": "secret"})
    if result.status == 65 and "not supported" in result.err:
        return "no"  # the library that we ship does not know how to open it
    found = {row["check"]: row.get("ok") for row in json.loads(result.out)[:9]}
    return "ok" if False not in (found["key"], found["lock"], found["place"]) else "no"


@test
def verify_says_of_each_form_of_a_key_what_the_classes_of_each_release_say():
    sides = strange_files()
    lines = ["\t".join([label, "es01"] + ["%s:xpack.security.transport.ssl.%s=%s" % (who, name, value) for who in ("server", "client")
                                          for name, value in side.items()]) for label, side in sides.items()]
    wrong = []
    for release, java in RELEASES:
        path = "%s/build/elasticsearch/classes:%s/build/elasticsearch/%s/lib/*" % (ROOT, ROOT, release)
        out = runs("%s/build/jdk/%s/bin/java" % (ROOT, java), *QUICK_JAVA, "-cp", path, "stackseal.Tls", stdin="\n".join(lines) + "\n").out
        said = dict(line.split("\t") for line in out.splitlines())
        for label, side in sides.items():
            ours = verify_says(side, release)
            if ours != ("ok" if said[label] == "ok" else "no"):
                wrong.append("Elasticsearch %s, %s: %s, and certgen %s" % (release, label, said[label], ours))
    assert not wrong, "\n".join(wrong)


# Java itself, each that there is.

@functools.lru_cache(None)
def javas():
    """Folder -> version, as numbers."""
    found = {}
    for program in glob.glob(ROOT + "/build/jdk/*/bin/keytool") + glob.glob("/usr/lib/jvm/*/bin/keytool"):
        home = os.path.dirname(os.path.dirname(os.path.realpath(program)))
        shown = re.search(r'"([0-9.]+)', run(home + "/bin/java", "-version").err)
        version = tuple(int(part) for part in shown.group(1).split("."))
        if version >= (11,):
            found[home] = version
    assert found
    return found


def knows_modern(version):
    """PKCS#12 with SHA-2 came with Java 16, and with 11.0.12."""
    return version >= (16,) or (11, 0, 12) <= version < (12,)


@test
def every_java_finds_key_chain_and_trusted_ca_in_pkcs12():
    wanted = {}
    for name in ["modern", "legacy"]:
        wanted[p12(name)] = "key es01 EC chain CN=es01 CN=stackseal CA", "trusted ca CN=stackseal CA", "anchors 2"
        wanted[p12("ca-" + name)] = "key ca EC chain CN=stackseal CA", "anchors 1"
    wanted[p12("rsa2048")] = "key es01 RSA chain CN=es01 CN=stackseal CA", "trusted ca CN=stackseal CA", "anchors 2"
    wanted[p12("below")] = "key es01 EC chain CN=es01 CN=below", "trusted ca CN=below"
    for home, version in javas().items():
        out = runs(home + "/bin/java", *QUICK_JAVA, "-cp", ROOT + "/build/jdk/classes", "stackseal.Pkcs12",
                   stdin="".join("%s\t%s\n" % (path, PASS) for path in wanted)).out
        said = dict(line.split("\t") for line in out.splitlines())
        for path, parts in wanted.items():
            if not knows_modern(version) and "legacy" not in path:
                assert said[path].startswith("refused: "), (home, path, said[path])
                continue
            for part in parts:
                assert part in said[path], (home, path, part, said[path])
            assert "of another key" not in said[path], (home, path)


@test
def keytool_of_every_java_lists_a_private_key_and_a_trusted_certificate():
    for home, version in javas().items():
        out = runs(home + "/bin/keytool", "-J-Duser.language=en", "-J-XX:TieredStopAtLevel=1", "-list", "-v",
                   "-storetype", "PKCS12", "-keystore", p12("modern" if knows_modern(version) else "legacy"),
                   "-storepass:file", material() + "/pass").out
        entries = dict(re.findall(r"Alias name: (\S+)\n(?:.*\n)*?Entry type: (\S+)", out))
        assert entries == {"es01": "PrivateKeyEntry", "ca": "trustedCertEntry"}, (home, entries)
        assert "contains 2 entries" in out and "Certificate chain length: 2" in out, (home, out)
        assert "MD5withRSA" not in out and "weak" not in out.lower(), (home, out)


# GnuTLS.

def gnutls_verifies(trust, cert, host, purpose=TLS_SERVER):
    result = run("certtool", "--verify", "--verify-profile", "medium", "--load-ca-certificate", trust, "--infile", cert,
                 "--verify-hostname", host, "--verify-purpose", purpose)
    assert ("The certificate is trusted" in result.out.split("Chain verification output:")[-1]) == (result.status == 0), result
    return result.status == 0


@test
def gnutls_verifies_names_usages_and_chains():
    for kind in KINDS:
        for host in ("es01", "es01.example.org", "127.0.0.1", "::1"):
            assert gnutls_verifies(ca(kind), crt(kind), host), (kind, host)
        assert not gnutls_verifies(ca(kind), crt(kind), "es02"), kind
        assert gnutls_verifies(ca(kind), crt(kind), "es01", TLS_CLIENT), kind
    assert not gnutls_verifies(ca("stranger"), crt("p256"), "es01")
    for usage, purposes in (("server", [TLS_SERVER]), ("client", [TLS_CLIENT]), ("node", [TLS_SERVER, TLS_CLIENT])):
        for purpose in (TLS_SERVER, TLS_CLIENT):
            assert gnutls_verifies(ca("p256"), crt(usage), "es01", purpose) == (purpose in purposes), (usage, purpose)
    assert gnutls_verifies(ca("root"), crt("below"), "es01")
    assert gnutls_verifies(ca("permit"), crt("permit", "inside"), "es01.example.org")
    assert not gnutls_verifies(ca("permit"), crt("permit", "outside"), "es01.example.com")


@test
def gnutls_shows_the_extensions_without_an_unknown_one():
    shown = runs("certtool", "--certificate-info", "--infile", crt("p256")).out
    for line in ("Certificate Authority (CA): FALSE", "TLS WWW Server", "TLS WWW Client", "DNSname: es01.example.org",
                 "IPAddress: 127.0.0.1", "IPAddress: ::1", "Authority Key Identifier", "Subject Key Identifier"):
        assert line in shown, (line, shown)
    of_ca = runs("certtool", "--certificate-info", "--infile", ca("permit")).out
    for line in ("Certificate Authority (CA): TRUE", "Certificate signing", "DNSname: example.org", "IPAddress: 10.0.0.0/8"):
        assert line in of_ca, (line, of_ca)
    assert "nknown extension" not in shown + of_ca, shown + of_ca


@test
def gnutls_opens_pkcs12_and_locked_keys():
    for name, cipher in (("modern", "AES-256-CBC"), ("legacy", "3DES")):
        shown = runs("certtool", "--p12-info", "--inder", "--infile", p12(name), "--password", PASS)
        for part in ("Friendly name: es01", "Friendly name: ca", "PKCS #8 Encrypted key", cipher):
            assert part in shown.out, (name, part, shown)
        assert "error" not in shown.err.lower(), shown
        assert run("certtool", "--p12-info", "--inder", "--infile", p12(name), "--password", "wrong").status != 0, name
    for kind in KINDS:
        for folder in ("locked-" + kind, "locked-legacy-" + kind):
            shown = runs("certtool", "--key-info", "--infile", key(folder), "--password", PASS).out
            assert ("EC/ECDSA" if kind[0] == "p" else "RSA") in shown, (folder, shown)


# Go.

def pair(folder, name="es01"):
    return {"cert": crt(folder, name), "key": key(folder, name)}


def go_cases():
    """Label -> (case, what refuses it)."""
    cases = {}

    def verify(label, trust, cert, name, usages=("server", "client"), refused=None):
        cases["verify " + label] = {"roots": ca(trust), "cert": cert, "name": name, "usages": usages,
                                    "intermediates": cert}, refused

    def shake(label, trust, server, client, name="es01", refused=None):
        cases["shake " + label] = {"roots": ca(trust), "server": server, "client": client, "name": name}, refused

    for kind in KINDS:
        for host in ("es01", "es01.example.org", "127.0.0.1", "::1"):
            verify("%s %s" % (kind, host), kind, crt(kind), host)
        verify(kind + " other name", kind, crt(kind), "es02", refused="valid for es01")
        shake(kind, kind, pair(kind), pair(kind, "es02"))
    verify("other CA", "stranger", crt("p256"), "es01", refused="unknown authority")
    verify("server", "p256", crt("server"), "es01", ["server"])
    verify("client", "p256", crt("client"), "es01", ["client"])
    verify("server as client", "p256", crt("server"), "es01", ["client"], "incompatible key usage")
    verify("client as server", "p256", crt("client"), "es01", ["server"], "incompatible key usage")
    verify("below", "root", crt("below"), "es01")
    verify("inside", "permit", crt("permit", "inside"), "es01.example.org")
    verify("inside, address", "permit", crt("permit", "inside"), "10.1.2.3")
    verify("outside", "permit", crt("permit", "outside"), "es01.example.com", refused="not permitted")
    shake("no certificate", "p256", pair("p256"), None, refused="certificate")
    shake("server as client", "p256", pair("p256"), pair("server"), refused="certificate")
    shake("other name", "p256", pair("p256"), pair("p256"), "es03", "valid for es01")
    shake("below", "root", pair("below"), pair("below"))
    return cases


@test
def go_verifies_and_shakes_hands_with_what_it_should():
    cases = go_cases()
    orders = [dict(case, label=label) for label, (case, _) in cases.items()]
    said = json.loads(runs(ROOT + "/build/go/peer", stdin=json.dumps(orders)).out)
    for label, (_, refused) in cases.items():
        assert re.search(refused or "^ok$", said[label]), (label, said[label])


# Python's cryptography, whose verifier is the strictest: the profile of the public web.

def load(path):
    with open(path, "rb") as f:
        return x509.load_pem_x509_certificates(f.read())


def cryptography_verifies(trust, cert, host=None):
    """For a host as a server's, without as a client's; None or why not."""
    leaf, *others = load(cert)
    builder = verification.PolicyBuilder().store(verification.Store(load(trust)))
    try:
        if host is None:
            builder.build_client_verifier().verify(leaf, others)
            return None
        try:
            subject = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            subject = x509.DNSName(host)
        builder.build_server_verifier(subject).verify(leaf, others)
        return None
    except verification.VerificationError as why:
        return str(why)


@test
def cryptography_verifies_names_usages_and_chains():
    def good(*words):
        why = cryptography_verifies(*words)
        assert why is None, (words, why)

    def bad(pattern, *words):
        why = cryptography_verifies(*words)
        assert why and re.search(pattern, why), (words, why)

    for kind in KINDS:
        for host in ("es01", "es01.example.org", "127.0.0.1", "::1", None):
            good(ca(kind), crt(kind), host)
        bad("subject", ca(kind), crt(kind), "es02")
    good(ca("p256"), crt("server"), "es01")
    good(ca("p256"), crt("client"))
    bad("EKU|usage", ca("p256"), crt("server"))
    bad("EKU|usage", ca("p256"), crt("client"), "es01")
    good(ca("root"), crt("below"), "es01")
    good(ca("permit"), crt("permit", "inside"), "es01.example.org")
    good(ca("permit"), crt("permit", "inside"), "10.1.2.3")
    bad("constraint|candidates exhausted", ca("permit"), crt("permit", "outside"), "es01.example.com")
    bad("candidates exhausted", ca("stranger"), crt("p256"), "es01")


@test
def cryptography_opens_pkcs12_and_locked_keys():
    for name in ["modern", "legacy"] + KINDS + ["below"]:
        with open(p12(name), "rb") as f:
            store = pkcs12.load_pkcs12(f.read(), PASS.encode())
        assert store.cert.friendly_name == b"es01", name
        assert store.key.public_key() == store.cert.certificate.public_key(), name
        assert b"ca" in [c.friendly_name for c in store.additional_certs], name
    for kind in KINDS:
        for folder in ("locked-" + kind, "locked-legacy-" + kind):
            with open(key(folder), "rb") as f:
                found = load_pem_private_key(f.read(), PASS.encode())
            assert found.public_key() == load(crt(folder))[0].public_key(), folder


# Archives.

@test
def unzip_and_zipinfo_find_the_layout_of_certutil_and_private_modes():
    layouts = {
        "pem": ["es01/", "es01/es01.crt", "es01/es01.key", "es02/", "es02/es02.crt", "es02/es02.key"],
        "p12": ["es01/", "es01/es01.p12", "es02/", "es02/es02.p12"],
        "ca": ["ca/", "ca/ca.crt", "ca/ca.key"],
    }
    for name, layout in layouts.items():
        path = "%s/%s.zip" % (material(), name)
        names = runs("zipinfo", "-1", path).out.split()
        assert sorted(names) == layout, (name, names)
        for entry in names:
            folder = os.path.dirname(entry.rstrip("/"))
            assert not folder or names.index(folder + "/") < names.index(entry), (name, names)
        assert "No errors detected" in runs("unzip", "-t", path).out, name
        runs("unzip", "-q", path, "-d", name)
        for entry in layout:
            mode = os.stat(name + "/" + entry).st_mode & 0o777
            assert mode == (0o700 if entry.endswith("/") else 0o644 if entry.endswith(".crt") else 0o600), (entry, oct(mode))
    assert gnutls_verifies(ca("p256"), "pem/es01/es01.crt", "es01")
    assert number_of_certificates("pem/es01/es01.crt") == 1


main()
