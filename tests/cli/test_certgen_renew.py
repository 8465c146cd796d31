"""certgen renew: what it finds wherever it lies, what it keeps, what it passes over, and how it ends then."""

import os
import shutil

from blackbox import CERTGEN, handshake, key_fits, main, openssl_verifies, read, refuses, run, runs, test, write
from certificates import (alternative_names, extract, identity, mode, p12_aliases, p12_split, p12_text, public_key, serial, subject, x509)

SECRET = ["--pass-file", "pw"]


def authority(out="ca", *more):
    runs(CERTGEN, "ca", "--pem", "--out", out + "/", *more)


def pair(name="n", out="certs/", ca="ca", *more):
    runs(CERTGEN, "cert", "--pem", "--ca", ca, "--name", name, "--dns", name, "--out", out, *more)
    return "%s%s/%s.crt" % (out, name, name), "%s%s/%s.key" % (out, name, name)


def signed_at(shift, days, crt):
    """Put a certificate of the same key and names in its place, signed by the CA so long ago. Our program is static: faketime moves
    OpenSSL's clock only."""
    runs("openssl", "x509", "-x509toreq", "-copy_extensions", "copy", "-in", crt, "-key", crt[:-3] + "key", "-out", "old.csr")
    runs("faketime", "-f", shift, "openssl", "x509", "-req", "-in", "old.csr", "-CA", "ca/ca/ca.crt", "-CAkey", "ca/ca/ca.key",
         "-days", str(days), "-copy_extensions", "copy", "-out", crt)


def renew(*more):
    return runs(CERTGEN, "renew", "--ca", "ca", *more)


def signed(name, extensions, days="700"):
    """A pair that openssl made under our CA, with these extensions and a subject of its own encoding."""
    write("x.cnf", "[req]\ndistinguished_name=dn\n[dn]\n[x]\nbasicConstraints=critical,CA:FALSE\n%s\n" % extensions)
    os.makedirs(name, exist_ok=True)
    base = "%s/%s" % (name, name)
    runs("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", base + ".key", "-subj", "/O=Me/CN=" + name, "-config", "x.cnf",
         "-out", base + ".csr")
    runs("openssl", "x509", "-req", "-in", base + ".csr", "-CA", "ca/ca/ca.crt", "-CAkey", "ca/ca/ca.key", "-days", days, "-extfile", "x.cnf",
         "-extensions", "x", "-out", base + ".crt")
    os.unlink(base + ".csr")
    return base + ".crt", base + ".key"


def entries(path, password):
    """Subject -> PEM of every certificate in a PKCS#12 file, and the text of all."""
    found, text = {}, p12_text(path, password)
    for part in text.split("subject=")[1:]:
        name = part.split("\n")[0].strip()
        found.setdefault(name, []).append(part[part.index("-----BEGIN"):].split("-----END")[0])
    return found


def keys(path, password):
    return sorted(part.split("-----END")[0] for part in p12_text(path, password).split("-----BEGIN PRIVATE KEY-----")[1:])


@test
def every_key_of_a_keystore_is_renewed_and_all_else_in_it_stays():
    authority()
    authority("other", "--ca-dn", "CN=other")
    write("pw", "secretpw", 0o600)
    for name in "ab":
        pair(name)
    runs(CERTGEN, "convert", "certs", "ca/ca/ca.crt", "other/ca/ca.crt", "--out", "many.p12", "--new-pass-file", "pw")
    before, old, aliases = entries("many.p12", "secretpw"), keys("many.p12", "secretpw"), p12_aliases("many.p12", "secretpw")
    assert len(old) == 2 and list(aliases.values()).count("trusted") == 2, aliases
    assert "up to date" in renew("many.p12", *SECRET).err
    renew("many.p12", "--force", *SECRET)
    after = entries("many.p12", "secretpw")
    assert sorted(after) == sorted(before)
    for name in after:
        assert (after[name] == before[name]) == ("CA" in name or "other" in name), name
    assert keys("many.p12", "secretpw") == old and p12_aliases("many.p12", "secretpw") == aliases
    assert "ok" in runs(CERTGEN, "verify", "many.p12", *SECRET, "--ca", "ca").out
    renew("many.p12", "--force", "--new-key", *SECRET)
    new = keys("many.p12", "secretpw")
    assert len(new) == 2 and not set(new) & set(old) and p12_aliases("many.p12", "secretpw") == aliases
    runs(CERTGEN, "verify", "many.p12", *SECRET, "--ca", "ca")


@test
def a_keystore_of_the_old_kind_stays_one():
    authority()
    write("pw", "secretpw", 0o600)
    runs(CERTGEN, "cert", "--ca", "ca", "--legacy", "--out", "n.p12", *SECRET)
    renew("n.p12", "--force", "--new-key", *SECRET)
    text = run("openssl", "pkcs12", "-info", "-legacy", "-in", "n.p12", "-passin", "pass:secretpw", "-nodes").err
    assert "MAC: sha1" in text and "PBES2" not in text and text.count("pbeWithSHA1And3-KeyTripleDES-CBC") == 2, text


@test
def odd_files_are_passed_over_one_line_each_and_the_rest_is_renewed():
    authority()
    crt, key = pair("a")
    before = serial(crt)
    pair("z")
    write("certs/broken.crt", read(crt)[:200])
    write("certs/nonsense.p12", "no keystore")
    write("certs/dh.pem", "-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n")
    write("certs/alone.crt", read(crt))
    write("certs/README.pem.txt", "read me")
    result = refuses(65, r"2 files were not renewed", CERTGEN, "renew", "--ca", "ca", "certs", "--force")
    for path in ("certs/broken.crt", "certs/nonsense.p12"):
        assert len([line for line in result.err.splitlines() if path in line and "warn: not renewed" in line]) == 1, result
    assert "no key beside this certificate: passed over path=alone.crt" in result.err, result
    assert "dh.pem" not in result.err and "README" not in result.err, result
    assert serial(crt) != before and key_fits(crt, key)
    os.unlink("certs/nonsense.p12")
    refuses(65, r"certs/broken.crt", CERTGEN, "renew", "--ca", "ca", "certs", "--force", "--check")
    result = refuses(65, r"certs/broken.crt", CERTGEN, "renew", "--ca", "ca", "certs")
    assert "up to date" not in result.err, result
    os.chmod(key, 0)
    os.unlink("certs/broken.crt")
    if os.geteuid() != 0:
        refuses(77, r"a.key", CERTGEN, "renew", "--ca", "ca", "certs", "--force")


@test
def another_cas_certificate_is_passed_over_until_it_is_due_and_then_it_counts():
    authority()
    authority("other", "--ca-dn", "CN=other")
    ours, _ = pair("a")
    foreign, _ = pair("b", "certs/", "other")
    before = serial(ours), read(foreign)
    assert "up to date" in renew("certs").err
    result = refuses(80, r"another CA signed 'certs/b/b.crt'; renew it with that CA", CERTGEN, "renew", "--ca", "ca", "certs", "--force")
    assert "signed again path=certs/a/a.crt" in result.err, result
    assert serial(ours) != before[0] and read(foreign) == before[1]
    runs(CERTGEN, "renew", "--ca", "other", "certs")
    refuses(80, r"another CA signed what is in 'certs/b'; renew it with that CA", CERTGEN, "renew", "--ca", "ca", "certs/b")
    runs(CERTGEN, "cert", "--pem", "--self-signed", "--name", "s", "--out", "self/")
    refuses(80, r"another CA signed 'self/s/s.crt'; it signed itself", CERTGEN, "renew", "--ca", "ca", "self", "--force")


@test
def one_path_of_several_that_fails_keeps_nothing_else_from_being_renewed():
    authority()
    pair("a")
    before = pair("b")[0], serial("certs/b/b.crt")
    write("certs/a/a.crt", "nonsense")
    refuses(65, r"certs/a/a.crt", CERTGEN, "renew", "--ca", "ca", "--force", "certs/a", "certs/b")
    assert serial(before[0]) != before[1]


@test
def names_of_every_kind_subject_usage_and_strange_extensions_are_kept_as_they_are():
    authority()
    crt, key = signed("n", "keyUsage=digitalSignature,keyAgreement\nextendedKeyUsage=serverAuth,1.2.3.4.5\n"
                      "subjectAltName=critical,DNS:n,RID:1.2.3.4,dirName:d,otherName:1.3.6.1.5.5.7.8.5;UTF8:x@y,URI:urn:a\n"
                      "1.2.3.4.6=ASN1:UTF8String:kept\ncrlDistributionPoints=URI:http://crl.example/x\n[d]\nCN=dir")
    kept = ("subjectAltName", "extendedKeyUsage", "keyUsage", "crlDistributionPoints")
    before = [x509(crt, "-ext", name) for name in kept], x509(crt, "-subject", "-nameopt", "multiline,show_type"), public_key(key), serial(crt)
    assert "Registered ID" in before[0][0] and "DirName" in before[0][0] and "critical" in before[0][0], before
    renew(crt, "--force")
    assert ([x509(crt, "-ext", name) for name in kept], x509(crt, "-subject", "-nameopt", "multiline,show_type"), public_key(crt)) == before[:3]
    assert serial(crt) != before[3] and "kept" in x509(crt, "-text") and openssl_verifies("ca/ca/ca.crt", crt)
    text = x509(crt, "-text")
    assert text.count("Subject Key Identifier") == 1 and text.count("Authority Key Identifier") == 1 and "CA:FALSE" in text
    renew(crt, "--force", "--new-key")
    assert public_key(crt) != before[2] and key_fits(crt, key) and x509(crt, "-ext", kept[0]) == before[0][0]


@test
def an_unknown_critical_extension_is_refused_by_name():
    authority()
    crt, _ = signed("n", "1.2.3.4.6=critical,ASN1:UTF8String:x")
    before = read(crt)
    refuses(80, r"'n/n.crt': it has the critical extension '1.2.3.4.6'; have it renewed by who signed it", CERTGEN, "renew", "--ca", "ca",
            "--force", "n")
    assert read(crt) == before


@test
def a_certificate_without_usage_as_certutil_makes_it_gets_none():
    authority()
    crt, _ = signed("n", "subjectAltName=DNS:n")
    renew(crt, "--force")
    assert "Usage" not in x509(crt, "-text") and alternative_names(crt) == ["DNS:n"]


def three_authorities():
    """root over middle over ca."""
    authority("root", "--ca-dn", "CN=root", "--path-length", "2")
    authority("middle", "--ca-dn", "CN=middle", "--path-length", "1", "--ca", "root")
    authority("ca", "--ca-dn", "CN=issuing", "--ca", "middle")


def chain(path):
    """The subjects of the certificates in a PEM file, in order."""
    parts = read(path).split("-----BEGIN CERTIFICATE-----")[1:]
    for number, part in enumerate(parts):
        write("part%d" % number, "-----BEGIN CERTIFICATE-----" + part)
    return [subject("part%d" % number) for number in range(len(parts))]


@test
def intermediates_stay_behind_the_certificate_even_when_only_the_issuing_ca_is_given():
    three_authorities()
    crt, _ = pair()
    whole = ["CN=n", "CN=issuing", "CN=middle"]
    assert chain(crt) == whole
    runs("openssl", "x509", "-in", "ca/ca/ca.crt", "-out", "one.crt")
    for more in (["--ca", "ca"], ["--ca-cert", "one.crt", "--ca-key", "ca/ca/ca.key"], ["--ca-cert", "ca/ca/ca.crt", "--ca-key", "ca/ca/ca.key"]):
        before = serial(crt)
        runs(CERTGEN, "renew", *more, "--force", crt)
        assert chain(crt) == whole and serial(crt) != before
    write(crt, read(crt) + read("root/ca/ca.crt"))
    renew("--force", crt)
    assert chain(crt) == whole + ["CN=root"]
    runs("openssl", "x509", "-in", crt, "-out", crt)
    renew("--force", crt)
    assert chain(crt) == whole
    write("pw", "secretpw", 0o600)
    runs(CERTGEN, "cert", "--ca", "ca", "--name", "k", "--out", "k.p12", *SECRET)
    before = sorted(entries("k.p12", "secretpw"))
    runs(CERTGEN, "renew", "--ca-cert", "one.crt", "--ca-key", "ca/ca/ca.key", "--force", "k.p12", *SECRET)
    assert sorted(entries("k.p12", "secretpw")) == before and len(before) == 3


@test
def certificate_chain_and_key_in_one_file_are_renewed_as_one_file():
    three_authorities()
    crt, key = pair("n", "x/")
    for number, text in enumerate((read(key) + read(crt), read(crt) + read(key), "# note\r\n" + read(crt) + "\n# end\n" + read(key))):
        path = "all%d.pem" % number
        write(path, text, 0o640)
        before = serial(path)
        result = renew(path, "--force")
        assert "all%d.pem" % number in result.err and os.listdir("x") == ["n"], result
        assert serial(path) != before and key_fits(path, path) and mode(path) == 0o640 and chain(path) == ["CN=n", "CN=issuing", "CN=middle"]
        assert read(key) in read(path) and ("# note\n" in read(path)) == (number == 2) and ("# end\n" in read(path)) == (number == 2)
        assert handshake("root/ca/ca.crt", path, path, "n") is None
        renew(path, "--force", "--new-key")
        assert read(key) not in read(path) and key_fits(path, path) and read(path).count("PRIVATE KEY-----") == 2
    write("pw", "secretpw", 0o600)
    runs("openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secretpw", "-out", "locked.key")
    write("locked.pem", read(crt) + read("locked.key"), 0o600)
    refuses(77, r"locked.pem'; give its passphrase: --pass-file, or CERTGEN_PASS_FILE", CERTGEN, "renew", "--ca", "ca", "locked.pem", "--force")
    renew("locked.pem", "--force", "--new-key", *SECRET)
    assert "ENCRYPTED" in read("locked.pem") and "BEGIN PRIVATE" not in read("locked.pem")
    assert "chain  ok" in run(CERTGEN, "verify", "locked.pem", *SECRET, "--ca", "root").out


@test
def two_pairs_in_one_file_are_both_renewed():
    authority()
    first, second = pair("a"), pair("b")
    write("both.pem", "".join(read(p) for p in first + second), 0o600)
    renew("both.pem", "--force")
    assert chain("both.pem") == ["CN=a", "CN=b"]
    text = read("both.pem")
    assert not any(read(p) in text for p in (first[0], second[0])) and all(read(p) in text for p in (first[1], second[1]))
    assert run(CERTGEN, "verify", "both.pem", "--ca", "ca").out.count("chain  ok") == 2


@test
def the_reason_is_the_true_one():
    authority()
    crt, _ = pair()
    assert 'why="it was asked for"' in renew("--force", crt).err
    assert 'why="it ends soon"' in renew("--within", "10y", crt).err
    signed_at("-20h", 1, crt)
    result = renew(crt)
    assert 'why="less than a third of its life is left"' in result.err, result


@test
def no_message_of_renew_names_an_option_that_it_has_not():
    authority()
    authority("other", "--ca-dn", "CN=other")
    pair("n", "certs/", "other")
    write("certs/x.p12", "nonsense")
    os.makedirs("empty")
    write("some.zip", "no archive")
    for path in ("certs", "certs/x.p12", "certs/n/n.crt", "empty", "some.zip", "none"):
        result = run(CERTGEN, "renew", "--ca", "ca", "--force", path)
        assert result.status not in (0, 70) and "--out" not in result.err, result


@test
def a_killed_change_of_keys_is_made_good_by_the_next_run():
    authority()
    crt, key = pair()
    runs(CERTGEN, "csr", "--name", "m", "--out", "m/")
    shutil.copy("m/m/m.key", key)  # the new key was written, its certificate was not
    result = renew("certs")
    assert 'why="it belongs to another key"' in result.err and read(key) == read("m/m/m.key") and key_fits(crt, key)
    shutil.copy("ca/ca/ca.key", key)
    renew("certs", "--new-key")
    assert read(key) == read("ca/ca/ca.key") and key_fits(crt, key), "a second new key is needless"


@test
def two_certificates_with_one_key_never_get_two():
    authority()
    crt, key = pair()
    shutil.copy(crt, crt.replace(".crt", ".pem"))
    refuses(80, r"shares its key with another; renew it without --new-key", CERTGEN, "renew", "--ca", "ca", "certs", "--force", "--new-key")
    assert key_fits(crt, key)


@test
def links_are_not_followed_and_not_replaced_unless_they_are_named():
    authority()
    crt, key = pair("n", "store/")
    os.makedirs("certs")
    for path in (crt, key):
        os.symlink("../" + path, "certs/" + os.path.basename(path))
    os.symlink("..", "store/loop")
    before = serial(crt)
    result = refuses(65, r"there is no certificate with its key in 'certs'", CERTGEN, "renew", "--ca", "ca", "certs", "--force")
    assert "a symbolic link: passed over path=n.crt" in result.err and serial(crt) == before, result
    renew("certs/n.crt", "--force")
    assert os.path.islink("certs/n.crt") and serial(crt) != before and key_fits(crt, key)
    before = serial(crt)
    assert renew("store", "--force").err.count("signed again") == 1 and serial(crt) != before


@test
def a_ca_that_was_renewed_with_its_key_renews_what_it_signed_before():
    authority()
    crt, key = pair()
    runs("openssl", "req", "-x509", "-new", "-key", "ca/ca/ca.key", "-subj", "/CN=stackseal CA", "-days", "9000", "-out", "new.crt")
    runs(CERTGEN, "renew", "--ca-cert", "new.crt", "--ca-key", "ca/ca/ca.key", "--force", crt)
    assert openssl_verifies("new.crt", crt) and openssl_verifies("ca/ca/ca.crt", crt) and key_fits(crt, key)


@test
def archives_are_renewed_entry_by_entry():
    authority()
    authority("other", "--ca-dn", "CN=other")
    for name, ca in (("a", "ca"), ("b", "other")):
        runs(CERTGEN, "cert", "--pem", "--ca", ca, "--name", name, "--out", "c.zip")
    runs(CERTGEN, "cert", "--pem", "--ca", "ca", "--name", "f", "--out", "f/")
    extract("c.zip", "before")
    refuses(80, r"another CA signed 'c.zip:b/b.crt'", CERTGEN, "renew", "--ca", "ca", "c.zip", "--force")
    extract("c.zip", "after")
    assert read("after/b/b.crt") == read("before/b/b.crt") and serial("after/a/a.crt") != serial("before/a/a.crt")
    assert key_fits("after/a/a.crt", "after/a/a.key") and read("after/a/a.key") == read("before/a/a.key")
    before = identity(".")
    result = run(CERTGEN, "renew", "--ca", "ca", "c.zip", "--within", "10y", "--check")
    assert result.status == 80 and "would write" in result.err and identity(".") == before, result


@test
def a_key_of_a_pkcs12_file_can_be_read_by_others_after_renewal():
    authority()
    write("pw", "secretpw", 0o600)
    crt, key = pair("n", "x/", "ca", "--key", "rsa2048")
    runs("openssl", "pkcs12", "-export", "-in", crt, "-inkey", key, "-certfile", "ca/ca/ca.crt", "-name", "One Two", "-out", "o.p12", "-passout",
         "pass:secretpw")
    before = serial(crt)
    renew("o.p12", "--force", *SECRET)
    p12_split("o.p12", "secretpw", "o.crt", "o.key")
    assert serial("o.crt") != before and public_key("o.crt") == public_key(crt) == public_key("o.key")
    assert sorted(entries("o.p12", "secretpw")) == ["CN = n", "CN = stackseal CA"], entries("o.p12", "secretpw")


@test
def the_locked_ca_in_the_folder_needs_no_passphrase_but_its_own():
    write("pw", "secretpw", 0o600)
    runs(CERTGEN, "ca", "--pem", "--out", "all/", *SECRET)
    runs(CERTGEN, "ca", "--out", "all/ca.p12", *SECRET)
    opens = ["--ca-pass-file", "pw"]
    for ca, name in (("all/ca", "a"), ("all/ca.p12", "b")):
        runs(CERTGEN, "cert", "--pem", "--ca", ca, *opens, "--name", name, "--out", "c-%s/" % name)
        os.rename("c-%s/%s" % (name, name), "all/" + name)
    for path in ("all/ca.p12", "all/b"):
        os.rename(path, path.replace("all/", ""))
    runs(CERTGEN, "renew", "--ca", "all/ca", *opens, "all", "--force")
    for path in ("all/ca.p12", "all/b"):
        os.rename(path.replace("all/", ""), path)
    shutil.rmtree("all/a")
    before = serial("all/b/b.crt")
    runs(CERTGEN, "renew", "--ca", "all/ca.p12", *opens, "all", "--force")
    assert serial("all/b/b.crt") != before


@test
def a_path_that_is_not_there_keeps_the_others_from_nothing():
    authority()
    crt, _ = pair()
    before = serial(crt)
    refuses(66, r"there is no 'none'", CERTGEN, "renew", "--ca", "ca", "--force", "none", "certs")
    assert serial(crt) != before
    write(crt, "nonsense")
    refuses(65, r"2 files were not renewed", CERTGEN, "renew", "--ca", "ca", "certs", "gone")


@test
def what_has_expired_is_renewed_and_an_expired_ca_signs_nothing():
    authority()
    crt, _ = pair()
    signed_at("-50d", 10, crt)
    before = serial(crt)
    renew("certs")
    assert serial(crt) != before and openssl_verifies("ca/ca/ca.crt", crt)
    for shift, why in (("-150d", r"has expired"), ("+50d", r"is not valid yet; is the clock")):
        runs("faketime", "-f", shift, "openssl", "req", "-x509", "-key", "ca/ca/ca.key", "-subj", "/CN=old", "-days", "100", "-out", "ca.crt",
             "-addext", "keyUsage=critical,keyCertSign")
        refuses(78, why, CERTGEN, "renew", "--ca-cert", "ca.crt", "--ca-key", "ca/ca/ca.key", "--force", "certs")


main()
