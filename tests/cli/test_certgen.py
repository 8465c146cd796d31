"""certgen ca and cert: PEM files, each pair whole, nothing replaced."""

import os
import stat

from blackbox import CERTGEN, handshake, key_fits, main, openssl_verifies, read, refuses, runs, test, tree, write


def authority(*more):
    runs(CERTGEN, "ca", "--out", "ca", *more)
    return ["--ca-cert", "ca/ca.crt", "--ca-key", "ca/ca.key"]


@test
def a_ca_and_a_certificate_do_for_a_real_handshake():
    ca = authority()
    runs(CERTGEN, "cert", *ca, "--name", "es01", "--dns", "es01,*.example.org", "--ip", "10.0.0.1,::1", "--out", "certs")
    for path, mode in (("ca", 0o700), ("ca/ca.key", 0o600), ("ca/ca.crt", 0o644), ("certs/es01", 0o700),
                       ("certs/es01/es01.key", 0o600), ("certs/es01/es01.crt", 0o644)):
        assert stat.S_IMODE(os.stat(path).st_mode) == mode, path
    pair = ("certs/es01/es01.crt", "certs/es01/es01.key")
    for name in ("es01", "a.example.org", "10.0.0.1", "::1"):
        assert handshake("ca/ca.crt", *pair, name) is None, name
    assert "Hostname mismatch" in handshake("ca/ca.crt", *pair, "example.org")


@test
def every_kind_of_key_makes_a_whole_pair():
    for kind in ("p256", "p384", "rsa2048", "rsa3072", "rsa4096"):
        runs(CERTGEN, "ca", "--key", kind, "--out", kind)
        runs(CERTGEN, "cert", "--key", kind, "--ca-cert", kind + "/ca.crt", "--ca-key", kind + "/ca.key", "--name", "n",
             "--dns", "n", "--out", kind + "-leaf")
        assert openssl_verifies(kind + "/ca.crt", kind + "-leaf/n/n.crt", "sslclient")
        assert key_fits(kind + "-leaf/n/n.crt", kind + "-leaf/n/n.key")
    refuses(64, r"unknown kind of key 'dsa'; use p256", CERTGEN, "ca", "--key", "dsa", "--out", "dsa")


@test
def usage_decides_what_a_certificate_is_good_for():
    ca = authority()
    for usage, server, client in (("node", True, True), ("server", True, False), ("client", False, True)):
        runs(CERTGEN, "cert", *ca, "--name", usage, "--usage", usage)
        cert = "%s/%s.crt" % (usage, usage)
        assert openssl_verifies("ca/ca.crt", cert, "sslserver") == server
        assert openssl_verifies("ca/ca.crt", cert, "sslclient") == client


@test
def an_instances_file_makes_a_certificate_for_each_instance():
    ca = authority()
    write("instances.yml", "instances:\n  - name: a\n    dns: [a, localhost]\n    ip: 127.0.0.1\n"
          "  - name: b\n    filename: bee\n    dns: b\n    cn: [ 'b.node' ]\n")
    runs(CERTGEN, "cert", *ca, "--in", "instances.yml", "--out", "certs")
    assert sorted(os.listdir("certs")) == ["a", "bee"]
    assert handshake("ca/ca.crt", "certs/a/a.crt", "certs/a/a.key", "127.0.0.1") is None
    assert handshake("ca/ca.crt", "certs/bee/bee.crt", "certs/bee/bee.key", "b") is None


@test
def under_an_intermediate_ca_the_leaf_brings_the_chain_and_leaves_the_root_out():
    runs("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "99", "-subj", "/CN=root", "-addext",
         "keyUsage=critical,keyCertSign", "-keyout", "root.key", "-out", "root.crt")
    runs("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=middle", "-keyout", "middle.key", "-out", "middle.csr")
    write("ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    runs("openssl", "x509", "-req", "-in", "middle.csr", "-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial", "-days", "99",
         "-extfile", "ext", "-out", "middle.crt")
    write("ca.crt", read("middle.crt") + read("root.crt"))
    runs(CERTGEN, "cert", "--ca-cert", "ca.crt", "--ca-key", "middle.key", "--name", "n", "--dns", "n")
    assert read("n/n.crt").count("BEGIN CERTIFICATE") == 2
    assert handshake("root.crt", "n/n.crt", "n/n.key", "n") is None


@test
def nothing_is_ever_replaced():
    ca = authority()
    runs(CERTGEN, "cert", *ca, "--name", "n", "--out", "certs")
    before = tree("ca", "certs")
    refuses(73, r"'ca' exists already; it was left as it is; choose another --out", CERTGEN, "ca", "--out", "ca")
    refuses(73, r"'certs/n' exists already", CERTGEN, "cert", *ca, "--name", "n", "--out", "certs")
    assert tree("ca", "certs") == before


@test
def a_certificate_never_outlives_its_ca():
    ca = authority("--days", "10")
    runs(CERTGEN, "cert", *ca, "--name", "n", "--days", "400")
    end = [runs("openssl", "x509", "-noout", "-enddate", "-in", path).out for path in ("ca/ca.crt", "n/n.crt")]
    assert end[0] == end[1], end
    runs("faketime", "-f", "-30d", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10", "-subj",
         "/CN=old", "-addext", "keyUsage=critical,keyCertSign", "-keyout", "old.key", "-out", "old.crt")
    refuses(78, r"CA certificate 'old.crt' has expired", CERTGEN, "cert", "--ca-cert", "old.crt", "--ca-key", "old.key",
            "--name", "m")


@test
def bad_orders_are_refused_in_one_line():
    ca = authority()
    refuses(64, r"which CA shall sign\?; give --ca-cert and --ca-key", CERTGEN, "cert", "--name", "n")
    refuses(64, r"give either --name or --in", CERTGEN, "cert", *ca)
    for name in ("../n", "/n", ".n", "", "a/b", "x,O=evil", "a\\b"):
        refuses(64, r"is not a file name", CERTGEN, "cert", *ca, "--name", name)
    refuses(65, r"'no name' is not a host name", CERTGEN, "cert", *ca, "--name", "n", "--dns", "no name")
    refuses(65, r"'1.2.3' is not an IP address", CERTGEN, "cert", *ca, "--name", "n", "--ip", "1.2.3")
    refuses(65, r"'nonsense' is not a distinguished name; write it as CN=", CERTGEN, "ca", "--ca-dn", "nonsense", "--out", "x")
    refuses(64, r"--usage is node, server or client", CERTGEN, "cert", *ca, "--name", "n", "--usage", "all")
    refuses(66, r"cannot open 'none.crt'", CERTGEN, "cert", "--ca-cert", "none.crt", "--ca-key", "ca/ca.key", "--name", "n")
    runs(CERTGEN, "ca", "--out", "other")
    refuses(65, r"key 'other/ca.key' does not belong to certificate 'ca/ca.crt'", CERTGEN, "cert", "--ca-cert", "ca/ca.crt",
            "--ca-key", "other/ca.key", "--name", "n")
    runs(CERTGEN, "cert", *ca, "--name", "leaf")
    refuses(65, r"certificate 'leaf/leaf.crt' is not a CA", CERTGEN, "cert", "--ca-cert", "leaf/leaf.crt", "--ca-key",
            "leaf/leaf.key", "--name", "n")
    runs("openssl", "pkey", "-in", "ca/ca.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key")
    refuses(77, r"cannot decrypt key 'locked.key'; give an unencrypted key", CERTGEN, "cert", "--ca-cert", "ca/ca.crt",
            "--ca-key", "locked.key", "--name", "n")
    assert not os.path.exists("n") and not os.path.exists("x")


@test
def a_distinguished_name_is_taken_as_it_is_written():
    runs(CERTGEN, "ca", "--ca-dn", "CN=My CA\\, really,OU=ops,O=Größe,C=DE", "--out", "ca")
    subject = runs("openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8", "-in", "ca/ca.crt").out
    assert subject == "subject=CN=My CA\\, really,OU=ops,O=Größe,C=DE\n", subject
    assert read("ca/ca.crt").startswith("-----BEGIN CERTIFICATE-----\n")


main()
