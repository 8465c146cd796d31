#!/usr/bin/env python3
"""seeds.py [TARGET...]: make the seeds of the fuzz targets anew, in tests/fuzz/corpus/TARGET.

Run by hand when a seed is added; the seeds are kept in git, so that the tests need none of this.
Inputs that once failed are named found-* and stay. Wants openssl, and keytool for Java's PKCS#12.
The keys are made here and protect nothing; iteration counts are small, so that fuzzing is quick.
"""
import gzip
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
PASS = "changeme"
DATE = 1700000000


def tool(*command, given=None):
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"seeds: {' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def openssl(*arguments, given=None):
    return tool("openssl", *arguments, given=given)


def instances():
    node = "instances:\n  - name: es01\n"
    return {
        "certutil": 'instances:\n  - name: "node1"\n    ip: "192.0.2.1"\n    dns: "node1.example.com"\n'
                    '  - name: node2\n    filename: other\n    ip:\n      - "192.0.2.2"\n      - "2001:db8::1"\n'
                    '    cn: [a, "b c"]\n  - name: node3\n',
        "whole": "name: logs # the cluster\nversion: 8.15.3\nlevel: https\ndistribution: elasticsearch\ninstances:\n"
                 "  - name: es01\n    role: elasticsearch\n    node_roles: [master, data_hot, ingest]\n"
                 "    dns: [es01, es01.example.internal, '*.example.internal']\n    ip: [10.0.0.11]\n"
                 "    http_port: 9201\n    transport_port: 9301\n  - {name: kibana, role: kibana, dns: kibana}\n",
        "opensearch": "distribution: opensearch\nversion: 2.19.4\n" + node + "    node_roles: [cluster_manager]\n",
        "minimal": "level: minimal\n" + node,
        "access": "accounts: file\nkibana_token: yes\n" + node + "users:\n  - {name: u, roles: &r [filebeat_writer, mine], email: a@b}\n"
                  "roles:\n  - name: mine\n    cluster: monitor\n    run_as: [a]\n    indices:\n"
                  "      - {names: 'x-*', privileges: read, query: '{}', field_security: {grant: '*', except: [a]}}\n"
                  "    applications: [{application: k, privileges: [read], resources: '*'}]\n"
                  "role_mappings:\n  - {name: m, roles: *r, enabled: false, rules: {all: [{field: {dn: [a, b]}}, {except: {any: [{field: {x: y}}]}}]}}\n"
                  "api_keys: [{name: k, roles: *r, expiration: 30d}]\n",
        "rule-in-itself": node + "role_mappings: [{name: m, roles: r, rules: &r {any: [*r, *r]}}]\n",
        "unknown-key": "levle: https\n" + node,
        "twice": node + "    dns: a\n    dns: b\n",
        "port": node + "    http_port: 70000\n",
        "same-name": node + "  - name: es01\n",
        "same-folder": node + "  - {name: x, filename: es01}\n",
        "anchor": "a: &a [x, y]\n" + node + "    dns: *a\n",
        "merge-key": "x: &x {role: kibana}\n" + node + "    <<: *x\n",
        "in-itself": "&a\ninstances: *a\nname: {x: *a}\n",
        "laughs": "a: &a [x, x, x, x]\nb: &b {k: *a, l: *a, m: *a}\nc: &c {k: *b, l: *b, m: *b}\nd: {k: *c, l: *c}\n",
        "block-scalars": "name: >-\n  folded\n  text\nversion: |\n  8.0.0\n" + node,
        "quoted": "\"name\": 'it''s'\n\"l\\u0065vel\": \"b\\x61sic\"\n" + node,
        "nul": 'name: "a\\0b"\n' + node,
        "escapes": "name: \"\\e\\_\\N\\L\\P\\uFEFF\\U0001F600\\x7f\"\n",
        "complex-key": "? [a, b]\n: c\n? {x: y}\n",
        "tags": "!!map\nname: !!str 8\nversion: !<tag:yaml.org,2002:float> 8.0\n",
        "directive": "%YAML 1.1\n%TAG ! tag:x,2000:\n---\n" + node + "...\n",
        "two-documents": node + "---\n" + node,
        "settings": "cluster.name: x\nxpack:\n  security:\n    enabled: true\n    http.ssl: {enabled: true}\n"
                    "discovery.seed_hosts: [a, b]\npath.data: [\"/a\", '/b']\nnull_one: ~\nempty:\n",
        "users": "_meta:\n  type: \"internalusers\"\n  config_version: 2\nadmin:\n  hash: \"x\"\n  reserved: true\n",
        "deep": "a: " + "[" * 40 + "]" * 40,
        "deep-maps": "".join(f"{' ' * i}k{i}:\n" for i in range(40)),
        "bom": b"\xef\xbb\xbf" + node.encode(),
        "utf-16": node.encode("utf-16"),
        "latin-1": b"name: caf\xe9\n",
        "tab": "instances:\n\t- name: a\n",
        "nothing": "",
        "comment": "# only this\n",
        "list": "- a\n- b\n",
    }


def json():
    return {
        "health": '{"cluster_name":"logs","status":"yellow","timed_out":false,"number_of_nodes":3,'
                  '"number_of_data_nodes":3,"active_shards_percent_as_number":50.0}',
        "info": '{"name":"es01","cluster_name":"logs","cluster_uuid":"pT4V2Qm7Q1u","version":{"number":"8.15.3",'
                '"build_flavor":"default"},"tagline":"You Know, for Search"}',
        "error": '{"error":{"root_cause":[{"type":"security_exception","reason":"unable to authenticate user"}],'
                 '"type":"security_exception","header":{"WWW-Authenticate":["Basic realm=\\"security\\"","ApiKey"]}},'
                 '"status":401}',
        "seal": '{\n\t"cluster_uuid":\t"pT4V2Qm7Q1u",\n\t"sealed_at": "2024-01-01T00:00:00Z",\n\t"accounts":\t'
                '["elastic", "kibana_system"]\n}\n',
        "patch": '[{"op":"add","path":"/admin","value":{"hash":"$2y$12$x","attributes":{"stackseal":"locked"}}}]',
        "escapes": '{"a\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t":"\\ud83d\\ude00\\u2028"}',
        "nul": '{"a":"x\\u0000y"}',
        "lone-surrogate": '["\\ud83d"]',
        "numbers": "[0,-0,1.5,-1e-7,1E+20,9007199254740993,1e308,1e999,-1e999,0.1,123456789012345678901234567890]",
        "words": "[true,false,null]",
        "same-name": '{"a":1,"a":2,"A":3,"":4}',
        "empty": "{}",
        "blanks": " \t\r\n[ ] \n",
        "deep": "[" * 900 + "]" * 900,
        "too-deep": "[" * 1100,
        "maps": '{"a":' * 60 + "1" + "}" * 60,
        "rest": "{} x",
        "zero-behind": b"{}\0",
        "bom": b'\xef\xbb\xbf{"a":1}',
        "not-utf-8": b'{"a":"\xff\xc0\x80"}',
        "cut": '{"cluster_name":"lo',
        "cut-escape": '["\\u12',
        "comma": "[1,]",
        "html": "<html><body>502 Bad Gateway</body></html>",
        "nothing": "",
    }


CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = es01
[ca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = DNS:es01,DNS:*.example.internal,IP:192.0.2.1,IP:2001:db8::1
[odd]
subjectAltName = email:a@example.com,URI:https://example.com/x,RID:1.2.3.4,otherName:2.5.4.3;UTF8:es01,dirName:dir
[dir]
CN = x
[nul]
subjectAltName = DER:30:0d:82:0b:65:73:30:31:00:65:76:69:6c:2e:78
[short-ip]
subjectAltName = DER:30:05:87:03:0a:00:01
[empty-san]
subjectAltName = DER:30:00
[ms]
1.3.6.1.4.1.311.20.2 = ASN1:BMPSTRING:WebServer
subjectAltName = DNS:ms.example.com
[cn-only]
subjectAltName = otherName:2.5.4.3;UTF8:node.instances
"""


class Pki:
    """Keys and certificates, made once for all targets."""

    def __init__(self, folder):
        self.folder = folder
        self.config = self.file("openssl.cnf", CONFIG.encode())
        self.p256 = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.p384 = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
        self.rsa = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        self.ed25519 = openssl("genpkey", "-algorithm", "ED25519")
        self.ca = self.signed("/CN=Elastic Certificate Tool Autogenerated CA", self.p384, "ca")
        self.leaf = self.signed("/C=DE/O=Example/CN=es01", self.p256, "leaf", (self.ca, self.p384))
        self.rsa_leaf = self.signed("/CN=es02", self.rsa, "leaf", (self.ca, self.p384))

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def signed(self, subject, key, section, ca=None):
        issuer = []
        if ca:
            issuer = ["-CA", self.file("ca.crt", ca[0]), "-CAkey", self.file("ca.key", ca[1])]
            request = openssl("req", "-new", "-utf8", "-config", self.config, "-subj", subject,
                              "-key", self.file("key", key))
            return openssl("x509", "-req", "-days", "7300", "-extfile", self.config, "-extensions", section,
                           *issuer, "-in", self.file("request", request))
        return openssl("req", "-new", "-utf8", "-x509", "-days", "7300", "-config", self.config,
                       "-extensions", section, "-subj", subject, "-key", self.file("key", key))

    def request(self, key, section, *more, subject="/O=Example/CN=es01"):
        extensions = ["-reqexts", section] if section else []
        return openssl("req", "-new", "-utf8", "-config", self.config, *extensions, "-subj", subject,
                       "-key", self.file("key", key), *more)

    def locked(self, key, *how, form="PEM"):
        return openssl("pkcs8", "-topk8", "-iter", "2", "-passout", f"pass:{PASS}", "-outform", form, *how,
                       given=key)

    def p12(self, *how, key=None, cert=None, chain=b"", name="es01", password=PASS):
        cert = cert or self.leaf
        arguments = ["-inkey", self.file("key", key)] if key else ["-nokeys"]
        if chain:
            arguments += ["-certfile", self.file("chain", chain)]
        return openssl("pkcs12", "-export", *arguments, "-in", self.file("cert", cert), "-name", name, "-iter", "1",
                       "-passout", f"pass:{password}", *how)


def der(pem):
    return openssl("asn1parse", "-noout", "-out", "/dev/stdout", given=pem)


def keys_and_certs(pki):
    damaged = pki.leaf.replace(b"\nMII", b"\nMIA", 1)
    explicit = openssl("pkey", "-ec_param_enc", "explicit", given=pki.p256)
    traditional = openssl("ec", "-aes128", "-passout", f"pass:{PASS}", given=pki.p256)
    return {
        "ca.crt": pki.ca,
        "leaf.crt": pki.leaf,
        "chain.crt": pki.leaf + pki.ca,
        "chain-with-text.crt": b"subject=CN = es01\n\n" + pki.leaf + b"issuer below\r\n" + pki.ca.replace(b"\n", b"\r\n"),
        "rsa.crt": pki.rsa_leaf,
        "odd-names.crt": pki.signed("/CN=caf\u00e9\\, \\\"x\\\"", pki.p256, "odd"),
        "nul-in-name.crt": pki.signed("/CN=es01", pki.p256, "nul"),
        "short-address.crt": pki.signed("/CN=es01", pki.p256, "short-ip"),
        "no-names.crt": pki.signed("/CN=es01", pki.p256, "empty-san"),
        "later-one-damaged.crt": pki.ca + damaged,
        "cut.crt": pki.leaf[:300],
        "trusted.crt": openssl("x509", "-trustout", "-addtrust", "serverAuth", "-setalias", "x", given=pki.leaf),
        "seventeen-and-more.crt": pki.leaf * 18,
        "p256.key": pki.p256,
        "p384.key": pki.p384,
        "rsa.key": pki.rsa,
        "ed25519.key": pki.ed25519,
        "sec1.key": openssl("ec", given=pki.p256),
        "pkcs1.key": openssl("rsa", "-traditional", given=pki.rsa),
        "with-parameters.key": openssl("ecparam", "-name", "prime256v1") + openssl("ec", given=pki.p256),
        "explicit-curve.key": explicit,
        "pbes2.key": pki.locked(pki.p256, "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"),
        "pbes1.key": pki.locked(pki.p256, "-v1", "PBE-SHA1-3DES"),
        "scrypt.key": openssl("pkcs8", "-topk8", "-scrypt", "-scrypt_N", "2", "-passout", f"pass:{PASS}", given=pki.p256),
        "traditional-locked.key": traditional,
        "key-and-crt.pem": pki.p256 + pki.leaf + pki.ca,
        "crt-and-locked-key.pem": pki.leaf + pki.locked(pki.p256),
        "public.pem": openssl("pkey", "-pubout", given=pki.p256),
        "empty-block.pem": b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "no-end.pem": b"-----BEGIN PRIVATE KEY-----\nMII=\n",
        "nothing": b"",
        "text": b"this is no PEM, ENCRYPTED or not",
    }


def pem():
    with tempfile.TemporaryDirectory() as folder:
        return keys_and_certs(Pki(folder))


def java(pki):
    """PKCS#12 as the JDK writes it: trusted certificates, several key entries, one password."""
    if not shutil.which("keytool"):
        sys.exit("seeds: there is no keytool: sh tests/setup.sh demo")
    found = {}
    quick = [f"-J-Dkeystore.pkcs12.{what}IterationCount=1" for what in ("certPbe", "keyPbe", "mac")]
    legacy = quick + [f"-J-Dkeystore.pkcs12.{option}" for option in (
        "certProtectionAlgorithm=PBEWithSHA1AndRC2_40", "keyProtectionAlgorithm=PBEWithSHA1AndDESede",
        "macAlgorithm=HmacPBESHA1")]
    common = ["-storetype", "PKCS12", "-storepass", PASS, "-noprompt"]
    for form, options in ("modern", quick), ("legacy", legacy):
        store = os.path.join(pki.folder, form + ".p12")
        tool("keytool", "-importcert", "-alias", "ca", "-file", pki.file("ca.crt", pki.ca), "-keystore", store,
             *common, *options)
        found[f"java-trusted-{form}.p12"] = open(store, "rb").read()
        tool("keytool", "-genkeypair", "-alias", "node \u00e4", "-keyalg", "EC", "-dname", "CN=es01", "-keystore",
             store, *common, *options)
        found[f"java-{form}.p12"] = open(store, "rb").read()
    return found


def credentials():
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki(folder)
        seeds = keys_and_certs(pki)
        for name in "seventeen-and-more.crt", "rsa.crt", "trusted.crt", "explicit-curve.key", "pkcs1.key":
            del seeds[name]
        seeds |= java(pki)
        one = {"key": pki.p256, "chain": pki.ca}
        legacy = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]
        bare = ["-keypbe", "NONE", "-certpbe", "NONE"]
        modern = pki.p12(**one)
        seeds |= {
            "modern.p12": modern,
            "legacy.p12": pki.p12(*legacy, **one),
            "rc2.p12": pki.p12("-legacy", **one),
            "no-mac.p12": pki.p12("-nomac", **one),
            "bare.p12": pki.p12(*bare, **one),
            "bare-no-mac.p12": pki.p12(*bare, "-nomac", **one),
            "bare-rsa.p12": pki.p12(*bare, key=pki.rsa, cert=pki.rsa_leaf, name="caf\u00e9"),
            "bare-certs.p12": pki.p12(*bare, chain=pki.rsa_leaf, cert=pki.ca, name="ca"),
            "no-password.p12": pki.p12(password="", **one),
            "other-password.p12": pki.p12(password="another", **one),
            "cut.p12": modern[:len(modern) // 2],
            "longer.p12": modern + b"rest",
            "many-rounds.p12": pki.p12("-iter", "5000", *legacy, **one),
            "endless-rounds.p12": endless(pki.p12("-iter", "2048", *legacy, **one)),
            "cert.der": der(pki.leaf),
            "key.der": der(pki.p256),
            "locked-key.der": pki.locked(pki.p256, form="DER"),
            "sec1.der": der(openssl("ec", given=pki.p256)),
            "jks": bytes.fromhex("feedfeed0000000200000000") + bytes(20),
            "jceks": bytes.fromhex("cececece0000000200000000") + bytes(20),
            "bcfks": bytes.fromhex("30820100300906072a864886f70d010501") + bytes(60),
        }
        return seeds


def endless(p12):
    """The MAC's own iteration count, the file's last value, made two thousand millions."""
    count, huge = b"\x02\x02\x08\x00", b"\x02\x04\x7f\xff\xff\xff"
    assert p12.endswith(count) and p12.startswith(b"\x30\x82")
    grown = bytearray(p12[:-len(count)] + huge)
    mac = max(i for i in range(len(p12) - 1) if p12[i] == 0x30 and i + 2 + p12[i + 1] == len(p12))
    grown[mac + 1] += len(huge) - len(count)
    grown[2:4] = struct.pack(">H", len(grown) - 4)
    return bytes(grown)


def csr():
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki(folder)
        plain = pki.request(pki.p256, "leaf")
        binary = der(plain)
        return {
            "p256": plain,
            "p384": pki.request(pki.p384, "leaf"),
            "rsa": pki.request(pki.rsa, "leaf"),
            "ed25519": pki.request(pki.ed25519, "leaf"),
            "no-names": pki.request(pki.p256, None),
            "odd-names": pki.request(pki.p256, "odd"),
            "cn-only": pki.request(pki.p256, "cn-only"),
            "nul-in-name": pki.request(pki.p256, "nul"),
            "short-address": pki.request(pki.p256, "short-ip"),
            "empty-san": pki.request(pki.p256, "empty-san"),
            "microsoft": pki.request(pki.p256, "ms"),
            "new": pki.request(pki.p256, "leaf", "-newhdr"),
            "subject": pki.request(pki.p256, "leaf", subject="/DC=org/CN=caf\u00e9\\, x\\/y/emailAddress=a@b"),
            "no-subject": pki.request(pki.p256, "leaf", subject="/"),
            "with-text": b"Certificate Request:\n" + plain + b"\nmore\n",
            "two": plain + plain,
            "der": binary,
            "der-longer": binary + b"x",
            "der-cut": binary[:-5],
            "wrong-signature": binary[:-1] + bytes([binary[-1] ^ 1]),
            "other-name": binary.replace(b"es01", b"es02"),
            "cert": pki.leaf,
            "key": pki.p256,
            "cut": plain[:200],
            "nothing": b"",
        }


def es_keystore():
    with open(os.path.join(HERE, "..", "unit", "test_es_keystore.c"), encoding="utf-8") as f:
        source = f.read()
    seeds = {}
    for name, hexes in re.findall(r"static const char (v\d\w*)\[\] =\n((?:\t\"[0-9a-f]+\";?\n)+)", source):
        seeds[name.replace("_", "-")] = bytes.fromhex("".join(re.findall(r'"([0-9a-f]+)"', hexes)))
    v4 = seeds["v4"]

    def entry(name, value, kind=b""):
        return struct.pack(">H", len(name)) + name + kind + struct.pack(">I", len(value)) + value

    seed = entry(b"keystore.seed", b"A" * 20)
    more = entry(b"bootstrap.password", PASS.encode())
    kind = struct.pack(">H", 6) + b"STRING"
    seeds |= {
        "cut": v4[:-1],
        "header-only": v4[:31],
        "footer-only": v4[:32] + v4[-16:],
        "format-2": v4[:30] + b"\x02" + v4[31:],
        "format-3": v4[:30] + b"\x03" + v4[31:],
        "format-6": v4[:30] + b"\x06" + v4[31:],
        "flag-2": v4[:31] + b"\x02" + v4[32:],
        "long-salt": v4[:36] + b"\xff\xff\xff\xff" + v4[40:],
        "no-salt": v4[:36] + b"\0\0\0\0" + v4[40:],
        "entries": struct.pack(">I", 2) + seed + more,
        "entries-typed": struct.pack(">I", 1) + entry(b"keystore.seed", b"A" * 20, kind),
        "entries-none": struct.pack(">I", 0),
        "entries-left": struct.pack(">I", 1) + seed + more,
        "entries-missing": struct.pack(">I", 3) + seed + more,
        "entries-many": struct.pack(">I", 0xffffffff) + seed,
        "entry-same": struct.pack(">I", 2) + seed + seed,
        "entry-empty-value": struct.pack(">I", 1) + entry(b"a.b", b""),
        "entry-no-name": struct.pack(">I", 1) + entry(b"", b"x"),
        "entry-odd-name": struct.pack(">I", 1) + entry(b"a/b\0", b"x"),
        "entry-long-value": struct.pack(">I", 1) + struct.pack(">H", 1) + b"a" + b"\xff\xff\xff\xff",
        "nothing": b"",
    }
    return seeds


def line_keystore():
    with open(os.path.join(HERE, "..", "unit", "test_line_keystores.c"), encoding="utf-8") as f:
        quoted = re.findall(r'"(1:|v1)?([A-Za-z0-9+/]{6,}=*)"', f.read().replace('"\n\t"', ""))
    kibana, beat = (start + rest for start, rest in quoted if start and len(rest) > 100)
    return {
        "kibana": kibana,
        "kibana-line-end": kibana + "\r\n",
        "kibana-cut": kibana[:-4],
        "kibana-cut-inside": kibana[:-3],
        "kibana-2": "2" + kibana[1:],
        "kibana-short": "1:" + kibana[2:20],
        "beat": beat,
        "beat-v2": "v2" + beat[2:],
        "beat-v3": "v3" + beat[2:],
        "beat-cut": beat[:-4],
        "beat-not-base64": beat[:40] + "-" + beat[41:],
        "settings": '{"elasticsearch.password":"s3cret-pw","a":"caf\u00e9 \\"\\\\ \\u00e4 \\ud83d\\ude00"}',
        "settings-no-text": '{"server.port":5601,"l":["x",{"y":null}],"t":true,"n":null,"f":-1.5e300,"o":{}}',
        "settings-twice": '{"a":"1","a":2}',
        "settings-nul": '{"a":"\\u0000"}',
        "settings-no-name": '{"":"1"}',
        "settings-control": '{"a\\n":"1"}',
        "settings-not-utf-8": b'{"a":"\xe4"}',
        "secrets": '{"ES_PWD":{"value":"czNjcmV0LXB3"},"BYTES":{"value":"AP8K"}}\n',
        "secrets-null": '{"a":{"value":null},"b":{"value":""}}',
        "secrets-no-base64": '{"a":{"value":"a"},"b":{"value":1},"c":{}}',
        "list": '["a"]',
        "open": '{"a":',
        "nothing": "",
    }


def zipped(entries, method=zipfile.ZIP_STORED):
    """entries: name, bytes[, mode with the file's type]; names may be what no zip should hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, content, *mode in entries:
            info = zipfile.ZipInfo("x", (2024, 1, 1, 0, 0, 0))
            info.filename = name
            info.compress_type = method
            info.external_attr = (mode[0] if mode else 0o100644) << 16
            z.writestr(info, content)
    return out.getvalue()


def tarred(entries, form=tarfile.USTAR_FORMAT):
    """entries: name, bytes[, attributes of TarInfo]."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for name, content, *more in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mtime = DATE
            for key, value in (more[0] if more else {}).items():
                setattr(info, key, value)
            t.addfile(info, io.BytesIO(content))
    return out.getvalue()


def gz(content):
    return gzip.compress(content, 9, mtime=0)


def bundle():
    files = [("ca/", b"", 0o40755), ("ca/ca.crt", b"CERT\n"), ("ca/ca.key", b"KEY\n", 0o100600),
             ("es01/", b"", 0o40755), ("es01/es01.crt", b"CERT\n" * 40), ("es01/es01.key", b"KEY\n" * 40)]
    plain = [(f[0], f[1]) for f in files if not f[0].endswith("/")]
    one = [("es01/es01.crt", b"CERT\n")]
    good = zipped(files)
    first = good.index(b"PK\x01\x02")
    locked = bytearray(zipped(one))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    tar = tarred(plain)
    streamed = io.BytesIO()

    class Pipe:
        """Without seek(), zipfile writes sizes behind the data, as Java does."""
        write = streamed.write
        flush = streamed.flush

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("es01/es01.crt", (2024, 1, 1, 0, 0, 0)), b"CERT\n" * 20)

    return {
        "certutil.zip": zipped(files, zipfile.ZIP_DEFLATED),
        "stored.zip": good,
        "streamed.zip": streamed.getvalue(),
        "commented.zip": good[:-2] + b"\x03\0abc",
        "empty.zip": zipped([]),
        "up.zip": zipped([("../evil", b"x")]),
        "up-inside.zip": zipped([("a/../../evil", b"x")]),
        "absolute.zip": zipped([("/etc/passwd", b"x")]),
        "backslash.zip": zipped([("..\\evil", b"x")]),
        "dot.zip": zipped([("./a", b"x"), ("a/./b", b"x"), ("a//b", b"x")]),
        "no-name.zip": zipped([("", b"x")]),
        "control.zip": zipped([("a\x1b[2Jb\n", b"x")]),
        "nul-name.zip": zipped([("a_b", b"x")]).replace(b"a_b", b"a\0b"),
        "not-utf-8.zip": zipped([("a_b", b"x")]).replace(b"a_b", b"a\xffb"),
        "utf-8.zip": zipped([("caf\u00e9/\u6f22.crt", b"x")]),
        "long-name.zip": zipped([("a/" * 200 + "b" * 300, b"x")]),
        "same.zip": zipped([("a", b"x"), ("a", b"y")]),
        "file-and-folder.zip": zipped([("a", b"x"), ("a/b", b"y")]),
        "link.zip": zipped([("a", b"/etc/passwd", 0o120777)]),
        "fifo.zip": zipped([("a", b"", 0o010600)]),
        "locked.zip": bytes(locked),
        "bomb.zip": zipped([("zeros", bytes(5 << 20))], zipfile.ZIP_DEFLATED),
        "wrong-crc.zip": zipped(one).replace(b"CERT\n", b"CART\n"),
        "no-directory.zip": good[:first],
        "cut.zip": good[:first - 20],
        "behind-text.zip": b"#!/bin/sh\n" + good,
        "tar.tar.gz": gz(tar),
        "pax.tar.gz": gz(tarred([("caf\u00e9" * 40, b"x", {"pax_headers": {"comment": "c", "mtime": "1.5"}})],
                                tarfile.PAX_FORMAT)),
        "gnu-long-name.tar.gz": gz(tarred([("d/" * 60 + "f", b"x")], tarfile.GNU_FORMAT)),
        "up.tar.gz": gz(tarred([("../evil", b"x")])),
        "link.tar.gz": gz(tarred([("a", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})])),
        "hard-link.tar.gz": gz(tarred([("a", b"x"), ("b", b"", {"type": tarfile.LNKTYPE, "linkname": "a"})])),
        "device.tar.gz": gz(tarred([("a", b"", {"type": tarfile.CHRTYPE, "devmajor": 1})])),
        "same.tar.gz": gz(tarred([("a", b"x"), ("a", b"y")])),
        "bomb.tar.gz": gz(gz(tarred([("zeros", bytes(5 << 20))]))),
        "cut.tar.gz": gz(tar)[:-30],
        "cut-inside.tar.gz": gz(tar[:700]),
        "two.tar.gz": gz(tar) + gz(tar),
        "text.gz": gz(b"no tar at all\n"),
        "empty.gz": gz(b""),
        # Not gzip: the target puts the headers' checksums right and packs it.
        "plain.tar": tarred([("a/b", b"x")])[:2048],
        "plain-pax.tar": tarred([("b" * 120, b"x", {"pax_headers": {"size": "1", "GNU.sparse.size": "9"}})],
                                tarfile.PAX_FORMAT)[:4096],
        "raw": zlib.compress(b"x"),
        "nothing": b"",
    }


def write(target, seeds):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        if not old.startswith("found-"):
            os.remove(os.path.join(folder, old))
    for name, content in seeds.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content.encode() if isinstance(content, str) else content)
    print(f"{target}: {len(seeds)} seeds")


warnings.filterwarnings("ignore", "Duplicate name")
TARGETS = {f.__name__: f for f in (bundle, credentials, csr, es_keystore, instances, json, line_keystore, pem)}


def main():
    for target in sys.argv[1:] or TARGETS:
        if target not in TARGETS:
            sys.exit(f"seeds: no target '{target}', only {' '.join(TARGETS)}")
        write(target, TARGETS[target]())


main()
