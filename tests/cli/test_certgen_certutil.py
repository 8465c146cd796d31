"""certgen in the place of elasticsearch-certutil: command lines of Elastic's documentation, as they stand."""

import os
import shlex

from blackbox import CERTGEN, handshake, key_fits, main, openssl_verifies, run, runs, test, write
from certificates import (alternative_names, archive_names, mode, p12_aliases, p12_opens, p12_split, subject, x509)

NODES = """instances:
  - name: "node1"
    ip:
      - "192.0.2.1"
    dns:
      - "node1.mydomain.com"
  - name: "node2"
    ip:
      - "192.0.2.2"
      - "198.51.100.1"
  - name: "node3"
  - name: "node4"
    dns:
      - "node4.mydomain.com"
      - "node4.internal"
  - name: "CN=node5,OU=IT,DC=mydomain,DC=com"
    filename: "node5"
"""
COMPOSE = "instances:\n" + "".join(
    "  - name: %s\n    dns:\n      - %s\n      - localhost\n    ip:\n      - 127.0.0.1\n" % (n, n)
    for n in ("es01", "es02", "es03"))
INLINE = "instances:\n  - name: 'node1'\n    dns: [ 'node1.elastic.test.com' ]\n  - name: \"my-kibana\"\n    dns: [ 'kibana.local' ]\n"
FILES = {"instances.yml": NODES, "config/certs/instances.yml": COMPOSE, "config/certificates/instances.yml": COMPOSE,
         "tmp/cert_blog/instance.yml": INLINE}

CA_P12 = ["bin/elasticsearch-certutil ca"]
CA_PEM = ["bin/elasticsearch-certutil ca --silent --pem -out ca.zip", "unzip ca.zip"]
FIVE = ["node1", "node2", "node3", "node4", "node5"]
FIVE_NAMES = {"node1": ["DNS:node1.mydomain.com", "IP Address:192.0.2.1"],
              "node2": ["IP Address:192.0.2.2", "IP Address:198.51.100.1"], "node3": [],
              "node4": ["DNS:node4.internal", "DNS:node4.mydomain.com"], "node5": []}
THREE = ["es01", "es02", "es03"]
THREE_NAMES = {n: ["DNS:" + n, "DNS:localhost", "IP Address:127.0.0.1"] for n in THREE}
BOTH = {"ca": "trusted"}


def entries(kind, *names):
    """What a zip of pairs must hold: each folder, and after it what is in it."""
    ends = {"pem": ("key", "crt"), "csr": ("key", "csr"), "p12": ("p12",)}[kind]
    return [e for n in names for e in [n + "/"] + ["%s/%s.%s" % (n, n, end) for end in ends]]


# Each row: its name, the lines before the one that counts, that line, and what must be there afterwards:
#   p12    path -> (passphrase, alias of the key, the other entries)
#   zip    path -> its entries
#   names  of what is in the zip, or of the PKCS#12 file: name -> subjectAltName
ROWS = [
    ("a ca by default", [], "bin/elasticsearch-certutil ca", dict(p12={"elastic-stack-ca.p12": ("", "ca", {})})),
    ("a ca where it is wanted without a passphrase", [], 'elasticsearch-certutil ca --out /tmp/elastic-stack-ca.p12 --pass ""',
     dict(p12={"tmp/elastic-stack-ca.p12": ("", "ca", {})})),
    ("a ca with single dashes", [], "./bin/elasticsearch-certutil ca -out config/elastic-stack-ca.p12 -pass castorepass",
     dict(p12={"config/elastic-stack-ca.p12": ("castorepass", "ca", {})})),
    ("a ca with its name and its days", [],
     'bin/elasticsearch-certutil ca --ca-dn "CN=Elastic Intermediate CA" -days 18250 --out intermediate.p12 --pass castorepass',
     dict(p12={"intermediate.p12": ("castorepass", "ca", {})}, subject="CN=Elastic Intermediate CA", days=18250)),
    ("a ca as pem", [], "./bin/elasticsearch-certutil ca --pem", dict(zip={"elastic-stack-ca.zip": entries("pem", "ca")})),
    ("a ca as pem with one dash", [], "bin/elasticsearch-certutil ca -pem -out ca.zip", dict(zip={"ca.zip": entries("pem", "ca")})),
    ("a silent ca by its letter", [], "bin/elasticsearch-certutil ca -s --pem --out config/certs/ca.zip",
     dict(zip={"config/certs/ca.zip": entries("pem", "ca")})),
    ("a ca with a bigger key", [], 'elasticsearch-certutil ca --keysize 4096 --days 3650 --pass "" --out ca.p12',
     dict(p12={"ca.p12": ("", "ca", {})}, bits=4096, days=3650)),
    ("a ca with key usage of its own", [], "bin/elasticsearch-certutil ca --keyusage keyCertSign,cRLSign,digitalSignature --pem --out ca.zip",
     dict(zip={"ca.zip": entries("pem", "ca")}, ca_usage="Digital Signature, Certificate Sign, CRL Sign")),
    ("a ca in a pem whose key is locked", [], "bin/elasticsearch-certutil ca --pem --pass changeme --out ca.zip --silent",
     dict(zip={"ca.zip": entries("pem", "ca")}, pem_pass="changeme")),
    ("a ca with a setting that means nothing here", [], "bin/elasticsearch-certutil ca -E path.conf=config -v --pem --out ca.zip",
     dict(zip={"ca.zip": entries("pem", "ca")})),

    ("a certificate by default", CA_P12, "bin/elasticsearch-certutil cert --ca elastic-stack-ca.p12",
     dict(p12={"elastic-certificates.p12": ("", "instance", BOTH)}, names={"instance": []})),
    ("a certificate of a ca with one dash", CA_P12, "./bin/elasticsearch-certutil cert -ca elastic-stack-ca.p12",
     dict(p12={"elastic-certificates.p12": ("", "instance", BOTH)})),
    ("a certificate where elasticsearch looks for it", CA_P12,
     'bin/elasticsearch-certutil cert --ca elastic-stack-ca.p12 -out config/elastic-certificates.p12 -pass ""',
     dict(p12={"config/elastic-certificates.p12": ("", "instance", BOTH)})),
    ("a certificate of a locked ca", ["bin/elasticsearch-certutil ca --out elastic-stack-ca.p12 --pass capass"],
     "bin/elasticsearch-certutil cert --ca elastic-stack-ca.p12 --ca-pass capass --pass secret --out elastic-certificates.p12",
     dict(p12={"elastic-certificates.p12": ("secret", "instance", BOTH)}, ca_pass="capass")),
    ("a certificate of the kubernetes charts", ["elasticsearch-certutil ca --out /tmp/elastic-stack-ca.p12 --pass ''"],
     "elasticsearch-certutil cert --name security-master --dns security-master --ca /tmp/elastic-stack-ca.p12 --pass '' --ca-pass '' "
     "--out /tmp/elastic-certificates.p12",
     dict(p12={"tmp/elastic-certificates.p12": ("", "security-master", BOTH)}, names={"security-master": ["DNS:security-master"]})),
    ("a client certificate for kibana", CA_P12, "bin/elasticsearch-certutil cert -ca elastic-stack-ca.p12 -name kibana-client -dns localhost",
     dict(p12={"kibana-client.p12": ("", "kibana-client", BOTH)}, names={"kibana-client": ["DNS:localhost"]})),
    ("a server certificate for kibana", CA_P12,
     "bin/elasticsearch-certutil cert -name kibana-server -ca elastic-stack-ca.p12 -dns example.com,www.example.com -pem",
     dict(zip={"certificate-bundle.zip": entries("pem", "kibana-server")},
          names={"kibana-server": ["DNS:example.com", "DNS:www.example.com"]})),
    ("a certificate for a user of the pki realm", CA_P12,
     'elasticsearch-certutil cert --ca ./elastic-stack-ca.p12 -name "CN=something,OU=Consulting Team,DC=mydomain,DC=com" --out client.p12',
     dict(p12={"client.p12": ("", "cn=something,ou=consulting team,dc=mydomain,dc=com", BOTH)},
          subject="CN=something,OU=Consulting Team,DC=mydomain,DC=com")),
    ("names that are given with an equals sign and more than once",
     ["bin/elasticsearch-certutil ca --out root.p12 --pass castorepass"],
     "bin/elasticsearch-certutil cert --ca root.p12 --ca-pass castorepass --name elasticsearch --dns=localhost --dns=localhost4 "
     "--ip=127.0.0.1 --ip=0:0:0:0:0:0:0:1 -days 365 --out elasticsearch.p12 --pass storepass",
     dict(p12={"elasticsearch.p12": ("storepass", "elasticsearch", BOTH)}, days=365,
          names={"elasticsearch": ["DNS:localhost", "DNS:localhost4", "IP Address:0:0:0:0:0:0:0:1", "IP Address:127.0.0.1"]})),
    ("lists of names behind commas", CA_P12,
     "bin/elasticsearch-certutil cert --ca elastic-stack-ca.p12 --dns localhost,es01,es01.example.org --ip 127.0.0.1,::1,10.0.0.1 --name es01",
     dict(p12={"es01.p12": ("", "es01", BOTH)},
          names={"es01": ["DNS:es01", "DNS:es01.example.org", "DNS:localhost", "IP Address:0:0:0:0:0:0:0:1",
                          "IP Address:10.0.0.1", "IP Address:127.0.0.1"]})),
    ("a pem pair under a ca in pem", CA_PEM, "bin/elasticsearch-certutil cert --name client --ca-cert ca/ca.crt --ca-key ca/ca.key --pem",
     dict(zip={"certificate-bundle.zip": entries("pem", "client")}, names={"client": []})),
    ("a pem pair under a ca whose key is locked", ["bin/elasticsearch-certutil ca --silent --pem --pass p.w --out ca.zip", "unzip ca.zip"],
     "bin/elasticsearch-certutil cert -ca-cert ca/ca.crt -ca-key ca/ca.key -ca-pass p.w -pem -in config/certs/instances.yml -out certs.zip",
     dict(zip={"certs.zip": entries("pem", *THREE)}, names=THREE_NAMES)),
    ("a pem pair with a locked key", CA_P12,
     "bin/elasticsearch-certutil cert --ca elastic-stack-ca.p12 --pem --pass changeme --name es01 --out es01.zip",
     dict(zip={"es01.zip": entries("pem", "es01")}, pem_pass="changeme")),
    ("a key of many bits", CA_P12, "bin/elasticsearch-certutil cert --ca elastic-stack-ca.p12 --keysize 3072 --days 730",
     dict(p12={"elastic-certificates.p12": ("", "instance", BOTH)}, bits=3072, days=730)),
    ("instances in silent mode", CA_P12,
     "bin/elasticsearch-certutil cert --silent --in instances.yml --out test1.zip --pass testpassword --ca elastic-stack-ca.p12",
     dict(zip={"test1.zip": entries("p12", *FIVE)}, names=FIVE_NAMES,
          p12={"x/node1/node1.p12": ("testpassword", "node1", BOTH),
               "x/node5/node5.p12": ("testpassword", "cn=node5,ou=it,dc=mydomain,dc=com", BOTH)})),
    ("instances without a word about the output", CA_P12, 'bin/elasticsearch-certutil cert --in instances.yml --ca elastic-stack-ca.p12 --pass ""',
     dict(zip={"certificate-bundle.zip": entries("p12", *FIVE)}, names=FIVE_NAMES)),
    ("instances of version 7 with a ca made on the way", [],
     "bin/elasticsearch-certutil cert --silent --pem --in config/certificates/instances.yml -out /certs/bundle.zip",
     dict(zip={"certs/bundle.zip": entries("pem", "ca")[:1] + ["ca/ca.crt"] + entries("pem", *THREE)}, names=THREE_NAMES)),
    ("instances of version 7 with a ca that is kept", [],
     "bin/elasticsearch-certutil cert --keep-ca-key --pem --in tmp/cert_blog/instance.yml --out tmp/cert_blog/certs.zip",
     dict(zip={"tmp/cert_blog/certs.zip": entries("pem", "ca", "node1", "my-kibana")},
          names={"node1": ["DNS:node1.elastic.test.com"], "my-kibana": ["DNS:kibana.local"]})),
    ("one certificate of version 7 with a ca that is kept", [],
     "bin/elasticsearch-certutil cert --keep-ca-key --pem --name es01 --dns es01.local --ip 10.1.2.3 --out certs2.zip",
     dict(zip={"certs2.zip": entries("pem", "ca", "es01")}, names={"es01": ["DNS:es01.local", "IP Address:10.1.2.3"]})),
    ("a keystore of version 7 without any ca", [], 'bin/elasticsearch-certutil cert -out config/elastic-certificates.p12 -pass ""',
     dict(p12={"config/elastic-certificates.p12": ("", "instance", BOTH)})),
    ("a ca of version 7 in the bundle of keystores", [],
     'bin/elasticsearch-certutil cert --keep-ca-key --in instances.yml --pass "" --ca-dn "CN=Elastic Root" --out bundle.zip',
     dict(zip={"bundle.zip": entries("p12", "ca", *FIVE)}, names=FIVE_NAMES)),
    ("a certificate that signs itself", [], 'bin/elasticsearch-certutil cert --self-signed --name es01 --dns es01 --pass "" --out es01.p12',
     dict(p12={"es01.p12": ("", "es01", {})}, names={"es01": ["DNS:es01"]}, self_signed=True)),
    ("a pem certificate that signs itself", [], "bin/elasticsearch-certutil cert --self-signed --pem --silent --out es01.zip --name es01",
     dict(zip={"es01.zip": entries("pem", "es01")}, self_signed=True)),

    ("a request for kibana", [], "bin/elasticsearch-certutil csr -name kibana-server -dns example.com,www.example.com",
     dict(zip={"csr-bundle.zip": entries("csr", "kibana-server")}, names={"kibana-server": ["DNS:example.com", "DNS:www.example.com"]})),
    ("a request for each instance", [], "bin/elasticsearch-certutil csr --silent --in instances.yml --out test2.zip --pass testpassword",
     dict(zip={"test2.zip": entries("csr", *FIVE)}, names=FIVE_NAMES, pem_pass="testpassword")),
    ("a request by default", [], "bin/elasticsearch-certutil csr", dict(zip={"csr-bundle.zip": entries("csr", "instance")})),
    ("a request with a key of many bits", [], "bin/elasticsearch-certutil csr --name es01 --ip 10.0.0.1 --keysize 3072 --out es01.zip",
     dict(zip={"es01.zip": entries("csr", "es01")}, names={"es01": ["IP Address:10.0.0.1"]}, bits=3072)),

    ("the compose file of version 8", ["bin/elasticsearch-certutil ca --silent --pem -out config/certs/ca.zip",
                                       "unzip config/certs/ca.zip -d config/certs"],
     "bin/elasticsearch-certutil cert --silent --pem -out config/certs/certs.zip --in config/certs/instances.yml "
     "--ca-cert config/certs/ca/ca.crt --ca-key config/certs/ca/ca.key",
     dict(zip={"config/certs/certs.zip": entries("pem", *THREE)}, names=THREE_NAMES, quiet=True, ca="config/certs/ca/ca.crt")),
]


def command(line):
    """The words of a line of the documents; what they have in /tmp and /certs lies below this folder."""
    words = [w[1:] if w.startswith(("/tmp/", "/certs/")) else w for w in shlex.split(line)]
    if words[0].split("/")[-1] == "elasticsearch-certutil":
        words[0] = CERTGEN
    return words


def execute(line):
    return runs(*command(line))


def check_zip(path, wanted, expected):
    assert mode(path) == 0o600, oct(mode(path))
    found = archive_names(path)
    assert found == wanted, (found, wanted)
    runs("unzip", "-q", "-o", path, "-d", "x")
    for entry in found:
        place = "x/" + entry
        if entry.endswith(".key") and expected.get("pem_pass"):
            assert "ENCRYPTED" in open(place, encoding="utf-8").read(), place
            runs("openssl", "pkey", "-in", place, "-passin", "pass:" + expected["pem_pass"], "-noout")
            assert run("openssl", "pkey", "-in", place, "-passin", "pass:wrong", "-noout").status != 0
        elif entry.endswith(".crt") and not expected.get("pem_pass") and os.path.exists(place[:-3] + "key"):
            assert key_fits(place, place[:-3] + "key"), place
        elif entry.endswith(".csr"):
            runs("openssl", "req", "-verify", "-noout", "-in", place)


def check_p12(path, password, alias, others):
    assert mode(path) == 0o600, oct(mode(path))
    assert p12_aliases(path, password) == {alias: "key", **others}
    assert not p12_opens(path, password + "x")
    p12_split(path, password, "leaf.crt", "leaf.key")
    assert key_fits("leaf.crt", "leaf.key")


def names_in(place, name, password):
    """subjectAltName of one instance, wherever it lies."""
    if os.path.exists("x/%s/%s.csr" % (name, name)):
        lines = runs("openssl", "req", "-noout", "-text", "-in", "x/%s/%s.csr" % (name, name)).out.split("\n")
        at = [i for i, line in enumerate(lines) if "Subject Alternative Name" in line]
        return sorted(p.strip() for p in lines[at[0] + 1].split(",")) if at else []
    if os.path.exists("x/%s/%s.crt" % (name, name)):
        return alternative_names("x/%s/%s.crt" % (name, name))
    store = "x/%s/%s.p12" % (name, name)
    p12_split(store if os.path.exists(store) else place, password, "leaf.crt", "leaf.key")
    return alternative_names("leaf.crt")


def one_certificate(expected):
    for path in expected.get("zip", {}):
        for entry in expected["zip"][path]:
            if entry.endswith(".crt") or entry.endswith(".csr"):
                return "x/" + entry
    return "leaf.crt"


def check(expected):
    password = ""
    for path, wanted in expected.get("zip", {}).items():
        check_zip(path, wanted, expected)
    for path, (password, alias, others) in expected.get("p12", {}).items():
        check_p12(path, password, alias, others)
    place = list(expected.get("p12", {"": None}))[0]
    for name, wanted in expected.get("names", {}).items():
        assert names_in(place, name, password) == wanted, (name, names_in(place, name, password))
    cert = one_certificate(expected)
    if "subject" in expected:
        assert subject(cert) == expected["subject"], subject(cert)
    if "days" in expected:
        assert run("openssl", "x509", "-noout", "-in", cert, "-checkend", (expected["days"] - 1) * 86400).status == 0
        assert run("openssl", "x509", "-noout", "-in", cert, "-checkend", (expected["days"] + 1) * 86400).status == 1
    if "bits" in expected:
        text = runs("openssl", "req" if cert.endswith("csr") else "x509", "-noout", "-text", "-in", cert).out
        assert "Public-Key: (%d bit)" % expected["bits"] in text
    if "ca_usage" in expected:
        assert expected["ca_usage"] in x509(cert, "-ext", "keyUsage")
    if expected.get("self_signed"):
        assert openssl_verifies(cert, cert)
    for name in expected.get("names", {}) if "ca" in expected else []:
        assert handshake(expected["ca"], "x/%s/%s.crt" % (name, name), "x/%s/%s.key" % (name, name), name) is None


def tree_of_names():
    return sorted(os.path.join(p, n) for p, _, files in os.walk(".") for n in files)


def add(name, before, line, expected):
    def row():
        for path, text in FILES.items():
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            write(path, text)
        for earlier in before:
            execute(earlier)
        there = tree_of_names()
        result = execute(line)
        made = [p[2:] for p in tree_of_names() if p not in there]
        wanted = sorted(p for p in [*expected.get("zip", {}), *expected.get("p12", {})] if not p.startswith("x/"))
        assert made == wanted, (made, wanted)
        assert result.out == "" and (result.err == "" or not expected.get("quiet")), result
        check(expected)
        again = execute(line)
        assert "wrote" not in again.err, again

    row.__name__ = name.replace(" ", "_")
    test(row)


for one in ROWS:
    add(*one)


@test
def the_compose_setup_of_version_8_can_run_as_often_as_it_likes():
    os.makedirs("config/certs")
    write("config/certs/instances.yml", COMPOSE)
    for _ in range(3):
        execute("bin/elasticsearch-certutil ca --silent --pem -out config/certs/ca.zip")
        runs("unzip", "-q", "-o", "config/certs/ca.zip", "-d", "config/certs")
        execute("bin/elasticsearch-certutil cert --silent --pem -out config/certs/certs.zip --in config/certs/instances.yml "
                "--ca-cert config/certs/ca/ca.crt --ca-key config/certs/ca/ca.key")
        runs("unzip", "-q", "-o", "config/certs/certs.zip", "-d", "config/certs")
        for name in THREE:
            pair = ["config/certs/%s/%s.%s" % (name, name, end) for end in ("crt", "key")]
            for host in (name, "localhost", "127.0.0.1"):
                assert handshake("config/certs/ca/ca.crt", *pair, host) is None


@test
def a_keystore_that_java_takes_is_its_own_truststore():
    for line in CA_P12 + ["bin/elasticsearch-certutil cert --ca elastic-stack-ca.p12 --dns es01 --pass secret"]:
        execute(line)
    p12_split("elastic-certificates.p12", "secret", "leaf.crt", "leaf.key")
    runs("openssl", "pkcs12", "-in", "elastic-stack-ca.p12", "-passin", "pass:", "-nokeys", "-out", "ca.crt")
    assert openssl_verifies("ca.crt", "leaf.crt", "sslserver") and openssl_verifies("ca.crt", "leaf.crt", "sslclient")
    assert handshake("ca.crt", "leaf.crt", "leaf.key", "es01") is None


@test
def cert_ca_with_its_idle_word_does_as_the_guides_of_version_7_have_it():
    # Elastic's and Wazuh's guides say "cert ca"; the tool passes the second word over.
    write("instances.yml", INLINE)
    execute("bin/elasticsearch-certutil cert ca --pem --in instances.yml --keep-ca-key --out certs.zip")
    assert archive_names("certs.zip") == entries("pem", "ca", "node1", "my-kibana")


main()
