"""certgen once more: it makes what is missing, signs anew what no longer fits, and leaves everything else alone."""

import os
import shutil

from blackbox import CERTGEN, handshake, key_fits, main, openssl_verifies, read, refuses, run, runs, test, tree, write
from certificates import (alternative_names, archive_names, extract, identity, mode, p12_aliases, p12_opens, p12_split, public_key, serial,
                          subject)

OUTPUTS = ("certs/", "certs.zip", "certs.tar.gz")
TO_SIGN = ["--ca", "ca"]


def authority(out="ca", *more):
    runs(CERTGEN, "ca", "--pem", "--out", out + "/", *more)


def cert(*more, name="n"):
    return [CERTGEN, "cert", "--pem", *TO_SIGN, "--name", name, "--dns", "n", *more]


def opened(out, name="n"):
    """The pair in an output."""
    folder = out.rstrip("/")
    if not out.endswith("/"):
        folder = "x-" + out
        extract(out, folder)
    return "%s/%s/%s.crt" % (folder, name, name), "%s/%s/%s.key" % (folder, name, name)


def changes_nothing(*words):
    """The same line again: says so, writes nothing; and with --check too."""
    before = identity(".")
    result = runs(*words)
    assert "up to date" in result.err and identity(".") == before, result
    result = runs(*words, "--check")
    assert "up to date" in result.err and identity(".") == before, result
    assert runs(*words, "--quiet").err == ""


def conflicts(*words, pattern=r"it was left as it is; choose another --out, or --force"):
    before = identity(".")
    refuses(80, pattern, *words)
    refuses(80, pattern, *words, "--check")
    assert identity(".") == before


def would_write(*words):
    before = identity(".")
    result = run(*words, "--check")
    assert result.status == 81 and "would write" in result.err and identity(".") == before, result


@test
def the_same_line_again_writes_nothing_whatever_the_output_is():
    authority()
    runs(CERTGEN, "ca", "--out", "ca.p12")
    write("in.yml", "instances:\n  - name: a\n    dns: [a, localhost]\n    ip: [127.0.0.1, '::1']\n  - name: b\n    cn: b.node\n")
    lines = [[CERTGEN, "ca", "--out", "new.p12"], [CERTGEN, "ca", "--pem", "--out", "new/"], [CERTGEN, "ca", "--pem", "--out", "new.zip"],
             [CERTGEN, "ca", "--ca-dn", "CN=x", "--out", "dn.p12"], [CERTGEN, "ca"], [CERTGEN, "ca", "--pem", "--permit", "example.org", "--out", "permit/"],
             [CERTGEN, "cert", "--ca", "ca.p12"], [CERTGEN, "cert", "--ca", "ca.p12", "--in", "in.yml", "--out", "stores/"],
             [CERTGEN, "cert", "--ca", "ca.p12", "--in", "in.yml"], [CERTGEN, "cert", "--self-signed", "--out", "self.p12"],
             [CERTGEN, "cert", "--self-signed", "--pem", "--in", "in.yml", "--out", "self/"],
             [CERTGEN, "cert", "--keep-ca-key", "--pem", "--in", "in.yml", "--out", "kept.zip"],
             [CERTGEN, "cert", "--keep-ca-key", "--pem", "--in", "in.yml", "--out", "kept/"],
             [CERTGEN, "cert", "--pem", "--in", "in.yml", "--out", "lost.zip"], [CERTGEN, "cert", "--pem", "--in", "in.yml", "--out", "lost/"],
             [CERTGEN, "cert", "--in", "in.yml", "--out", "loststores.zip"], [CERTGEN, "cert", "--out", "lost.p12"],
             [CERTGEN, "csr", "--in", "in.yml"], [CERTGEN, "csr", "--in", "in.yml", "--out", "requests/"],
             [CERTGEN, "csr", "--in", "in.yml", "--out", "requests.tgz"]]
    lines += [[CERTGEN, "cert", "--pem", *TO_SIGN, "--in", "in.yml", "--out", out] for out in OUTPUTS]
    lines += [[*one, "--out", "locked%d%s" % (number, end), "--pass", "secret"]
              for number, (one, end) in enumerate([(["%s" % CERTGEN, "ca", "--pem"], "/"), ([CERTGEN, "ca"], ".p12"),
                                                   (cert(), "/"), (cert(), ".zip"), ([CERTGEN, "cert", "--ca", "ca.p12"], ".p12"),
                                                   ([CERTGEN, "csr"], ".zip"), ([CERTGEN, "cert", "--keep-ca-key", "--pem"], ".zip")])]
    for words in lines:
        would_write(*words)
        runs(*words)
        before = identity(".")
        for check in ([], ["--check"]):
            result = runs(*words, *check)
            assert "up to date" in result.err and identity(".") == before, result
        assert runs(*[w for w in words if w not in ("--pass", "secret")], *(
            ["--pass-fd", "0"] if "--pass" in words else []), "--quiet", stdin="secret\n").err == "", words


@test
def other_names_get_a_new_certificate_for_the_same_key_from_the_same_ca():
    authority()
    for out in OUTPUTS:
        words = cert("--out", out)
        runs(*words)
        pair = opened(out)
        before = public_key(pair[1]), read(pair[1]), serial(pair[0]), read("ca/ca/ca.crt")
        would_write(*words, "--ip", "10.0.0.1")
        result = runs(*words, "--ip", "10.0.0.1")
        assert "signed again" in result.err and "its names are others" in result.err, result
        pair = opened(out)
        assert (public_key(pair[0]), read(pair[1]), read("ca/ca/ca.crt")) == (before[0], before[1], before[3])
        assert serial(pair[0]) != before[2] and alternative_names(pair[0]) == ["DNS:n", "IP Address:10.0.0.1"]
        assert handshake("ca/ca/ca.crt", *pair, "10.0.0.1") is None
        changes_nothing(*words, "--ip", "10.0.0.1")


@test
def the_order_of_names_and_how_they_are_written_make_no_difference():
    authority()
    runs(*cert("--dns", "b,C.example", "--ip", "::1,10.0.0.1", "--out", "certs/"))
    changes_nothing(*cert("--dns", "c.example", "--dns", "B", "--ip", "10.0.0.1", "--ip", "0:0:0:0:0:0:0:1", "--out", "certs/"))


@test
def a_keystore_with_other_names_keeps_its_key_and_its_ca():
    runs(CERTGEN, "ca")
    words = [CERTGEN, "cert", "--ca", "elastic-stack-ca.p12", "--pass", "secret", "--name", "n", "--dns"]
    runs(*words, "a")
    p12_split("n.p12", "secret", "1.crt", "1.key")
    runs(*words, "b")
    p12_split("n.p12", "secret", "2.crt", "2.key")
    assert public_key("1.key") == public_key("2.key") and serial("1.crt") != serial("2.crt")
    assert alternative_names("2.crt") == ["DNS:b"] and p12_aliases("n.p12", "secret") == {"n": "key", "ca": "trusted"}


@test
def another_subject_or_usage_is_signed_anew_and_so_is_what_is_about_to_end():
    authority()
    runs(*cert("--usage", "server", "--out", "certs/"))
    key = read("certs/n/n.key")
    result = runs(*cert("--out", "certs/"))
    assert "its usage is another" in result.err and read("certs/n/n.key") == key, result
    runs(CERTGEN, "csr", "--name", "n", "--dns", "n", "--out", "csr/")
    os.makedirs("old/n")
    runs("faketime", "-f", "-25d", "openssl", "x509", "-req", "-in", "csr/n/n.csr", "-CA", "ca/ca/ca.crt", "-CAkey", "ca/ca/ca.key", "-days", "30",
         "-copy_extensions", "copy", "-out", "old/n/n.crt")
    shutil.copy("csr/n/n.key", "old/n/n.key")
    key = read("old/n/n.key")
    result = runs(*cert("--out", "old/"))
    assert "signed again" in result.err and read("old/n/n.key") == key, result
    assert handshake("ca/ca/ca.crt", "old/n/n.crt", "old/n/n.key", "n") is None
    runs(CERTGEN, "csr", "--name", "n", "--dns", "m", "--out", "csr/")
    assert "DNS:m" in runs("openssl", "req", "-noout", "-text", "-in", "csr/n/n.csr").out


@test
def what_another_ca_signed_is_a_conflict_and_stays_until_it_is_forced():
    authority()
    authority("other")
    for out in OUTPUTS:
        runs(*cert("--out", out))
        words = [CERTGEN, "cert", "--pem", "--ca", "other", "--name", "n", "--dns", "n", "--out", out]
        conflicts(*words, pattern=r"n/n.crt' is there, and another CA signed it; it was left as it is")
        key = read(opened(out)[1])
        runs(*words, "--force")
        pair = opened(out)
        assert read(pair[1]) != key and handshake("other/ca/ca.crt", *pair, "n") is None
    runs(CERTGEN, "cert", "--ca", "ca", "--name", "n")
    conflicts(CERTGEN, "cert", "--ca", "other", "--name", "n")
    conflicts(CERTGEN, "cert", "--self-signed", "--name", "n")


@test
def another_kind_of_key_is_a_conflict_only_when_it_was_asked_for():
    authority()
    runs(*cert("--key", "rsa2048", "--out", "certs/"))
    changes_nothing(*cert("--out", "certs/"))
    changes_nothing(*cert("--keysize", "2048", "--out", "certs/"))
    conflicts(*cert("--key", "p256", "--out", "certs/"), pattern=r"its key is of another kind")
    conflicts(*cert("--keysize", "4096", "--out", "certs/"), pattern=r"its key is of another kind")
    conflicts(CERTGEN, "ca", "--pem", "--key", "p384", "--out", "ca/", pattern=r"its key is of another kind")
    conflicts(CERTGEN, "ca", "--pem", "--ca-dn", "CN=other", "--out", "ca/", pattern=r"has another name")
    runs(CERTGEN, "csr", "--out", "csr.zip")
    conflicts(CERTGEN, "csr", "--key", "p384", "--out", "csr.zip", pattern=r"its key is of another kind")
    runs(*cert("--key", "p256", "--force", "--out", "certs/"))
    assert "id-ecPublicKey" in runs("openssl", "x509", "-noout", "-text", "-in", "certs/n/n.crt").out


@test
def force_replaces_a_ca_and_its_certificates_are_conflicts_then():
    authority()
    runs(*cert("--out", "certs.zip"))
    old = read("ca/ca/ca.crt")
    runs(CERTGEN, "ca", "--pem", "--out", "ca/", "--force")
    assert read("ca/ca/ca.crt") != old and key_fits("ca/ca/ca.crt", "ca/ca/ca.key")
    conflicts(*cert("--out", "certs.zip"))


@test
def other_files_in_the_folder_and_other_entries_in_the_archive_stay():
    authority()
    os.makedirs("certs/n")
    write("certs/note", "keep", 0o640)
    write("certs/n/note", "keep", 0o604)
    before = tree("certs/note", "certs/n/note")
    before.update({p: (os.stat(p).st_mtime_ns, os.stat(p).st_mode, read(p)) for p in ("certs/note", "certs/n/note")})
    runs(*cert("--out", "certs/"))
    runs(*cert("--out", "certs/", "--force"))
    for path in ("certs/note", "certs/n/note"):
        assert before[path] == (os.stat(path).st_mtime_ns, os.stat(path).st_mode, read(path)), path
    assert sorted(os.listdir("certs/n")) == ["n.crt", "n.key", "note"]
    os.makedirs("sub/deep")
    write("sub/deep/file", "keep\n")
    runs("python3", "-m", "zipfile", "-c", "certs.zip", "sub/")
    runs("tar", "-czf", "certs.tar.gz", "sub")
    for out in OUTPUTS[1:]:
        for more in (["--out", out], ["--out", out, "--ip", "10.0.0.1"], ["--out", out, "--force"]):
            runs(*cert(*more))
            runs(*cert(*more, name="m"))
            if "--force" not in more:
                extract(out, "y")
                assert read("y/sub/deep/file") == "keep\n"
        extract(out, "y")
        names = archive_names(out)
        assert "m/m.key" in names and len(names) == len(set(names)), names


@test
def an_instance_that_is_added_to_the_file_leaves_the_others_as_they_were():
    authority()
    for out in OUTPUTS:
        write("in.yml", "instances:\n  - name: a\n    dns: a\n")
        words = [CERTGEN, "cert", "--pem", *TO_SIGN, "--in", "in.yml", "--out", out]
        runs(*words)
        before = [read(p) for p in opened(out, "a")]
        write("in.yml", "instances:\n  - name: b\n    dns: b\n  - name: a\n    dns: a\n")
        runs(*words)
        assert [read(p) for p in opened(out, "a")] == before
        assert handshake("ca/ca/ca.crt", *opened(out, "b"), "b") is None
        changes_nothing(*words)


@test
def a_half_of_a_pair_is_completed_or_refused():
    authority()
    runs(*cert("--out", "certs/"))
    key = read("certs/n/n.key")
    os.unlink("certs/n/n.crt")
    runs(*cert("--out", "certs/"))
    assert read("certs/n/n.key") == key and key_fits("certs/n/n.crt", "certs/n/n.key")
    os.unlink("certs/n/n.key")
    before = identity(".")
    refuses(73, r"'certs/n/n.crt' is there without its key; it was left as it is", *cert("--out", "certs/"))
    assert identity(".") == before
    runs(CERTGEN, "csr", "--out", "certs/")
    os.unlink("certs/instance/instance.csr")
    key = read("certs/instance/instance.key")
    runs(CERTGEN, "csr", "--out", "certs/")
    assert read("certs/instance/instance.key") == key


@test
def what_is_no_good_is_left_alone_and_said_in_one_line():
    authority()
    runs(CERTGEN, "ca")
    for out, text in (("certs.zip", "no archive"), ("certs.tar.gz", ""), ("n.p12", "no keystore"), ("certs/n/n.key", "no key"),
                      ("more/n/n.crt", "no certificate")):
        os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
        write(out, text)
        target = out.split("/")[0] + "/" if "/" in out else out
        pem = [] if out.endswith(".p12") else ["--pem"]
        before = identity(".")
        result = run(CERTGEN, "cert", *pem, *TO_SIGN, "--name", "n", "--dns", "n", "--out", target)
        assert result.status in (65, 73) and read(out) == text and identity(".") == before, result
        runs(CERTGEN, "cert", *pem, *TO_SIGN, "--name", "n", "--dns", "n", "--out", target, "--force")


@test
def another_passphrase_than_that_of_what_is_there_is_refused():
    authority()
    runs(CERTGEN, "cert", "--ca", "ca", "--name", "n", "--pass", "one")
    runs(*cert("--pass", "one", "--out", "certs.zip"))
    for words in ([CERTGEN, "cert", "--ca", "ca", "--name", "n"], cert("--out", "certs.zip")):
        before = identity(".")
        refuses(77, r".{12,}", *words, "--pass", "two")
        refuses(77, r".{12,}", *words)
        assert identity(".") == before
    runs(CERTGEN, "cert", "--ca", "ca", "--name", "n", "--pass", "two", "--force")
    assert p12_opens("n.p12", "two") and not p12_opens("n.p12", "one")


@test
def a_lost_ca_key_makes_a_clear_refusal_and_a_kept_one_signs_more():
    for number, more in enumerate(([], ["--keep-ca-key"])):
        for out in ("c%d/" % number, "c%d.zip" % number):
            words = [CERTGEN, "cert", "--pem", *more, "--out", out]
            result = runs(*words, "--name", "a")
            assert ("thrown away" in result.err) == (not more), result
            before = identity(".")
            if more:
                runs(*words, "--name", "b")
                pair = opened(out, "b")
                ca = pair[0].replace("b/b.crt", "ca/ca.crt")
                assert openssl_verifies(ca, pair[0]) and openssl_verifies(ca, opened(out, "a")[0])
            else:
                result = run(*words, "--name", "b")
                assert result.status not in (0, 70) and identity(".") == before, result
                assert len([line for line in result.err.splitlines() if ": error: " in line]) == 1, result


@test
def a_certificate_of_a_day_is_signed_anew_before_it_ends():
    authority()
    runs(*cert("--days", "1", "--out", "certs/"))
    changes_nothing(*cert("--days", "1", "--out", "certs/"))
    runs(CERTGEN, "csr", "--name", "n", "--dns", "n", "--out", "csr/")
    os.makedirs("old/n")
    runs("faketime", "-f", "-20h", "openssl", "x509", "-req", "-in", "csr/n/n.csr", "-CA", "ca/ca/ca.crt", "-CAkey", "ca/ca/ca.key",
         "-days", "1", "-copy_extensions", "copy", "-out", "old/n/n.crt")
    shutil.copy("csr/n/n.key", "old/n/n.key")
    result = runs(*cert("--days", "1", "--out", "old/"))
    assert "less than a third of its life is left" in result.err, result


@test
def a_narrower_usage_than_there_is_is_signed_anew():
    authority()
    runs(*cert("--out", "certs/"))
    runs(*cert("--usage", "server", "--out", "certs/"))
    assert not openssl_verifies("ca/ca/ca.crt", "certs/n/n.crt", "sslclient"), "it still serves as a client"


@test
def one_archive_of_keystores_never_mixes_two_authorities():
    runs(CERTGEN, "cert", "--name", "a", "--out", "stores.zip")
    before = identity(".")
    result = run(CERTGEN, "cert", "--name", "b", "--out", "stores.zip")
    if result.status == 0:
        extract("stores.zip", "x")
        for name in "ab":
            runs("openssl", "pkcs12", "-in", "x/%s/%s.p12" % (name, name), "-passin", "pass:", "-cacerts", "-nokeys", "-out", name + ".crt")
            runs("openssl", "x509", "-in", name + ".crt", "-out", name + ".crt")
        assert read("a.crt") == read("b.crt"), "two authorities in one archive"
    else:
        assert identity(".") == before


@test
def check_writes_nothing_at_all_not_even_the_folder():
    authority()
    for words in (cert("--out", "a/b/c/"), cert("--out", "a/b/c.zip"), [CERTGEN, "ca", "--out", "a/ca.p12"], [CERTGEN, "csr", "--out", "a/"]):
        would_write(*words)
    assert os.listdir(".") == ["ca"]
    assert subject("ca/ca/ca.crt")


@test
def links_are_followed_to_folders_and_replaced_as_files():
    authority()
    os.makedirs("far/n")
    os.mkdir("certs")
    os.symlink("../far/n", "certs/n")
    runs(*cert("--out", "certs/"))
    assert os.path.islink("certs/n") and key_fits("far/n/n.crt", "far/n/n.key")
    os.rename("far/n/n.crt", "far/old.crt")
    os.symlink("../old.crt", "far/n/n.crt")
    changes_nothing(*cert("--out", "certs/"))
    before = read("far/old.crt")
    runs(*cert("--out", "certs/", "--ip", "::1"))
    assert read("far/old.crt") == before and not os.path.islink("far/n/n.crt") and key_fits("far/n/n.crt", "far/n/n.key")
    for out, more in (("dead.zip", []), ("dead.p12", []), ("certs/n/n.crt", ["--out", "certs/"])):
        if os.path.lexists(out):
            os.unlink(out)
        os.symlink("nowhere", out)
        words = cert("--out", out) if out.endswith(".zip") else [CERTGEN, "cert", *TO_SIGN, "--out", out] if not more else cert(*more)
        runs(*words)
        assert not os.path.islink(out) and not os.path.exists("nowhere") and "up to date" in runs(*words).err
    os.symlink("nowhere", "certs/m")
    refuses(73, r"'certs/m' exists already", *cert("--out", "certs/", name="m"))


@test
def what_is_no_file_is_not_replaced_by_force_either():
    authority()
    os.makedirs("certs/n")
    for path, words in (("x.p12", [CERTGEN, "cert", *TO_SIGN, "--out", "x.p12"]), ("x.zip", cert("--out", "x.zip")),
                        ("certs/n/n.key", cert("--out", "certs/"))):
        os.mkfifo(path)
        before = identity(".")
        for more in ([], ["--force"]):
            refuses(65, r"'%s' is not a regular file" % path, *words, *more)
            assert identity(".") == before


def without(words, *flags):
    return [w for w in words if w not in flags]


@test
def a_key_that_is_there_unlocked_is_locked_when_a_passphrase_is_given():
    authority()
    write("pw", "secretpw", 0o600)
    lock = ["--pass-file", "pw"]
    lines = [([CERTGEN, "ca", "--pem", "--out", "new/"], "new/ca/ca", "crt"), (cert("--out", "certs/"), "certs/n/n", "crt"),
             ([CERTGEN, "csr", "--out", "csr/"], "csr/instance/instance", "csr"),
             ([CERTGEN, "cert", "--pem", "--keep-ca-key", "--name", "k", "--out", "kept/"], "kept/k/k", "crt")]
    for words, path, ending in lines:
        runs(*words)
        before = public_key(path + ".key"), read(path + "." + ending)
        would_write(*words, *lock)
        result = runs(*words, *lock)
        assert "locked" in result.err and "up to date" not in result.err and "signed again" not in result.err, result
        assert "BEGIN ENCRYPTED PRIVATE KEY" in read(path + ".key") and mode(path + ".key") == 0o600
        assert (public_key(path + ".key", "-passin", "file:pw"), read(path + "." + ending)) == before
        changes_nothing(*words, *lock)
        refuses(77, r"%s.key'; it was left as it is; give its passphrase: --pass-file, or CERTGEN_PASS_FILE" % path.replace("k/k", "ca/ca"), *words)
    assert "ENCRYPTED" in read("kept/ca/ca.key"), "the CA's key stands beside it in the clear"
    for words, path in (([CERTGEN, "ca"], "elastic-stack-ca.p12"), ([CERTGEN, "cert", *TO_SIGN, "--name", "n"], "n.p12"),
                        ([CERTGEN, "cert", "--keep-ca-key", "--name", "m", "--out", "s/"], "s/m/m.p12")):
        runs(*words)
        before = p12_aliases(path)
        p12_split(path, "", "1.crt", "1.key")
        runs(*words, *lock)
        p12_split(path, "secretpw", "2.crt", "2.key")
        assert read("1.crt") == read("2.crt") and public_key("1.key") == public_key("2.key") and not p12_opens(path, "")
        assert p12_aliases(path, "secretpw") == before
        changes_nothing(*words, *lock)
        refuses(77, r"%s'; it was left as it is; give its passphrase" % path.replace("m/m", "ca/ca"), *words)
    assert p12_opens("s/ca/ca.p12", "secretpw") and not p12_opens("s/ca/ca.p12", "")


@test
def a_key_that_is_alone_or_gets_other_names_is_locked_as_well():
    authority()
    write("pw", "secretpw", 0o600)
    runs(*cert("--out", "certs/"))
    os.unlink("certs/n/n.crt")
    runs(*cert("--out", "certs/", "--pass-file", "pw"))
    assert "ENCRYPTED" in read("certs/n/n.key") and public_key("certs/n/n.crt") == public_key("certs/n/n.key", "-passin", "file:pw")
    runs(*cert("--out", "more/"))
    result = runs(*cert("--out", "more/", "--ip", "10.0.0.1", "--pass-file", "pw"))
    assert "signed again" in result.err and "ENCRYPTED" in read("more/n/n.key")


@test
def a_ca_that_is_there_is_held_against_all_that_is_asked_for_and_nothing_else():
    made = [CERTGEN, "ca", "--pem", "--out", "ca/", "--ca-dn", "CN=x,O=y", "--days", "400", "--permit", "example.org,10.0.0.0/8,@example.org",
            "--keyusage", "keyCertSign,digitalSignature", "--path-length", "2", "--keysize", "2048"]
    runs(*made)
    again = [CERTGEN, "ca", "--pem", "--out", "ca/"]
    changes_nothing(*made)
    changes_nothing(*again)
    for same in (["--permit", "@example.org,10.0.0.0/8,example.org"], ["--keyusage", "digitalSignature,keyCertSign"], ["--path-length", "2"],
                 ["--days", "400"], ["--key", "rsa2048"], ["--ca-dn", "CN=x,O=y"]):
        changes_nothing(*again, *same)
    for other, why in ((["--permit", "example.org"], "may sign other names"), (["--permit", "example.org,10.0.0.0/8,@example.org,b.c"], "may sign other names"),
                       (["--permit", "example.org,10.0.0.0/9,@example.org"], "may sign other names"), (["--keyusage", "keyCertSign"], "has another key usage"),
                       (["--keyusage", "keyCertSign,digitalSignature,cRLSign"], "has another key usage"), (["--path-length", "0"], "has another path length"),
                       (["--path-length", "any"], "has another path length"), (["--days", "401"], "lasts another number of days"),
                       (["--ca-dn", "CN=x"], "has another name"), (["--keysize", "4096"], "its key is of another kind")):
        conflicts(*again, *other, pattern=r"'ca/ca/ca.crt' is there, and %s; it was left as it is" % why)
    refuses(64, r"unknown key usage 'keyCertsign'; did you mean keyCertSign", *again, "--keyusage", "keyCertsign")
    runs(CERTGEN, "ca", "--out", "plain.p12")
    for other, why in ((["--permit", "example.org"], "may sign other names"), (["--keyusage", "keyCertSign"], "has another key usage"),
                       (["--path-length", "any"], "has another path length")):
        conflicts(CERTGEN, "ca", "--out", "plain.p12", *other, pattern=why)


@test
def a_kept_ca_of_another_name_is_a_conflict_when_its_name_was_asked_for():
    for more in ([], ["--pem"]):
        words = [CERTGEN, "cert", "--keep-ca-key", *more, "--ca-dn", "CN=one", "--name", "a", "--out", "c%d.zip" % len(more)]
        runs(*words)
        changes_nothing(*words)
        changes_nothing(*without(words, "--ca-dn", "CN=one"))
        conflicts(*[w if w != "CN=one" else "CN=two" for w in words], pattern=r"ca/ca\.(crt|p12)' is there, and has another name")


main()
