"""Passphrases of certgen: from wherever they are kept, hidden on a terminal, gone from where others can read them."""

import contextlib
import os
import re
import subprocess

from blackbox import CERTGEN, clean_env, main, read, refuses, run, runs, test, write
from certificates import alternative_names, p12_aliases, p12_opens
from terminal import Terminal

SECRET = "correct horse, battery!"
NO_TERMINAL = r"without a value asks on the terminal, and there is none"


def opens(key, secret=SECRET):
    return run("openssl", "pkey", "-in", key, "-passin", "pass:" + secret, "-noout").status == 0


def locked_ca():
    write("pw", SECRET + "\n", 0o600)
    runs(CERTGEN, "ca", "--pem", "--pass-file", "pw", "--out", "ca/")
    runs(CERTGEN, "ca", "--pass-file", "pw", "--out", "ca.p12")


@contextlib.contextmanager
def descriptor(text):
    """An open descriptor that can be read once."""
    there, here = os.pipe()
    os.write(here, text.encode())
    os.close(here)
    try:
        yield there
    finally:
        os.close(there)


def run_with_descriptor(text, *words):
    with descriptor(text) as fd:
        done = subprocess.run([CERTGEN, *words, str(fd)], env=clean_env(), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, pass_fds=[fd], check=False)
    assert done.returncode == 0, done
    return done


@test
def a_passphrase_comes_from_five_places_and_locks_pem_and_pkcs12():
    write("pw", SECRET + "\n", 0o600)
    write("pw-crlf", SECRET + "\r\n", 0o600)
    write("pw-bare", SECRET, 0o600)
    for number, (more, env) in enumerate((
            (["--pass-file", "pw"], {}), (["--pass-file", "pw-crlf"], {}), (["--pass-file", "pw-bare"], {}),
            ([], {"CERTGEN_PASS": SECRET}), ([], {"CERTGEN_PASS_FILE": "pw"}), (["--pass", SECRET], {}), (["--pass=" + SECRET], {}),
            (["-pass", SECRET], {}))):
        result = runs(CERTGEN, "ca", "--pem", "--out", "%d/" % number, *more, env=env)
        assert opens("%d/ca/ca.key" % number) and not opens("%d/ca/ca.key" % number, "wrong"), (more, env)
        runs(CERTGEN, "ca", "--out", "%d.p12" % number, *more, env=env)
        assert p12_opens("%d.p12" % number, SECRET) and not p12_opens("%d.p12" % number, ""), (more, env)
        assert ("on the command line" in result.err) == any("-pass" in w and "file" not in w for w in more), result
        assert SECRET not in result.err + result.out
    run_with_descriptor(SECRET + "\n", "ca", "--pem", "--out", "fd/", "--pass-fd")
    assert opens("fd/ca/ca.key")


@test
def an_empty_passphrase_is_none():
    for number, more in enumerate((["--pass", ""], ["--pass="])):
        runs(CERTGEN, "ca", "--pem", "--out", "%d/" % number, *more)
        assert "ENCRYPTED" not in read("%d/ca/ca.key" % number)
        runs(CERTGEN, "ca", "--out", "%d.p12" % number, *more)
        assert p12_opens("%d.p12" % number, "")
    write("empty", "\n", 0o600)
    refuses(78, r"the passphrase in 'empty' is empty; leave the option out to have none", CERTGEN, "ca", "--out", "x.p12", "--pass-file", "empty")


@test
def two_sources_at_once_are_refused():
    write("pw", SECRET, 0o600)
    both = [["--pass", "x"], ["--pass-file", "pw"], ["--pass-fd", "0"]]
    for one in both:
        for other in both:
            if one != other:
                refuses(64, r"give one of --pass, --pass-file and --pass-fd", CERTGEN, "ca", "--pem", "--out", "x/", *one, *other)
    ca = [CERTGEN, "cert", "--ca", "ca", "--out", "x/", "--pem", "--ca-pass", "x", "--ca-pass-file", "pw"]
    refuses(64, r"give one of --ca-pass, --ca-pass-file and --ca-pass-fd", *ca)
    refuses(78, r"CERTGEN_PASS", CERTGEN, "ca", "--pem", "--out", "x/", env={"CERTGEN_PASS": "x", "CERTGEN_PASS_FILE": "pw"})
    refuses(64, r"--pass-fd takes the number of an open descriptor", CERTGEN, "ca", "--pem", "--out", "x/", "--pass-fd", "x")
    refuses(66, r"cannot open 'none'", CERTGEN, "ca", "--pem", "--out", "x/", "--pass-file", "none")
    assert not os.path.exists("x")


@test
def without_a_terminal_a_passphrase_that_is_asked_for_is_a_refusal():
    for words in (["ca", "--pass"], ["ca", "--pem", "--out", "x/", "--pass"], ["csr", "--pass"], ["cert", "--self-signed", "--pass"]):
        refuses(64, r"--pass " + NO_TERMINAL + r"; give --pass-file, or set CERTGEN_PASS_FILE", CERTGEN, *words, stdin="")
    locked_ca()
    refuses(64, r"--ca-pass " + NO_TERMINAL + r"; give --ca-pass-file, or set CERTGEN_CA_PASS_FILE", CERTGEN, "cert", "--ca", "ca",
            "--ca-pass", "--out", "x.p12", stdin="")
    refuses(77, r"give its passphrase: --ca-pass-file, or CERTGEN_CA_PASS_FILE", CERTGEN, "cert", "--ca", "ca", "--out", "x.p12", stdin="")
    assert sorted(os.listdir(".")) == ["ca", "ca.p12", "pw"]


@test
def a_passphrase_on_the_command_line_is_gone_from_there_and_from_the_environment():
    locked_ca()
    for number, (more, env) in enumerate(((["--pass", "topsecret"], {}), (["--pass=topsecret"], {}), ([], {"CERTGEN_PASS": "topsecret"}))):
        term = Terminal(CERTGEN, "cert", "--ca", "ca", "--out", "%d.p12" % number, *more, env=env)
        term.expect(r"passphrase of 'ca': ")  # it waits here, the other passphrase read
        for name in ("cmdline", "environ"):
            with open("/proc/%d/%s" % (term.pid, name), "rb") as f:
                assert b"topsecret" not in f.read(), name
        os.write(term.fd, (SECRET + "\n").encode())
        assert term.end()[0] == 0 and p12_opens("%d.p12" % number, "topsecret")


@test
def the_ca_opens_with_its_own_passphrase_in_whatever_it_lies():
    locked_ca()
    for number, ca in enumerate((["--ca", "ca"], ["--ca", "ca.p12"], ["--ca-cert", "ca/ca/ca.crt", "--ca-key", "ca/ca/ca.key"])):
        for kind, (more, env) in enumerate(((["--ca-pass-file", "pw"], {}), (["--ca-pass", SECRET], {}), ([], {"CERTGEN_CA_PASS": SECRET}),
                                            ([], {"CERTGEN_CA_PASS_FILE": "pw"}))):
            out = "%d-%d.p12" % (number, kind)
            result = runs(CERTGEN, "cert", *ca, *more, "--pass", "other", "--out", out, env=env)
            assert p12_aliases(out, "other") == {"instance": "key", "ca": "trusted"}, result
        run_with_descriptor(SECRET, "cert", *ca, "--out", "%d-fd.p12" % number, "--ca-pass-fd")
        refuses(77, r"check the passphrase of the CA", CERTGEN, "cert", *ca, "--ca-pass", "wrong", "--out", "x.p12")
    assert not os.path.exists("x.p12")


@test
def a_locked_key_is_read_by_openssl_in_the_new_and_in_the_old_way():
    for number, (more, scheme) in enumerate(((["--pass", SECRET], "PBES2"), (["--pass", SECRET, "--legacy"], "pbeWithSHA1And3-KeyTripleDES"))):
        for kind in ("p256", "rsa2048"):
            out = "%d-%s/" % (number, kind)
            runs(CERTGEN, "cert", "--self-signed", "--pem", "--key", kind, "--out", out, *more)
            key = out + "instance/instance.key"
            assert read(key).startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n") and opens(key)
            assert scheme in runs("openssl", "asn1parse", "-in", key).out
    runs(CERTGEN, "cert", "--self-signed", "--legacy", "--pass", SECRET, "--out", "old.p12")
    info = run("openssl", "pkcs12", "-info", "-legacy", "-in", "old.p12", "-passin", "pass:" + SECRET, "-nodes")
    assert "SHA1" in info.err and "pbeWithSHA1And3-KeyTripleDES-CBC" in info.err, info


@test
def on_a_terminal_the_passphrase_is_asked_for_twice_and_never_shown():
    for words in (["ca", "--out", "asked.p12"], ["ca", "--pass", "--out", "flag.p12"]):
        term = Terminal(CERTGEN, *words)
        term.answer(r"passphrase for what is made \(enter for none\): ", SECRET + "\n")
        term.answer(r"the same again: ", SECRET + "\n")
        status, shown = term.end()
        assert status == 0 and SECRET not in shown, shown
        assert p12_opens(words[-1], SECRET)
    term = Terminal(CERTGEN, "ca", "--out", "none.p12")
    term.answer(r"\(enter for none\): ", "\n")
    assert term.end()[0] == 0 and p12_opens("none.p12", "")


@test
def two_different_answers_or_none_end_in_nothing():
    term = Terminal(CERTGEN, "ca", "--out", "x.p12")
    term.answer(r"\(enter for none\): ", "one\n")
    term.answer(r"the same again: ", "two\n")
    status, shown = term.end()
    assert status == 64 and "the two are not the same; nothing was done" in shown, shown
    for key in ("\x03", "\x04"):
        term = Terminal(CERTGEN, "ca", "--out", "x.p12")
        term.answer(r"\(enter for none\): ", key)
        status, shown = term.end()
        assert status == 64 and "no answer was given; nothing was done" in shown, (key, shown)
    assert os.listdir(".") == []


@test
def pem_asks_for_no_passphrase_unless_it_is_told_to():
    term = Terminal(CERTGEN, "ca", "--pem", "--out", "ca/")
    status, shown = term.end()
    assert status == 0 and "passphrase" not in shown, shown
    term = Terminal(CERTGEN, "ca", "--pem", "--out", "locked/", "--pass")
    term.answer(r"\(enter for none\): ", SECRET + "\n")
    term.answer(r"the same again: ", SECRET + "\n")
    assert term.end()[0] == 0 and opens("locked/ca/ca.key")


@test
def the_passphrase_of_a_ca_is_asked_for_once_and_only_when_it_is_locked():
    locked_ca()
    runs(CERTGEN, "ca", "--pem", "--out", "free/")
    for number, ca in enumerate(("ca", "ca.p12")):
        term = Terminal(CERTGEN, "cert", "--pem", "--ca", ca, "--out", "n%d/" % number)
        term.answer(r"passphrase of '%s': " % re.escape(ca), SECRET + "\n")
        status, shown = term.end()
        assert status == 0 and SECRET not in shown and "again" not in shown, shown
    term = Terminal(CERTGEN, "cert", "--pem", "--ca", "free", "--out", "f/")
    status, shown = term.end()
    assert status == 0 and "passphrase" not in shown, shown
    term = Terminal(CERTGEN, "cert", "--pem", "--ca", "ca", "--out", "x/")
    term.answer(r"passphrase of 'ca': ", "wrong\n")
    assert term.end()[0] == 77 and not os.path.exists("x")


@test
def the_terminal_shows_again_what_is_typed_when_certgen_has_ended():
    term = Terminal("/bin/sh", "-c", '%s ca --out x.p12; stty -a; echo "end"' % CERTGEN)
    term.answer(r"\(enter for none\): ", "\x03")
    shown = term.end()[1]
    assert re.search(r"[^-]echo\b", shown) and re.search(r"[^-]isig\b", shown), shown


@test
def multiple_asks_for_instances_until_an_empty_name():
    term = Terminal(CERTGEN, "cert", "--self-signed", "--pem", "--multiple", "--out", "certs/")
    for name, dns, ip in (("a", "a, localhost", "127.0.0.1"), ("b #'x", "", "")):
        term.answer(r"name of an instance \(enter ends\): ", name + "\n")
        term.answer(r"host names, comma-separated: ", dns + "\n")
        term.answer(r"addresses, comma-separated: ", ip + "\n")
    term.answer(r"name of an instance \(enter ends\): ", "\n")
    assert term.end()[0] == 0
    assert sorted(os.listdir("certs")) == ["a", "b #'x"]
    assert alternative_names("certs/a/a.crt") == ["DNS:a", "DNS:localhost", "IP Address:127.0.0.1"]


@test
def renew_asks_for_the_passphrase_of_what_it_finds_once_and_only_when_something_is_locked():
    runs(CERTGEN, "ca", "--pem", "--out", "ca/")
    for name in ("a", "b"):
        runs(CERTGEN, "cert", "--pem", "--ca", "ca", "--name", name, "--out", "certs/", "--pass", SECRET)
    runs(CERTGEN, "cert", "--ca", "ca", "--name", "c", "--out", "certs/c.p12", "--pass", SECRET)
    runs(CERTGEN, "cert", "--pem", "--ca", "ca", "--name", "f", "--out", "free/")
    term = Terminal(CERTGEN, "renew", "--ca", "ca", "certs", "--force")
    term.answer(r"passphrase of what is locked in 'certs': ", SECRET + "\n")
    status, shown = term.end()
    assert status == 0 and shown.count("signed again") == 3 and SECRET not in shown and "passphrase" not in shown, shown
    assert opens("certs/a/a.key") and p12_opens("certs/c.p12", SECRET)
    term = Terminal(CERTGEN, "renew", "--ca", "ca", "free", "--force")
    status, shown = term.end()
    assert status == 0 and "passphrase" not in shown, shown
    term = Terminal(CERTGEN, "renew", "--ca", "ca", "certs", "free", "--force")
    term.answer(r"passphrase of what is locked in 'certs': ", "wrong\n")
    status, shown = term.end()
    assert status == 77 and "3 files were not renewed" in shown and "signed again path=free/f/f.crt" in shown, shown


@test
def verify_asks_for_the_passphrase_of_a_locked_ca():
    locked_ca()
    runs(CERTGEN, "cert", "--pem", "--ca", "ca.p12", "--ca-pass", SECRET, "--name", "n", "--out", "certs/")
    term = Terminal(CERTGEN, "verify", "certs", "--ca", "ca.p12")
    term.answer(r"passphrase of 'ca.p12': ", SECRET + "\n")
    status, shown = term.end()
    assert status == 0 and "chain  ok" in shown and SECRET not in shown, shown
    refuses(77, r"ca.p12", CERTGEN, "verify", "certs", "--ca", "ca.p12", stdin="")


# Words, what certgen says, and with which status: a passphrase that was put wrongly.
MISPUT = [
    (["cert", "--pass", "-Xyz1"], 64, r"unknown option behind --pass; .* --pass=VALUE"),
    (["cert", "--pass", "my", "Xyz1"], 64, r"a word too many for certgen cert behind --pass; .*quotes"),
    (["ca", "--pass=my", "Xyz1"], 64, r"a word too many for certgen ca behind --pass"),
    (["ca", "--passXyz1"], 64, r"unknown option '--pass\.\.\.'"),
    (["ca", "-passXyz1"], 64, r"unknown option '-p\.\.\.'"),
    (["ca", "-pXyz1"], 64, r"unknown option '-p\.\.\.'"),
    (["ca", "--pas=Xyz1"], 64, r"unknown option '--pas' .*did you mean --pass"),
    (["ca", "--password=Xyz1"], 64, r"unknown option '--pass\.\.\.'"),
    (["ca", "--password", "Xyz1"], 64, r"unknown option '--pass\.\.\.'"),
    (["csr", "--ca-pass=Xyz1"], 64, r"unknown option '--ca-pass'"),
    (["csr", "--new-passXyz1"], 64, r"unknown option '--new-pass\.\.\.'"),
    (["sign", "--ca", "ca", "--ca-pass", "my", "Xyz1"], 66, r"word 1 of what was named is no file; it is not shown"),
    (["renew", "--pass", "my", "Xyz1", "--ca", "ca"], 66, r"word 1 of what was named is no file; it is not shown"),
    (["inspect", "ca", "--pass", "my", "Xyz1"], 66, r"word 2 of what was named is no file; it is not shown"),
    (["verify", "ca", "--ca", "ca", "--ca-pass", "my", "Xyz1"], 66, r"word 2 of what was named is no file"),
    (["fingerprint", "--pass=my", "Xyz1", "ca"], 66, r"word 1 of what was named is no file"),
    (["convert", "ca", "--out", "x.p12", "--new-pass", "my", "Xyz1"], 66, r"word 2 of what was named is no file"),
    (["bundle", "ca", "--out", "x.p12", "--new-pass", "my", "Xyz1"], 66, r"word 2 of what was named is no file"),
    (["ca", "--pass-fd", "Xyz1"], 64, r"--pass-fd takes the number of an open descriptor"),
    (["--pass=Xyz1", "ca"], 64, r"unknown command 'certgen --pass\.\.\.'"),
    (["pass=Xyz1", "ca"], 64, r"unknown command 'certgen pass\.\.\.'"),
    (["ca", "pass=Xyz1"], 64, r"certgen ca takes no word such as 'pass'"),
]


@test
def a_passphrase_that_is_put_wrongly_is_in_no_message():
    runs(CERTGEN, "ca", "--pem", "--out", "./")
    for words, status, line in MISPUT:
        for more in ([], ["--log-format=json"] if words[0][0].isalpha() and "=" not in words[0] else []):
            result = run(CERTGEN, words[0], *more, *words[1:])
            assert result.status == status and re.search(line, result.err), result
            assert "Xyz" not in result.err + result.out, result


main()
