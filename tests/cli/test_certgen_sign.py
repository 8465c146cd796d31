"""certgen sign: the requests of others, wherever they lie, become certificates of our CA; what is there is not lost."""

import os
import time

from blackbox import CERTGEN, handshake, leftovers, main, openssl_verifies, read, refuses, run, runs, test, write
from certificates import alternative_names, archive_names, extract, identity, mode, public_key, start, subject

SIGN = [CERTGEN, "sign", "--ca", "ca"]


def authority(out="ca"):
    runs(CERTGEN, "ca", "--pem", "--out", out + "/")


def request(path, cn="n", *names):
    """PATH.csr and PATH.key, as other tools make them."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    alternative = ["-addext", "subjectAltName=" + ",".join(names)] if names else []
    runs("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + cn, "-keyout", path + ".key", "-out", path + ".csr", *alternative)
    return path + ".csr"


def is_of(cert, key):
    return openssl_verifies("ca/ca/ca.crt", cert) and public_key(cert) == public_key(key)


def says_the_same_again(*words):
    before = identity(".")
    for check in ([], ["--check"]):
        result = runs(*words, *check)
        assert "up to date" in result.err and identity(".") == before, result


@test
def a_request_is_signed_beside_it_or_where_it_is_wanted():
    authority()
    request("a/n", "n", "DNS:n", "IP:10.0.0.1")
    for more, cert in ((["a/n.csr"], "a/n.crt"), (["a/n.csr", "--out", "out/"], "out/n.crt"), (["a", "--out", "all.zip"], "x/n.crt")):
        runs(*SIGN, *more)
        if cert.startswith("x/"):
            extract("all.zip", "x")
        assert is_of(cert, "a/n.key") and handshake("ca/ca/ca.crt", cert, "a/n.key", "n") is None
        assert subject(cert) == "CN=n" and alternative_names(cert) == ["DNS:n", "IP Address:10.0.0.1"]
        says_the_same_again(*SIGN, *more)


@test
def two_requests_for_one_place_are_refused_before_anything_is_written():
    authority()
    request("a/x")
    request("b/x")
    request("first")
    request("c/y")
    runs("openssl", "req", "-in", "a/x.csr", "-outform", "DER", "-out", "c/y.der")
    before = identity(".")
    for words, pattern in ((["first.csr", "a/x.csr", "b/x.csr", "--out", "certs/"], r"'a/x.csr' and 'b/x.csr' would both become 'x.crt' in 'certs/'"),
                           (["a", "b", "--out", "certs.zip"], r"'a/x.csr' and 'b/x.csr' would both become 'x.crt' in 'certs.zip'"),
                           (["first.csr", "c"], r"'c/y.csr' and 'c/y.der' would both become 'y.crt' in 'c/'")):
        refuses(65, pattern + "; .*", *SIGN, *words)
        refuses(65, pattern + "; .*", *SIGN, *words, "--force")
        assert identity(".") == before
    runs("openssl", "req", "-in", "a/x.csr", "-outform", "DER", "-out", "a/x.der")
    runs(*SIGN, "a/x.csr", "./a/x.csr", "a")  # one request, however often and in whatever form it is named
    assert is_of("a/x.crt", "a/x.key")


@test
def a_certificate_for_another_key_is_a_conflict_and_stays_until_it_is_forced():
    authority()
    request("n", "n")
    for out in ([], ["--out", "certs/"], ["--out", "certs.zip"], ["--out", "x.crt"]):
        runs(*SIGN, "n.csr", *out)
    request("n", "n")
    before = identity(".")
    for out in ([], ["--out", "certs/"], ["--out", "certs.zip"], ["--out", "x.crt"]):
        for check in ([], ["--check"]):
            refuses(80, r"(n|x)\.crt' is there, and it belongs to another key; it was left as it is; choose another --out, or --force",
                    *SIGN, "n.csr", *out, *check)
        assert identity(".") == before
    runs(*SIGN, "n.csr", "--force")
    assert is_of("n.crt", "n.key")


@test
def one_conflict_among_many_leaves_all_as_it_was():
    authority()
    for name in ("a", "b", "c"):
        request("r/" + name, name)
    runs(*SIGN, "r/b.csr", "--out", "certs/")
    request("r/b", "b")
    before = identity(".")
    refuses(80, r"'certs/b.crt' is there, and it belongs to another key", *SIGN, "r", "--out", "certs/")
    assert identity(".") == before
    for name in ("x", "y", "z"):  # each beside its request
        request(name + "/n", name)
    runs(*SIGN, "y/n.csr")
    request("y/n", "y")
    before = identity(".")
    refuses(80, r"'y/n.crt' is there, and it belongs to another key", *SIGN, "x", "y", "z")
    assert identity(".") == before
    runs(*SIGN, "x", "z")
    assert is_of("x/n.crt", "x/n.key") and is_of("z/n.crt", "z/n.key")


@test
def another_usage_than_that_of_what_is_there_is_signed_anew():
    authority()
    request("n")
    runs(*SIGN, "n.csr")
    for usage, server, client in (("server", True, False), ("client", False, True), ("node", True, True)):
        result = runs(*SIGN, "--usage", usage, "n.csr")
        assert "signed again" in result.err and "its usage is another" in result.err, result
        assert openssl_verifies("ca/ca/ca.crt", "n.crt", "sslserver") == server
        assert openssl_verifies("ca/ca/ca.crt", "n.crt", "sslclient") == client
        says_the_same_again(*SIGN, "--usage", usage, "n.csr")


@test
def what_has_to_be_signed_again_is_said_with_the_reason():
    authority()
    request("n", "n", "DNS:n")
    runs(*SIGN, "n.csr")
    result = run(*SIGN, "n.csr", "--dns", "m", "--check")
    assert result.status == 81 and "would sign again path=n.crt" in result.err and "its names are others" in result.err, result
    assert alternative_names("n.crt") == ["DNS:n"]
    result = runs(*SIGN, "n.csr", "--dns", "m")
    assert "signed again path=n.crt" in result.err and "its names are others" in result.err, result
    assert alternative_names("n.crt") == ["DNS:m"]


@test
def many_requests_are_written_into_an_archive_by_one_rename():
    authority()
    names = ["n%02d" % i for i in range(40)]
    write("in.yml", "instances:\n" + "".join("  - name: %s\n    dns: %s\n" % (n, n) for n in names))
    runs(CERTGEN, "csr", "--in", "in.yml", "--out", "r.zip")
    for out in ("certs.zip", "certs/"):
        result = runs("strace", "-f", "-o", "trace", "-e", "trace=renameat,linkat", *SIGN, "r.zip", "--out", out)
        published = [line for line in read("trace").splitlines() if "renameat(" in line or "linkat(" in line]
        assert len(published) == (1 if out.endswith(".zip") else len(names)), published
        assert result.err.count("wrote") == 1, result
        says_the_same_again(*SIGN, "r.zip", "--out", out)
    assert [n for n in archive_names("certs.zip") if n.endswith(".crt")] == ["%s/%s.crt" % (n, n) for n in names]
    extract("certs.zip", "x")
    for name in names:
        assert openssl_verifies("ca/ca/ca.crt", "x/%s/%s.crt" % (name, name))
    assert not leftovers(".")


@test
def an_out_with_the_name_of_a_certificate_is_one():
    authority()
    request("n", "n", "DNS:n")
    request("m")
    for out in ("x.crt", "x.pem", "x.cer", "X.CRT", "new/y.crt"):
        result = runs(*SIGN, "n.csr", "--out", out)
        assert "wrote path=%s\n" % out in result.err and mode(out) == 0o644 and is_of(out, "n.key"), result
        says_the_same_again(*SIGN, "n.csr", "--out", out)
    would = run(*SIGN, "n.csr", "--out", "z.crt", "--check")
    assert would.status == 81 and "would write path=z.crt\n" in would.err and not os.path.exists("z.crt"), would
    for requests in (["n.csr", "m.csr"], ["."]):
        refuses(64, r"'z.crt' would hold one certificate, and there are 2 requests; choose X.crt for one certificate, a folder",
                *SIGN, *requests, "--out", "z.crt")
    runs(CERTGEN, "csr", "--name", "k", "--out", "r.zip")
    runs(*SIGN, "r.zip", "--out", "k.crt")
    assert subject("k.crt") == "CN=k" and not os.path.exists("z.crt")
    write("other.crt", "hello")
    refuses(65, r"cannot read a certificate from 'other.crt'", *SIGN, "n.csr", "--out", "other.crt")
    refuses(64, r"'n.p12' would hold a PKCS#12 file, and sign makes certificates", *SIGN, "n.csr", "--out", "n.p12")


@test
def requests_in_der_are_found_and_read():
    authority()
    for ending in ("csr", "der", "p10", "req"):
        request("pem/n")
        os.makedirs(ending)
        runs("openssl", "req", "-in", "pem/n.csr", "-outform", "DER", "-out", "%s/n.%s" % (ending, ending))
        runs(*SIGN, "%s/n.%s" % (ending, ending))  # named
        assert is_of("%s/n.crt" % ending, "pem/n.key")
        os.unlink("%s/n.crt" % ending)
        runs(*SIGN, ending)  # come across
        assert is_of("%s/n.crt" % ending, "pem/n.key")
        runs("python3", "-m", "zipfile", "-c", ending + ".zip", ending + "/")
        runs(*SIGN, ending + ".zip", "--out", ending + "-certs/")
        assert is_of("%s-certs/%s/n.crt" % (ending, ending), "pem/n.key")
        assert "CN=n" in runs(CERTGEN, "inspect", "%s/n.%s" % (ending, ending)).out
    write("cut.csr", "")
    with open("csr/n.csr", "rb") as whole, open("cut.csr", "wb") as cut:
        cut.write(whole.read()[:200])
    refuses(65, r"cannot read a certificate request from 'cut.csr'; it must be DER, or PEM", *SIGN, "cut.csr")


@test
def locked_keys_and_other_files_beside_the_requests_do_not_matter():
    authority()
    runs(CERTGEN, "csr", "--name", "n", "--pass", "secret", "--out", "r/")
    runs(CERTGEN, "cert", "--name", "m", "--pass", "secret", "--out", "r/m.p12")
    write("r/broken.crt", "-----BEGIN CERTIFICATE-----\nhello\n")
    runs(*SIGN, "r", "--out", "certs/")
    assert os.listdir("certs") == ["n.crt"]
    runs(CERTGEN, "csr", "--name", "n", "--pass", "secret", "--out", "r.zip")
    runs(*SIGN, "r.zip", "--out", "certs2/")
    assert os.listdir("certs2/n") == ["n.crt"]


@test
def a_cn_that_is_a_host_name_or_an_address_must_be_permitted():
    authority()
    good = ["--permit", "example.org,10.0.0.0/8", "--force"]
    for cn, names in (("a.example.org", ["DNS:a.example.org"]), ("10.0.0.1", ["DNS:a.example.org"]), ("es01", ["DNS:a.example.org"]),
                      ("Node 1 of Example Inc.", ["DNS:a.example.org"]), ("A.Example.ORG", []), ("es01", []), ("*.example.org", [])):
        request("n", cn, *names)
        runs(*SIGN, "n.csr", *good)
    for cn in ("a.example.com", "192.0.2.1", "*.example.com", "A.EXAMPLE.com", "::1", "a.example.com.", "xn--zz--.example.com", "a-.example.com"):
        for names in ([], ["DNS:a.example.org"]):
            request("n", cn, *names)
            before = identity(".")
            refuses(78, r"'n.csr': its CN lies outside of what --permit allows; allow it, or have a request", *SIGN, "n.csr", *good)
            assert identity(".") == before
    request("n", "bücher.example", "DNS:a.example.org")
    runs("openssl", "req", "-new", "-utf8", "-key", "n.key", "-subj", "/CN=bücher.example", "-out", "n.csr")
    refuses(78, r"its CN lies outside of what --permit allows", *SIGN, "n.csr", *good)
    runs(*SIGN, "n.csr", "--permit", "xn--bcher-kva.example", "--force")
    runs("openssl", "req", "-new", "-key", "n.key", "-subj", "/CN=a.example.org/CN=a.example.com", "-out", "n.csr")
    refuses(78, r"its CN lies outside of what --permit allows", *SIGN, "n.csr", *good)
    request("n", "a.example.com", "IP:10.0.0.1")  # of that kind no range is given
    refuses(78, r"its CN lies outside of what --permit allows", *SIGN, "n.csr", "--permit", "10.0.0.0/8", "--force")


@test
def an_empty_permission_is_refused():
    authority()
    request("n")
    for value in ("", " ", ","):
        refuses(64, r"--permit is empty", *SIGN, "n.csr", "--permit", value)
        refuses(64, r"--permit is empty", *SIGN, "n.csr", "--permit", "n", "--permit", value)
        refuses(64, r"--permit is empty", CERTGEN, "ca", "--permit", value)
    assert not os.path.exists("n.crt") and not os.path.exists("elastic-stack-ca.p12")


@test
def odd_names_of_files_are_no_hindrance():
    authority()
    for name in ("with blank", "größe", "-dash", ".hidden", "x.csr", "", "x.pem"):
        request("r/" + name, "n")
        runs(*SIGN, "r/%s.csr" % name)
        assert is_of("r/%s.crt" % (name or ".csr"), "r/%s.key" % name), name
    for name in ("a:b", "new\nline"):
        request("r/" + name, "n")
        refuses(65, r"certificate '.*crt' of request 'r/.*' has (an absolute path|.*control character).*; choose an --out such as X.crt", *SIGN, "r/%s.csr" % name)
        runs(*SIGN, "r/%s.csr" % name, "--out", "r/%s.pem" % name)
        assert is_of("r/%s.pem" % name, "r/%s.key" % name), name
    runs(CERTGEN, "csr", "--name", "n", "--out", "a:b.zip")
    runs(*SIGN, "a:b.zip", "--out", "certs/")
    assert os.listdir("certs") == ["n"] and os.listdir("certs/n") == ["n.crt"]
    request("r/" + "n" * 246, "n")
    os.rename("r/" + "n" * 246 + ".csr", "r/" + "n" * 254)
    refuses(65, r"has a name that is too long; choose an --out such as X.crt", *SIGN, "r/" + "n" * 254)


@test
def a_lock_that_is_waited_for_is_told_once():
    authority()
    request("r/n")
    holder = start("flock", "r", "sleep", "4")
    time.sleep(0.3)
    result = runs(*SIGN, "r/n.csr")
    holder.wait()
    assert result.err.count("waiting") == 1 and "folder=r" in result.err and "at_most=" in result.err, result
    assert is_of("r/n.crt", "r/n.key")
    assert "waiting" not in runs(*SIGN, "r/n.csr").err


main()
