"""What certgen shows of strangers' files: inspect, verify, fingerprint. Nothing in them may steer the terminal."""

import json
import os
import re
import resource
import shutil

from blackbox import CERTGEN, main, read, refuses, run, runs, test, write
from certificates import archive_names, p12_aliases

FORGED = b"a\n    Issuer: CN=forged\x1b[31m"
# A line end, an escape sequence, a byte that is not UTF-8, and a character that reverses what follows.
HOSTILE_NAME = b"x\n\x1b[31m\xff\xe2\x80\xae.crt"


def hostile_certificate(path):
    """Subject, alternative name and comment of a stranger's choice, made by OpenSSL."""
    name = bytes([0x82, len(FORGED)]) + FORGED
    name = bytes([0x30, len(name)]) + name
    runs("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8",
         "-subj", "/CN=a\x1b[31mb/O=\u202eevil\u009b1m", "-addext", "basicConstraints=critical,CA:FALSE",
         "-addext", "subjectAltName=DER:" + name.hex(":"), "-addext", "nsComment=hello\x1b[32m",
         "-keyout", "hostile.key", "-out", path)
    os.remove("hostile.key")


def is_harmless(text):
    return not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffd\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)


@test
def nothing_in_a_strangers_file_or_its_name_steers_the_terminal():
    hostile_certificate("plain.crt")
    os.rename(b"plain.crt", HOSTILE_NAME)
    for words in (["inspect"], ["inspect", "--text"], ["verify"], ["fingerprint"], ["verify", "--dns", "x"]):
        result = run(CERTGEN, *words, ".")
        assert is_harmless(result.out) and is_harmless(result.err), (words, result)
        assert "forged" not in result.out or "\\x0a    Issuer: CN=forged\\x1b[31m" in result.out, result
        assert "\n    Issuer: CN=forged" not in result.out, result
    two = run(CERTGEN, "fingerprint", os.fsdecode(HOSTILE_NAME), ".")
    assert is_harmless(two.out) and "x\\x0a\\x1b[31m\\xff\\u202e.crt" in two.out, two


@test
def json_of_a_strangers_file_is_json_and_ascii_where_it_could_steer():
    hostile_certificate("plain.crt")
    os.rename(b"plain.crt", HOSTILE_NAME)
    for words in (["inspect"], ["verify"], ["fingerprint"]):
        result = run(CERTGEN, *words, "--json", ".")
        assert is_harmless(result.out.replace("\t", "")), result
        rows = json.loads(result.out)
        assert rows[0]["path"] == "./x\n\x1b[31m\ufffd\u202e.crt", rows
    assert "\u202eevil\u009b1m" in json.loads(run(CERTGEN, "inspect", "--json", ".").out)[0]["subject"]


@test
def errors_and_warnings_show_a_strangers_name_on_one_harmless_line():
    write(HOSTILE_NAME, "-----BEGIN CERTIFICATE-----\n")
    for form in ("text", "json"):
        for words in (["inspect", "."], ["inspect", os.fsdecode(HOSTILE_NAME)], ["inspect", os.fsdecode(HOSTILE_NAME) + "2"]):
            result = run(CERTGEN, *words, "--log-format", form)
            assert is_harmless(result.err) and len(result.err.splitlines()) == 1, result
            assert form == "text" or json.loads(result.err)["message"].count("\n") == 1, result


def stranger(kind="EC", curve="P-256"):
    """A certificate and a key that other tools made: c.crt, and plain.key out of the way."""
    how = ["-algorithm", kind] + (["-pkeyopt", "ec_paramgen_curve:" + curve] if kind == "EC" else [])
    runs("openssl", "genpkey", *how, "-out", "plain.key")
    runs("openssl", "req", "-x509", "-new", "-key", "plain.key", "-subj", "/CN=es01", "-addext", "basicConstraints=CA:FALSE",
         "-addext", "subjectAltName=DNS:es01", "-days", "90", "-out", "c.crt")
    os.makedirs("aside", exist_ok=True)
    os.rename("plain.key", "aside/plain.key")


LEGACY = ["-provider", "legacy", "-provider", "default"]
PKCS8 = ["openssl", "pkcs8", "-topk8", "-in", "aside/plain.key", "-passout", "pass:secret", *LEGACY]
OLD_PEM = ["openssl", "pkey", "-in", "aside/plain.key", "-traditional", "-passout", "pass:secret"]
P12 = ["openssl", "pkcs12", "-export", "-inkey", "aside/plain.key", "-in", "c.crt", "-passout", "pass:secret", *LEGACY]
# What Elasticsearch's own classes said of the same files: tests/peers.
# The command but for -out, its file, and from which version on it is read (None: by none), with the reason.
FORMS = [
    (PKCS8 + ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"], "c.key", "7.14.0", "locked with PBES2, which 7.14 reads first"),
    (PKCS8 + ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"], "c.key", "7.14.0", "locked with PBES2, which 7.14 reads first"),
    (PKCS8 + ["-v2", "des3"], "c.key", None, "another cipher than AES"),
    (PKCS8 + ["-v1", "PBE-SHA1-3DES"], "c.key", "7.0.0", ""),
    (PKCS8 + ["-nocrypt"], "c.key", "7.0.0", ""),
    (OLD_PEM, "c.key", "7.0.0", ""),
    (OLD_PEM + ["-aes128"], "c.key", "7.0.0", ""),
    (OLD_PEM + ["-des3"], "c.key", "7.0.0", ""),
    (["openssl", "pkey", "-in", "aside/plain.key", "-outform", "DER"], "c.key", None, "only PEM and PKCS#12 are read"),
    (P12, "c.p12", "7.13.0", "newer kind, which the Java of 7.13 reads first"),
    (P12 + ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1"], "c.p12", "7.0.0", ""),
    (P12 + ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha256"], "c.p12", "7.13.0", "newer kind"),
    (P12 + ["-keypbe", "AES-128-CBC", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"], "c.p12", "7.13.0", "newer kind"),
    (P12 + ["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "sha1"], "c.p12", None, "a key that nothing locks"),
]


def verified(*words, **how):
    """What certgen verify says: the rows of its JSON by check, of one certificate."""
    result = run(CERTGEN, "verify", "--json", *words, **how)
    return {row["check"]: row for row in json.loads(result.out)}, result


@test
def verify_says_for_every_form_of_a_key_which_versions_read_it():
    stranger()
    for words, name, since, why in FORMS:
        runs(*words, "-out", name)
        paths = [name] if name.endswith(".p12") else ["c.crt", name]
        for version in ("7.12.0", "7.13.0", "7.14.0", "8.0.0", "9.2.0"):
            rows, result = verified(*paths, "--stack-version", version, env={"CERTGEN_PASS": "secret"})
            good = since is not None and [int(n) for n in version.split(".")] >= [int(n) for n in since.split(".")]
            assert rows["lock"]["ok"] is good and rows["key"]["ok"], (words, version, result)
            assert good or why in rows["lock"]["why"] and rows["lock"]["hint"], (words, version, result)
        os.remove(name)


@test
def a_key_under_a_cipher_that_elasticsearch_has_not_is_refused_also_where_our_library_has_it_not():
    stranger()
    runs(*OLD_PEM, "-camellia256", "-out", "c.key")
    result = run(CERTGEN, "verify", "--stack-version", "8.0.0", "c.crt", "c.key", env={"CERTGEN_PASS": "secret"})
    if "not supported" in result.err:
        assert result.status == 65 and "'c.key' is encrypted with a cipher that is not supported; lock it anew" in result.err, result
    else:
        assert result.status != 0 and "another cipher than AES or DES" in result.out, result


@test
def verify_says_which_kinds_of_keys_elasticsearch_reads():
    for kind, curve, pem, p12 in (("RSA", "", True, True), ("EC", "P-256", True, True), ("EC", "P-521", True, True),
                                  ("EC", "secp256k1", False, False), ("ED25519", "", False, True), ("RSA-PSS", "", False, True)):
        stranger(kind, curve)
        shutil.copy("aside/plain.key", "c.key")
        rows, result = verified("c.crt", "c.key")
        assert rows["key"]["ok"] is pem, (kind, curve, result)
        runs(*P12, "-out", "c.p12")
        rows, result = verified("c.p12", env={"CERTGEN_PASS": "secret"})
        assert rows["key"]["ok"] is p12, (kind, curve, result)


@test
def verify_wants_key_and_certificate_each_first_in_its_own_file():
    stranger()
    key, cert = read("aside/plain.key"), read("c.crt")
    runs(CERTGEN, "ca", "--pem", "--out", "./")
    for first, second, why in ((cert, key, None), (key + cert, "", "a key is in the file"), (cert + key, "", "a key is in the file"),
                               (read("ca/ca.crt") + cert, key, "not the first certificate of its file"),
                               (cert + read("ca/ca.crt"), key, None), (cert, read("ca/ca.key") + key, "not the first thing in 'k.key'"),
                               (cert, key + read("ca/ca.crt"), None), (cert, read("ca/ca.crt") + key, "not the first thing")):
        write("x.crt", first)
        write("k.key", second, 0o600)
        rows, result = verified("x.crt", *(["k.key"] if second else []))
        assert rows["place"]["ok"] is (why is None) and (why or "") in rows["place"].get("why", ""), (why, result)


@test
def a_request_whose_names_are_no_good_hides_nothing_beside_it():
    name = bytes([0x82, len(FORGED)]) + FORGED
    runs("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=bad", "-addext",
         "subjectAltName=DER:" + (bytes([0x30, len(name)]) + name).hex(":"), "-keyout", "bad.key", "-out", "bad.csr")
    runs(CERTGEN, "csr", "--name", "good", "--dns", "es01", "--out", "./")
    rows = {row.get("subject"): row for row in json.loads(runs(CERTGEN, "inspect", "--json", ".").out)}
    assert rows["CN=good"]["names"] == "DNS:es01" and rows["CN=bad"]["names"].startswith("(the request holds a name"), rows


@test
def a_key_that_two_certificates_share_is_beside_both():
    runs(CERTGEN, "ca", "--pem", "--out", "./")
    runs(CERTGEN, "cert", "--pem", "--ca", "ca", "--name", "n", "--out", "./")
    write("n/alone.crt", read("n/n.crt"))
    write("both.pem", read("n/n.key") + read("n/n.crt"))
    result = run(CERTGEN, "verify", "n", "--ca", "ca")
    assert result.status == 0 and result.out.count("  key    ok") == 2 and result.out.count("  mode   ok") == 2, result
    result = run(CERTGEN, "verify", "n/alone.crt", "both.pem", "--json")
    assert "no key that fits" not in result.out and json.loads(runs(CERTGEN, "inspect", "n/alone.crt", "both.pem", "--json").out)[0]["has_key"]
    for words, archive in ((["n"], "once.zip"), (["n/alone.crt", "both.pem"], "other.zip")):
        runs(CERTGEN, "convert", *words, "--out", archive)  # the same certificate is written once
        assert sum(name.endswith(".crt") for name in archive_names(archive)) == 1, archive_names(archive)
    runs(CERTGEN, "cert", "--pem", "--ca", "ca", "--name", "n", "--dns", "more", "--out", "./")
    for words in (["n"], ["n/alone.crt", "n/n.crt", "n/n.key"]):
        runs(CERTGEN, "convert", *words, "--out", "two.p12", "--force")
        assert p12_aliases("two.p12") == {"alone": "key", "n": "key"}, p12_aliases("two.p12")


@test
def verify_counts_the_checks_that_were_asked_and_shows_the_others():
    stranger()
    shutil.move("aside/plain.key", "c.key")
    os.chmod("c.key", 0o644)
    result = refuses(78, r"1 of 6 checks failed", CERTGEN, "verify", "c.crt", "c.key")
    assert re.findall(r"^  (\w+) +(ok|not asked|others)", result.out, re.M) == [
        ("key", "ok"), ("lock", "ok"), ("place", "ok"), ("dates", "ok"), ("chain", "not asked"), ("usage", "ok"),
        ("names", "not asked"), ("mode", "others"), ("user", "not asked")], result
    refuses(78, r"2 of 8 checks failed", CERTGEN, "verify", "c.crt", "c.key", "--dns", "es02", "--user", "1000:0")
    rows, _ = verified("c.crt")
    assert not rows["key"]["ok"] and [n for n in rows if not rows[n]["asked"]] == ["lock", "chain", "names", "mode", "user"], rows
    assert all(("ok" in row) == row["asked"] for row in rows.values()), rows


@test
def verify_trusts_forty_authorities_and_a_thousand_but_no_more():
    for i in range(40):
        runs(CERTGEN, "ca", "--pem", "--ca-dn", "CN=ca%d" % i, "--out", "%d/" % i)
    write("all.pem", "".join(read("%d/ca/ca.crt" % i) for i in range(40)))
    for i in (0, 39):
        ca = ["--ca-cert", "%d/ca/ca.crt" % i, "--ca-key", "%d/ca/ca.key" % i]
        runs(CERTGEN, "cert", "--pem", "--name", "n", *ca, "--out", "leaf%d/" % i)
        runs(CERTGEN, "verify", "--ca", "all.pem", "leaf%d" % i)
    for count, status in ((1000, 0), (1001, 65)):
        write("many.pem", read("39/ca/ca.crt") * count)
        result = run(CERTGEN, "verify", "--ca", "many.pem", "leaf39")
        assert result.status == status and (status == 0 or "more than 1000 trusted certificates" in result.err), result


MOST_MEMORY_KIB = 96 * 1024


@test
def a_thousand_pairs_are_looked_at_in_little_memory_wherever_they_lie():
    write("in.yml", "instances:\n" + "".join("  - {name: n%d, dns: n%d}\n" % (i, i) for i in range(1000)))
    runs(CERTGEN, "ca", "--pem", "--out", "./")
    for out in ("folder/", "all.zip"):
        runs(CERTGEN, "cert", "--pem", "--in", "in.yml", "--ca", "ca", "--out", out)
    pairs = ["folder/n%d/n%d." % (i, i) for i in range(1000)]
    certs = "".join(read(p + "crt") for p in pairs)
    write("one.pem", "".join(read(p + "key") for p in reversed(pairs)) + certs, 0o600)
    write("certs.pem", certs)
    runs("openssl", "pkcs12", "-export", "-nokeys", "-in", "certs.pem", "-passout", "pass:", "-out", "certs.p12")
    for path, keys in (("folder", True), ("all.zip", True), ("one.pem", True), ("certs.p12", False)):
        rows = json.loads(runs(CERTGEN, "inspect", "--json", path).out)
        assert [row["has_key"] for row in rows if row["kind"] != "key"].count(keys) == 1000, path
        assert len(runs(CERTGEN, "fingerprint", path).out.splitlines()) == 1000, path
        result = run(CERTGEN, "verify", path, "--ca", "ca", "--json")
        found = json.loads(result.out)
        assert len(found) == 9000 and all(row["ok"] for row in found if row["check"] in ("chain", "dates", "usage")), path
        assert sum(row["check"] == "key" and row["ok"] for row in found) == 1000 * keys, path
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert most < MOST_MEMORY_KIB, "%d KiB" % most


main()
