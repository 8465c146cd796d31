"""certgen convert and bundle: nothing is lost on the way, the same again changes nothing, and what cannot be is refused."""

import os
import re
import zipfile

from blackbox import CERTGEN, main, read, refuses, run, runs, test, write
from certificates import archive_names, extract, identity, mode, p12_aliases, p12_opens, start

CERT = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)
LEGACY_MAC, MODERN_MAC = "MAC: sha1,", "MAC: sha256,"


def authority(folder="ca", *more):
    runs(CERTGEN, "ca", "--pem", "--out", folder + "/", "--ca-dn", "CN=" + folder, *more)
    return folder + "/ca/ca.crt"


def leaf(name, *more, ca="ca"):
    """NAME.crt and NAME.key in this folder."""
    runs(CERTGEN, "cert", "--pem", "--ca", ca, "--name", name, "--dns", name, "--out", "made/", *more)
    for ending in (".crt", ".key"):
        os.rename("made/%s/%s%s" % (name, name, ending), name + ending)
    return name + ".crt", name + ".key"


def convert(*words, **how):
    return runs(CERTGEN, "convert", *words, **how)


def certs(path):
    return CERT.findall(read(path))


def says_up_to_date(*words, folder="."):
    """The same again: it says so, and so does --check; nothing is touched."""
    before = identity(folder)
    for more in ([], ["--check"]):
        again = run(CERTGEN, *words, *more)
        assert again.status == 0 and "up to date" in again.err and "wr" not in again.err, again
    assert identity(folder) == before, "something was written"


def would_write(*words):
    before = identity(".")
    result = run(CERTGEN, *words, "--check")
    assert result.status == 81 and "would write" in result.err, result
    assert identity(".") == before, "something was written"


@test
def a_key_alone_is_refused_for_a_keystore_and_kept_in_a_folder():
    ca = authority()
    pair = leaf("n")
    lone = leaf("lone")[1]
    for out in ("x.p12", "x.crt"):
        refuses(65, r"the certificate of key 'lone.key' is not among what was named; name it too, or choose", CERTGEN, "convert",
                *pair, lone, ca, "--out", out)
        refuses(65, r"the certificate of key 'lone.key' is not among", CERTGEN, "convert", lone, "--out", out)
    assert not [n for n in os.listdir(".") if n.startswith("x")]
    convert(*pair, lone, "--out", "x/")
    assert read("x/lone/lone.key") == read(lone) and sorted(os.listdir("x")) == ["lone", "n"]
    assert mode("x/lone/lone.key") == 0o600
    convert(lone, "--out", "y.key")
    assert read("y.key") == read(lone)


@test
def a_certificate_without_its_key_is_refused_for_a_keystore_and_kept_in_a_folder():
    authority()
    pair = leaf("n")
    lone = leaf("lone")[0]
    for out in ("x.p12", "x.crt"):
        refuses(65, r"the key of certificate 'lone.crt' is not among what was named; name it too, or choose", CERTGEN, "convert",
                *pair, lone, "--out", out)
    convert(*pair, lone, "--out", "x.zip")
    extract("x.zip", "x")
    assert read("x/lone/lone.crt") == read(lone)


@test
def a_trusted_authority_stays_beside_a_certificate():
    ca = authority()
    runs(CERTGEN, "cert", "--ca", "ca", "--name", "es01", "--out", "es01.p12")
    for out in ("out/es01.crt", "pem/x.pem"):
        convert("es01.p12", "--out", out)
    assert sorted(os.listdir("out")) == ["es01-ca.crt", "es01.crt", "es01.key"]
    assert sorted(os.listdir("pem")) == ["x-ca.pem", "x.key", "x.pem"]
    assert read("out/es01-ca.crt") == read(ca) and len(certs("out/es01.crt")) == 1
    assert (mode("out/es01-ca.crt"), mode("out/es01.crt"), mode("out/es01.key")) == (0o644, 0o644, 0o600)
    says_up_to_date("convert", "es01.p12", "--out", "out/es01.crt")
    convert("out", "--out", "again.p12")
    assert p12_aliases("again.p12") == {"es01": "key", "ca": "trusted"}
    write("out/es01-ca.crt", "mine")
    before = identity(".")
    refuses(73, r"'out/es01-ca.crt' is there already, and not what this would write; it was left", CERTGEN, "convert", "es01.p12",
            "--out", "out/es01.crt", "--pass", "")
    assert identity(".") == before


@test
def a_keystore_keeps_its_aliases_and_an_intermediate_authority_is_no_trusted_one():
    authority("root", "--path-length", "any")
    runs(CERTGEN, "ca", "--pem", "--ca", "root", "--ca-dn", "CN=mid", "--out", "mid/")
    pair = leaf("n", ca="mid")
    convert(*pair, "root/ca/ca.crt", "--out", "n.p12")
    assert p12_aliases("n.p12") == {"n": "key", "ca": "trusted"}
    runs("openssl", "pkcs12", "-export", "-in", pair[0], "-inkey", pair[1], "-name", "My Node/1", "-passout", "pass:", "-out", "x.p12")
    convert("x.p12", "--out", "y.p12")
    assert p12_aliases("y.p12") == {"my node/1": "key"}
    convert("x.p12", "--out", "y/")
    assert os.listdir("y") == ["x"], "an alias that is no file name becomes the file's"
    runs("keytool", "-importcert", "-noprompt", "-alias", "corp", "-file", "root/ca/ca.crt", "-keystore", "t.p12", "-storepass", "secret")
    convert("t.p12", *pair, "--out", "z.p12", env={"CERTGEN_PASS": "secret"})
    assert p12_aliases("z.p12") == {"n": "key", "corp": "trusted"}


@test
def other_authorities_stay_beside_one_that_has_its_key():
    authority()
    other = authority("other")
    convert("ca", other, "--out", "x/")
    assert sorted(os.listdir("x/ca")) == ["ca.crt", "ca.key", "trusted.crt"]
    assert read("x/ca/trusted.crt") == read(other) and read("x/ca/ca.crt") == read("ca/ca/ca.crt")
    says_up_to_date("convert", "ca", other, "--out", "x/")
    convert("ca", other, "--out", "x.p12")
    assert p12_aliases("x.p12") == {"ca": "key", "ca-2": "trusted"}
    # The same authority again is there already.
    convert("ca", "ca/ca/ca.crt", "--out", "y/")
    assert sorted(os.listdir("y/ca")) == ["ca.crt", "ca.key"]


@test
def the_same_conversion_again_is_up_to_date_in_every_form():
    ca = authority()
    pair = leaf("n")
    for number, new in enumerate(([], ["--new-pass-file", "pw"], ["--new-pass-file", "pw", "--legacy"])):
        write("pw", "secret\n", 0o600)
        for out in ("%d.p12", "%d.crt", "k%d.key", "%d.zip", "%d.tar.gz", "d%d/"):
            words = ["convert", *pair, ca, "--out", out % number, *new]
            would_write(*words)
            runs(CERTGEN, *words)
            says_up_to_date(*words)
        for out in ("t%d.p12", "t%d.pem"):
            words = ["bundle", ca, "--out", out % number, *new]
            would_write(*words)
            runs(CERTGEN, *words)
            says_up_to_date(*words)
    assert "ENCRYPTED" in read("k1.key") and "ENCRYPTED" in read("d1/n/n.key") and "ENCRYPTED" not in read("k0.key")


@test
def what_java_wrote_again_is_still_up_to_date():
    ca = authority()
    words = ["convert", *leaf("n"), ca, "--out", "x.p12", "--new-pass-file", "pw"]
    write("pw", "secret\n", 0o600)
    runs(CERTGEN, *words)
    runs("keytool", "-importkeystore", "-srckeystore", "x.p12", "-srcstorepass", "secret", "-destkeystore", "y.p12",
         "-deststorepass", "secret", "-deststoretype", "PKCS12")
    assert open("x.p12", "rb").read() != open("y.p12", "rb").read()
    os.rename("y.p12", "x.p12")
    says_up_to_date(*words)


@test
def whatever_else_is_there_is_a_difference_and_stays():
    ca = authority()
    pair = leaf("n")
    write("pw", "secret\n", 0o600)
    write("pw2", "other\n", 0o600)
    convert(*pair, ca, "--out", "x.p12", "--new-pass-file", "pw")
    convert(*pair, ca, "--out", "x.key", "--new-pass-file", "pw")
    convert(*pair, "--out", "open.key")
    os.rename("n.crt", "m.crt")
    renamed = ("m.crt", "n.key")
    other = authority("other")
    before = identity(".")
    for words in ((*pair[1:], "m.crt", other, "--out", "x.p12", "--new-pass-file", "pw"),  # another authority
                  (*renamed, "--out", "x.p12", "--new-pass-file", "pw"),  # none
                  (*renamed, ca, "--out", "x.p12", "--new-pass-file", "pw"),  # another alias
                  (*renamed, ca, "--out", "x.p12", "--new-pass-file", "pw2"), (*renamed, ca, "--out", "x.p12"),
                  (*renamed, ca, "--out", "x.key", "--new-pass-file", "pw2"), (*renamed, ca, "--out", "x.key"),
                  (*renamed, ca, "--out", "x.key", "--new-pass-file", "pw", "--legacy"),
                  (*renamed, ca, "--out", "open.key", "--new-pass-file", "pw")):
        for check in ([], ["--check"]):
            refuses(73, r"'(x|open)\.(p12|key)' is there already, and not what this would write", CERTGEN, "convert", *words, *check)
    assert identity(".") == before
    os.rename("m.crt", "n.crt")
    again = [*pair, ca, "--out", "x.p12", "--new-pass-file", "pw"]
    refuses(73, r"is there already", CERTGEN, "convert", *again, "--legacy")
    says_up_to_date("convert", *again)
    convert(*pair, ca, "--out", "x.p12", "--new-pass-file", "pw2", "--force")
    assert p12_opens("x.p12", "other")


@test
def a_bundle_is_a_pem_file_or_a_truststore_and_nothing_else():
    ca = authority()
    before = identity(".")
    for out in ("x.zip", "x/", "x.tar.gz", "x", "x.key", "new/x.jks", "ca"):
        refuses(64, r"a bundle cannot be '%s'; give --out: a \.pem or \.crt file, or a \.p12 or \.pfx truststore" % out, CERTGEN,
                "bundle", ca, "--out", out)
    assert identity(".") == before
    for out in ("a.pem", "b.CRT"):
        runs(CERTGEN, "bundle", ca, "--out", "new/" + out)
        assert read("new/" + out) == read(ca) and mode("new/" + out) == 0o644
    for out in ("a.p12", "b.pfx"):
        runs(CERTGEN, "bundle", ca, "--out", "new/" + out)
        assert p12_aliases("new/" + out) == {"ca": "trusted"} and mode("new/" + out) == 0o600


@test
def a_conversion_of_many_pairs_fits_into_one_keystore():
    authority()
    write("in.yml", "instances:\n" + "".join("  - name: n%02d\n" % i for i in range(40)))
    runs(CERTGEN, "cert", "--pem", "--ca", "ca", "--in", "in.yml", "--out", "certs/")
    convert("certs", "ca/ca/ca.crt", "--out", "x.p12")
    aliases = p12_aliases("x.p12")
    assert len(aliases) == 41 and aliases["n39"] == "key" and aliases["ca"] == "trusted"


@test
def two_conversions_at_once_make_one_file():
    ca = authority()
    words = [CERTGEN, "convert", *leaf("n"), ca, "--new-pass-file", "pw"]
    write("pw", "secret\n", 0o600)
    for out in ("x.p12", "x.crt", "x.zip", "x/"):
        running = [start(*words, "--out", out) for _ in range(6)]
        for one in running:
            _, said = one.communicate()
            assert one.returncode == 0, said
        says_up_to_date(*words[1:], "--out", out)
    assert not [n for n in os.listdir(".") if n.startswith(".")]
    assert archive_names("x.zip") == ["n/", "n/n.key", "n/n.crt", "ca/", "ca/ca.crt"]


@test
def a_request_alone_is_nothing_to_convert():
    runs(CERTGEN, "csr", "--name", "n", "--out", "./")
    refuses(65, r"there is no certificate and no key in what was named", CERTGEN, "convert", "n/n.csr", "--out", "x/")
    assert not os.path.exists("x")


def openssl_ca(name, subject, signer=None):
    """A CA of openssl's: NAME.crt, NAME.key; signed by signer, or by itself."""
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + subject,
             "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", name + ".key", "-out", name + ".crt"]
    runs(*words, *(["-CA", signer + ".crt", "-CAkey", signer + ".key"] if signer else []))


@test
def authorities_that_signed_each_other_make_no_endless_chain():
    openssl_ca("a", "a")
    openssl_ca("b", "b", "a")  # b below a
    runs("openssl", "req", "-new", "-key", "a.key", "-subj", "/CN=a", "-out", "a.csr")
    write("ext", "basicConstraints=critical,CA:TRUE\n")
    runs("openssl", "x509", "-req", "-in", "a.csr", "-CA", "b.crt", "-CAkey", "b.key", "-extfile", "ext", "-out", "a.crt")  # a below b
    runs(CERTGEN, "cert", "--pem", "--ca-cert", "b.crt", "--ca-key", "b.key", "--name", "n", "--out", "made/")
    write("n.crt", certs("made/n/n.crt")[0])
    convert("n.crt", "made/n/n.key", "a.crt", "b.crt", "--out", "x/n.crt")
    assert certs("x/n.crt") == certs("n.crt") + certs("b.crt") + certs("a.crt")


@test
def entries_of_one_alias_are_refused_where_they_would_be_one():
    authority()
    for name in ("a", "b"):
        os.mkdir(name)
        pair = leaf(name)
        for ending, path in zip((".crt", ".key"), pair):
            os.rename(path, "%s/tls%s" % (name, ending))
    before = identity(".")
    refuses(65, r"two entries of a PKCS#12 file have the alias 'tls'; rename one", CERTGEN, "convert", "a", "b", "--out", "x.p12")
    for out in ("x/", "x.zip"):
        refuses(65, r"two keys or certificates would both be 'tls'; rename one, or convert them one by one", CERTGEN, "convert", "a", "b",
                "--out", out)
    assert identity(".") == before
    # A PKCS#12 file can hold two of one name, made by hand: neither is chosen in silence.
    for name in ("a", "b"):
        runs("openssl", "pkcs12", "-export", "-in", name + "/tls.crt", "-inkey", name + "/tls.key", "-name", "Same", "-passout", "pass:",
             "-out", name + ".p12")
    refuses(65, r"have the alias 'Same'", CERTGEN, "convert", "a.p12", "b.p12", "--out", "x.p12")
    refuses(65, r"would both be 'Same'", CERTGEN, "convert", "a.p12", "b.p12", "--out", "x/")
    # The same twice is once.
    convert("a.p12", "a.p12", "--out", "x.p12")
    assert p12_aliases("x.p12") == {"same": "key"}


@test
def an_alias_that_leads_outside_stays_inside():
    authority()
    pair = leaf("n")
    os.makedirs("deep/down")
    for alias in ("../../up", "/abs", "..", ".", "a/b", "a\\b", ".hidden", "C:x", "x\ny", "", "Größe", "n" * 300, "\x1b[31m"):
        runs("openssl", "pkcs12", "-export", "-in", pair[0], "-inkey", pair[1], "-name", alias, "-passout", "pass:", "-out",
             "deep/down/in.p12")
        os.chdir("deep/down")
        for out in ("x/", "x.zip", "out.p12"):
            convert("in.p12", "--out", out, "--force")
        extract("x.zip", "y")
        for folder in ("x", "y"):
            assert os.listdir(folder) == ["in"] and sorted(os.listdir(folder + "/in")) == ["in.crt", "in.key"], alias
        os.chdir("../..")
        assert sorted(os.listdir(".")) == ["ca", "deep", "made", "n.crt", "n.key"] and os.listdir("deep") == ["down"], alias
        assert len(os.listdir("deep/down")) == 5, alias


@test
def what_lies_at_the_root_of_an_archive_has_its_own_name():
    authority()
    with zipfile.ZipFile("certs.zip", "w") as z:
        for path in leaf("n"):
            z.write(path)
    convert("certs.zip", "--out", "x/")
    assert os.listdir("x") == ["n"]


@test
def a_conversion_that_was_killed_in_between_is_finished():
    authority()
    runs(CERTGEN, "cert", "--ca", "ca", "--name", "n", "--out", "n.p12")
    words = ["convert", "n.p12", "--out", "out/n.crt", "--new-pass-file", "pw"]
    write("pw", "secret\n", 0o600)
    runs(CERTGEN, *words)
    key = read("out/n.key")
    for gone in (["n-ca.crt"], ["n-ca.crt", "n.crt"]):
        for name in gone:
            os.remove("out/" + name)
        would_write(*words)
        runs(CERTGEN, *words)
        assert read("out/n.key") == key
        says_up_to_date(*words)


@test
def a_link_is_never_written_through():
    ca = authority()
    pair = leaf("n")
    write("precious", "precious")
    for out, linked in (("x.p12", "x.p12"), ("y.key", "y.key"), ("z.crt", "z.key"), ("w.crt", "w-ca.crt")):
        os.symlink("nowhere", linked)
        convert(*pair, ca, "--out", out)
        assert not os.path.islink(linked) and not os.path.exists("nowhere")
        os.remove(linked)
        os.symlink("precious", linked)
        refuses(73, r"is there already, and not what this would write", CERTGEN, "convert", *pair, ca, "--out", out)
        convert(*pair, ca, "--out", out, "--force")
        assert not os.path.islink(linked) and read("precious") == "precious"
    assert not os.path.exists("nowhere")


@test
def a_name_that_is_only_an_ending_is_no_name():
    authority()
    pair = leaf("n")
    for out in (".crt", "x/.p12", ".zip"):
        refuses(64, r"what shall '%s' be\?" % re.escape(out), CERTGEN, "convert", *pair, "--out", out)
    for out in (".pem", "x/.p12"):
        refuses(64, r"a bundle cannot be '%s'" % re.escape(out), CERTGEN, "bundle", pair[0], "--out", out)
    assert not os.path.exists("x")


@test
def what_no_form_can_hold_is_told():
    ca = authority()
    runs("keytool", "-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "256", "-keystore", "s.p12", "-storetype", "PKCS12",
         "-storepass", "secret")
    runs("keytool", "-importcert", "-noprompt", "-alias", "corp", "-file", ca, "-keystore", "s.p12", "-storepass", "secret")
    said = convert("s.p12", "--out", "x.p12", env={"CERTGEN_PASS": "secret"}).err
    assert re.search(r"warn: left out what is neither key nor certificate path=s.p12", said), said


main()
