"""certgen ca, cert and csr: what they make is good for real handshakes, in every container, with exact modes."""

import os
import re

from blackbox import CERTGEN, handshake, key_fits, main, openssl_verifies, read, refuses, run, runs, test, write
from certificates import (alternative_names, archive_names, extract, mode, p12_aliases, p12_split, public_key, subject, x509)

MANY = 200
KINDS = ("p256", "p384", "rsa2048", "rsa3072", "rsa4096")


def authority(*more, out="ca"):
    """OUT/ca/ca.crt and ca.key; gives the options that sign with it."""
    runs(CERTGEN, "ca", "--pem", "--out", out + "/", *more)
    return ["--ca-cert", out + "/ca/ca.crt", "--ca-key", out + "/ca/ca.key"]


def pair(folder, name):
    return "%s/%s/%s.crt" % (folder, name, name), "%s/%s/%s.key" % (folder, name, name)


def leaf(ca, name, *more, out="certs"):
    runs(CERTGEN, "cert", "--pem", *ca, "--name", name, "--dns", name, "--out", out + "/", *more)
    return pair(out, name)


@test
def a_ca_and_a_certificate_do_for_a_real_handshake():
    ca = authority()
    made = leaf(ca, "es01", "--dns", "*.example.org", "--ip", "10.0.0.1,::1")
    for name in ("es01", "a.example.org", "10.0.0.1", "::1"):
        assert handshake("ca/ca/ca.crt", *made, name) is None, name
    assert "Hostname mismatch" in handshake("ca/ca/ca.crt", *made, "example.org")
    authority(out="other")
    assert "CERTIFICATE_VERIFY_FAILED" in handshake("other/ca/ca.crt", *made, "es01")


@test
def every_kind_of_key_makes_a_whole_pair():
    for kind in KINDS:
        ca = authority("--key", kind, out=kind)
        made = leaf(ca, "n", "--key", kind, out=kind + "-leaf")
        assert openssl_verifies(kind + "/ca/ca.crt", made[0], "sslclient") and key_fits(*made)
    refuses(64, r"unknown kind of key 'dsa'; use p256", CERTGEN, "ca", "--key", "dsa", "--out", "dsa/")
    refuses(64, r"--keysize 1024 is not 2048, 3072 or 4096; fewer bits are no longer safe", CERTGEN, "ca", "--keysize", "1024",
            "--out", "dsa/")
    refuses(64, r"give --key or --keysize, not both", CERTGEN, "ca", "--keysize", "2048", "--key", "p256", "--out", "dsa/")
    assert not os.path.exists("dsa")


@test
def usage_decides_what_a_certificate_is_good_for():
    ca = authority()
    for usage, server, client in (("node", True, True), ("server", True, False), ("client", False, True)):
        cert = leaf(ca, usage, "--usage", usage)[0]
        assert openssl_verifies("ca/ca/ca.crt", cert, "sslserver") == server
        assert openssl_verifies("ca/ca/ca.crt", cert, "sslclient") == client
    refuses(64, r"--usage is node, server or client", CERTGEN, "cert", *ca, "--name", "n", "--usage", "all")


@test
def names_of_all_five_kinds_go_into_the_certificate():
    ca = authority()
    cert = leaf(ca, "n", "--ip", "10.0.0.1", "--uri", "https://n.example/", "--email", "me@example.org", "--cn", "n.node.logs")[0]
    assert alternative_names(cert) == ["DNS:n", "IP Address:10.0.0.1", "URI:https://n.example/", "email:me@example.org",
                                       "othername: 2.5.4.3::n.node.logs"] or "othername:" in str(alternative_names(cert))
    made = runs("openssl", "asn1parse", "-in", cert).out
    assert "X509v3 Subject Alternative Name" in made


@test
def an_international_host_name_becomes_its_xn_form():
    cert = leaf(authority(), "n", "--dns", "*.Bücher.example,ES01")[0]
    assert alternative_names(cert) == ["DNS:*.xn--bcher-kva.example", "DNS:es01", "DNS:n"]


@test
def a_distinguished_name_is_taken_as_it_is_written():
    authority("--ca-dn", "CN=My CA\\, really,OU=ops,O=Größe,C=DE")
    found = x509("ca/ca/ca.crt", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8")
    assert found == "subject=CN=My CA\\, really,OU=ops,O=Größe,C=DE\n", found
    assert read("ca/ca/ca.crt").startswith("-----BEGIN CERTIFICATE-----\n")


@test
def days_are_those_that_were_asked_for():
    ca = authority("--days", "5y")
    for days, seconds in (("30", 30), ("18m", 540), ("2y", 730)):
        cert = leaf(ca, "n" + days, "--days", days)[0]
        assert run("openssl", "x509", "-noout", "-in", cert, "-checkend", (seconds - 2) * 86400).status == 0, days
        assert run("openssl", "x509", "-noout", "-in", cert, "-checkend", (seconds + 12) * 86400).status == 1, days
    refuses(64, r"--days takes days such as 730", CERTGEN, "ca", "--days", "0", "--out", "x/")


@test
def two_hundred_instances_in_one_file_are_all_there_and_valid():
    ca = authority()
    names = ["es%03d" % i for i in range(MANY)]
    write("instances.yml", "instances:\n" + "".join("  - name: %s\n    dns: [%s, localhost]\n    ip: 10.0.%d.%d\n"
                                                    % (n, n, i // 250, i % 250) for i, n in enumerate(names)))
    for out in ("certs/", "certs.zip", "certs.tar.gz"):
        runs(CERTGEN, "cert", "--pem", *ca, "--in", "instances.yml", "--out", out)
        if not out.endswith("/"):
            extract(out, "x")
        folder = "certs" if out.endswith("/") else "x"
        assert sorted(os.listdir(folder)) == names
        certs = [pair(folder, n)[0] for n in names]
        result = run("openssl", "verify", "-CAfile", "ca/ca/ca.crt", "-purpose", "sslserver", *certs)
        assert result.status == 0 and result.out.count(": OK") == MANY, result
        assert all(key_fits(*pair(folder, n)) for n in names)
        assert len({x509(c, "-serial") for c in certs}) == MANY
        runs("rm", "-rf", "x")
    assert alternative_names("certs/es123/es123.crt") == ["DNS:es123", "DNS:localhost", "IP Address:10.0.0.123"]


@test
def every_container_holds_the_same_files_with_the_same_modes():
    ca = authority()
    os.mkdir("there")
    os.mkdir("there/other")
    write("there/note", "keep me")
    for mask in (0o000, 0o077, 0o777):
        before = os.umask(mask)
        try:
            for out in ("c%o.zip", "c%o.tar.gz", "c%o.tgz", "new%o/certs/", "there"):
                out = out % mask if "%" in out else out
                runs(CERTGEN, "cert", "--pem", *ca, "--name", "n%o" % mask, "--dns", "n", "--out", out)
                os.umask(0o022)
                check_container(out, "n%o" % mask)
                os.umask(mask)
        finally:
            os.umask(before)
    assert read("there/note") == "keep me" and os.path.isdir("there/other")


def check_container(out, name):
    if os.path.isdir(out):
        folder = out.rstrip("/")
        assert mode(folder) == (0o755 if folder == "there" else 0o700), folder
    else:
        assert mode(out) == 0o600, (out, oct(mode(out)))
        assert sorted(archive_names(out)) == [name + "/", "%s/%s.crt" % (name, name), "%s/%s.key" % (name, name)]
        folder = "x-" + out
        extract(out, folder)
    cert, key = pair(folder, name)
    assert (mode("%s/%s" % (folder, name)), mode(key), mode(cert)) == (0o700, 0o600, 0o644), out
    assert handshake("ca/ca/ca.crt", cert, key, "n") is None


@test
def the_ca_and_the_keystores_have_their_modes_whatever_the_umask_is():
    for mask in (0o000, 0o077):
        before = os.umask(mask)
        try:
            os.mkdir(str(mask))
            os.chdir(str(mask))
            runs(CERTGEN, "ca")
            runs(CERTGEN, "ca", "--pem")
            runs(CERTGEN, "ca", "--pem", "--out", "a/b/ca/")
            runs(CERTGEN, "cert", "--ca", "elastic-stack-ca.p12", "--name", "n", "--out", "p12/")
            runs(CERTGEN, "cert", "--ca", "elastic-stack-ca.p12", "--out", "new/n.p12")
            runs(CERTGEN, "csr", "--out", "csr/")
            for path in ("elastic-stack-ca.p12", "elastic-stack-ca.zip", "a/b/ca/ca/ca.key", "p12/n/n.p12", "new/n.p12",
                         "csr/instance/instance.key"):
                assert mode(path) == 0o600, (path, oct(mode(path)))
            for path in ("a", "a/b", "a/b/ca", "a/b/ca/ca", "p12", "p12/n", "new", "csr/instance"):
                assert mode(path) == 0o700, (path, oct(mode(path)))
            for path in ("a/b/ca/ca/ca.crt", "csr/instance/instance.csr"):
                assert mode(path) == 0o644, (path, oct(mode(path)))
            os.chdir("..")
        finally:
            os.umask(before)


@test
def a_ca_is_taken_from_whatever_it_lies_in():
    runs(CERTGEN, "ca", "--pem", "--out", "ca.zip")
    extract("ca.zip", "folder")
    runs("openssl", "pkcs12", "-export", "-in", "folder/ca/ca.crt", "-inkey", "folder/ca/ca.key", "-passout", "pass:", "-out", "ca.p12")
    write("both.pem", read("folder/ca/ca.key") + read("folder/ca/ca.crt"), 0o600)
    runs("tar", "-czf", "ca.tar.gz", "folder/ca/ca.crt", "folder/ca/ca.key")
    for number, ca in enumerate(("ca.zip", "folder", "folder/ca", "ca.p12", "both.pem", "ca.tar.gz")):
        made = leaf(["--ca", ca], "n%d" % number)
        assert handshake("folder/ca/ca.crt", *made, "n%d" % number) is None, ca


def leftover_files(folder):
    return [n for _, _, files in os.walk(folder) for n in files]


@test
def an_intermediate_ca_signs_and_its_chain_comes_along_in_order():
    root = authority("--path-length", "1", "--ca-dn", "CN=root", out="root")
    runs(CERTGEN, "ca", *root, "--ca-dn", "CN=mid", "--out", "mid/", "--pem")
    assert subject("mid/ca/ca.crt") == "CN=mid" and x509("mid/ca/ca.crt", "-issuer", "-nameopt", "RFC2253") == "issuer=CN=root\n"
    assert "pathlen:1" in x509("root/ca/ca.crt", "-ext", "basicConstraints")
    assert "pathlen:0" in x509("mid/ca/ca.crt", "-ext", "basicConstraints")
    for number, ca in enumerate((["--ca-cert", "mid/ca/ca.crt", "--ca-key", "mid/ca/ca.key"], ["--ca", "mid"])):
        made = leaf(ca, "n%d" % number)
        blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", read(made[0]), re.S)
        assert len(blocks) == 2 and read("mid/ca/ca.crt").startswith(blocks[1]), "%d blocks" % len(blocks)
        assert handshake("root/ca/ca.crt", *made, "n%d" % number) is None
    runs(CERTGEN, "cert", "--ca", "mid", "--name", "n", "--dns", "n", "--out", "n.p12")
    p12_split("n.p12", "", "n.crt", "n.key")
    runs("openssl", "verify", "-CAfile", "root/ca/ca.crt", "-untrusted", "mid/ca/ca.crt", "n.crt")
    assert p12_aliases("n.p12")["n"] == "key"
    refuses(78, r".{12,}", CERTGEN, "ca", "--ca", "mid", "--ca-dn", "CN=low", "--out", "low/", "--pem")
    assert not leftover_files("low")


@test
def a_chain_of_three_authorities_is_followed_to_the_end():
    before = authority("--path-length", "any", "--ca-dn", "CN=c0", out="c0")
    for number, length in ((1, "1"), (2, "0")):
        runs(CERTGEN, "ca", *before, "--ca-dn", "CN=c%d" % number, "--path-length", length, "--pem", "--out", "c%d/" % number)
        before = ["--ca", "c%d" % number]
    made = leaf(before, "n")
    assert read(made[0]).count("BEGIN CERTIFICATE") == 3
    assert handshake("c0/ca/ca.crt", *made, "n") is None
    refuses(64, r"--path-length takes 0 to 16 or any, not '17'", CERTGEN, "ca", "--path-length", "17", "--out", "x/")


@test
def a_ca_that_may_sign_some_names_only_signs_no_others():
    ca = authority("--permit", "example.org,10.0.0.0/8,@example.org")
    assert "Permitted" in x509("ca/ca/ca.crt", "-ext", "nameConstraints")
    made = pair("certs", "n")
    runs(CERTGEN, "cert", "--pem", *ca, "--name", "n", "--dns", "a.example.org", "--ip", "10.1.2.3", "--out", "certs/")
    assert openssl_verifies("ca/ca/ca.crt", made[0]) and handshake("ca/ca/ca.crt", *made, "a.example.org") is None
    for bad in (["--dns", "a.example.com"], ["--ip", "192.0.2.1"], ["--dns", "a.example.org,notexample.org"], ["--email", "me@example.com"]):
        refuses(78, r".{12,}", CERTGEN, "cert", "--pem", *ca, "--name", "bad", *bad, "--out", "certs/")
    assert not os.path.exists("certs/bad")
    # OpenSSL refuses what somebody signs with that key all the same.
    for name, good in (("a.example.org", True), ("a.example.com", False)):
        runs("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-subj", "/O=x", "-out", "r")
        write("ext", "subjectAltName=DNS:%s\n" % name)
        runs("openssl", "x509", "-req", "-in", "r", "-CA", "ca/ca/ca.crt", "-CAkey", "ca/ca/ca.key", "-extfile", "ext", "-out", "c")
        assert openssl_verifies("ca/ca/ca.crt", "c") == good, name


@test
def a_request_fits_its_key_and_another_ca_can_sign_it():
    ca = authority()
    runs(CERTGEN, "csr", "--name", "n", "--dns", "n,localhost", "--ip", "10.0.0.1", "--out", "csr/")
    runs("openssl", "req", "-verify", "-noout", "-in", "csr/n/n.csr")
    assert public_key("csr/n/n.csr") == public_key("csr/n/n.key")
    runs("openssl", "x509", "-req", "-in", "csr/n/n.csr", "-CA", ca[1], "-CAkey", ca[3], "-copy_extensions", "copy", "-out", "n.crt")
    assert handshake("ca/ca/ca.crt", "n.crt", "csr/n/n.key", "10.0.0.1") is None


@test
def requests_for_http_have_the_name_of_their_folder_whatever_the_instance_is_called():
    write("in.yml", "instances:\n  - name: CN=a/b,O=x\n    filename: ab\n    dns: a\n  - name: c\n    dns: c\n")
    runs(CERTGEN, "http", "--csr", "--in", "in.yml", "--out", "http/")
    for path in ("elasticsearch/ab/http-ab", "elasticsearch/c/http-c"):
        assert public_key("http/%s.csr" % path) == public_key("http/%s.key" % path)
    assert "http-ab.key" in read("http/elasticsearch/ab/sample-elasticsearch.yml")
    assert sorted(os.listdir("http/elasticsearch/ab")) == ["README.txt", "http-ab.csr", "http-ab.key", "sample-elasticsearch.yml"]
    write("one.yml", "instances:\n  - name: a/b\n    filename: ab\n")
    runs(CERTGEN, "http", "--csr", "--in", "one.yml", "--out", "one/")
    assert os.path.exists("one/elasticsearch/http-ab.csr") and os.listdir("one/elasticsearch/")
    for more, name in ((["--dns", "*.x.org,es01.x.org"], "es01.x.org"), (["--ip", "::1"], "::1"), (["--name", "n"], "n"), ([], "elasticsearch"),
                       (["--name", "CN=n,O=x", "--dns", "n"], "CN=n,O=x")):
        runs(CERTGEN, "http", "--csr", *more, "--out", "x.zip", "--force")
        assert "elasticsearch/http-%s.csr" % name in archive_names("x.zip"), archive_names("x.zip")
        os.unlink("x.zip")
    refuses(64, r"--name: 'CN=n,O=x' is not a host name; give the host names: --dns, --ip", CERTGEN, "http", "--name", "CN=n,O=x", "--out", "y/")
    for name in ("a/b", "../n", ".n", "", "ca"):
        refuses(64, r"--name '.*' cannot be a file name; use a plain name", CERTGEN, "http", "--csr", "--name", name, "--out", "y/")
    assert not os.path.exists("y")


@test
def what_is_written_is_told_by_the_name_that_the_user_knows():
    ca = authority()
    for words, path in ((["--out", "n.p12"], "n.p12"), (["--out", "new/n.p12"], "new/n.p12"), (["--name", "m"], "m.p12"),
                        (["--pem", "--out", "certs/"], "certs/instance/instance.crt"), (["--pem", "--out", "c.zip"], "c.zip:instance/instance.crt")):
        cert = [CERTGEN, "cert", *ca, *words]
        first = run(*cert, "--check")
        assert first.status == 81 and "sign again" not in first.err and "would write path=" in first.err, first
        assert path.endswith("crt") or "would write path=%s\n" % path in first.err, first
        runs(*cert)
        again = run(*cert, "--dns", "x", "--check")
        assert again.status == 81 and "certgen: would sign again path=%s why=\"its names are others\"\n" % path in again.err, again
        again = runs(*cert, "--dns", "x")
        assert "certgen: signed again path=%s why=\"its names are others\"\n" % path in again.err, again
    http = [CERTGEN, "http", *ca, "--out", "http/"]
    runs(*http)
    result = run(*http, "--dns", "x", "--check")
    assert "would sign again path=http/elasticsearch/http.p12" in result.err and "signed again" not in result.err, result


@test
def bad_orders_are_refused_in_one_line_and_nothing_is_made():
    ca = authority()
    cert = [CERTGEN, "cert", "--pem", "--out", "x/"]
    for name in ("../n", "/n", ".n", "", "a/b", "a\\b", "ca"):
        refuses(64, r"--name '.*' cannot be a file name; use a plain name", *cert, *ca, "--name", name)
    refuses(64, r"--dns: 'no name' is not a host name", *cert, *ca, "--dns", "no name")
    refuses(64, r"'1.2.3' is not an IP address", *cert, *ca, "--ip", "1.2.3")
    refuses(64, r"'nonsense' is not a distinguished name; write it as CN=", CERTGEN, "ca", "--ca-dn", "nonsense", "--out", "x/")
    refuses(66, r"cannot open 'none.crt'", *cert, "--ca-cert", "none.crt", "--ca-key", "ca/ca/ca.key")
    refuses(66, r"cannot open 'none.yml'", *cert, *ca, "--in", "none.yml")
    refuses(64, r"which CA shall sign\?", *cert, "--ca-cert", "ca/ca/ca.crt")
    refuses(64, r"give --ca, or --ca-cert and --ca-key, not both", *cert, *ca, "--ca", "ca")
    refuses(64, r"--self-signed needs no CA, and one is named", *cert, *ca, "--self-signed")
    refuses(64, r"--keep-ca-key is for a CA that is made here", *cert, *ca, "--keep-ca-key")
    refuses(64, r"--multiple asks on the terminal, and there is none", *cert, *ca, "--multiple", stdin="")
    refuses(64, r"unknown option '--nane'.*did you mean --name", *cert, *ca, "--nane", "x")
    refuses(64, r"takes no word such as 'x'", *cert, *ca, "x")
    refuses(64, r"'x.p12' would hold one PKCS#12 file, and this is more", CERTGEN, "ca", "--pem", "--out", "x.p12")
    authority(out="other")
    refuses(65, r"key 'other/ca/ca.key' does not belong to certificate 'ca/ca/ca.crt'", *cert, "--ca-cert", "ca/ca/ca.crt",
            "--ca-key", "other/ca/ca.key")
    made = leaf(ca, "leaf")
    refuses(65, r"certificate 'certs/leaf/leaf.crt' is not a CA", *cert, "--ca-cert", made[0], "--ca-key", made[1])
    assert not os.path.exists("x") and not os.path.exists("x.p12")


@test
def a_bad_instances_file_is_refused_at_its_line():
    ca = authority()
    for text, status, pattern in (
            ("instances:\n  - name: ca\n", 78, r"ca"), ("instances:\n  - dns: x\n", 78, r"name"),
            ("instances:\n  - name: a\n  - name: a\n", 78, r"a"), ("instances:\n  - name: a/b\n", 78, r"file ?name"),
            ("instances:\n  - name: a\n    nonsense: 1\n", 78, r"in.yml:3.*nonsense"), ("instances: []\n", 78, r"no instance"),
            ("instances:\n  - name: a\n    ip: [x]\n", 65, r"in.yml:3:.*'x'"),
            ("instances:\n  - name: [\n", 65, r"in.yml"), ("", 78, r".")):
        write("in.yml", text)
        result = run(CERTGEN, "cert", "--pem", *ca, "--in", "in.yml", "--out", "x/")
        lines = [line for line in result.err.splitlines() if ": error: " in line]
        assert result.status in (65, 78) and len(lines) == 1 and re.search(pattern, lines[0]), (text, status, result)
    assert not os.path.exists("x")


@test
def a_folder_with_a_link_that_leads_back_into_it_is_read_once():
    runs(CERTGEN, "ca", "--pem", "--out", "certs/")
    os.symlink("../..", "certs/ca/loop")
    os.symlink("ca", "certs/again")
    assert runs(CERTGEN, "inspect", "certs").out.count("certs/ca/ca.crt: ") == 1


main()
