"""What certgen shows of strangers' files: inspect, verify, fingerprint. Nothing in them may steer the terminal."""

import json
import os
import re

from blackbox import CERTGEN, main, run, runs, test, write

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


main()
