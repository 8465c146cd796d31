"""Passwords that a user gives: every character of theirs survives whatever we write, and what could not is refused."""

import base64
import hashlib
import json
import os
import random
import re

from blackbox import Place, inside, main, read, refuses, runs, test, write

from elasticsearch import BUILT_IN
from sealing import Sealed

SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(2**32)))
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
# Latin, combining marks, Cyrillic, kana, private use, emoji, and what readers of YAML take for a line's end or drop.
OTHERS = [(0xA1, 0x2FF), (0x300, 0x36F), (0x400, 0x4FF), (0x3040, 0x30FF), (0xE000, 0xE0FF), (0x1F300, 0x1F5FF), (0x2028, 0x2029),
          (0xFEFF, 0xFEFF), (0xFFFD, 0xFFFF), (0x10FFFF, 0x10FFFF)]
KNOWN = ["${ELASTIC_PASSWORD}", "$$${x:y}", "a:b:c:d", "'single\"double`", "\\\\n\\u0041\\", "  blanks  ", "# comment", "{PBKDF2}1000$a$b",
         "null: ~ ", "[1, 2]", "123456", "1e1000", "!!binary x", "%s%n%d%%", "-starts-with-a-dash", "<>&amp;'", PRINTABLE, "\u00e9\u0065\u0301\u2028\ufeff-."]


def random_password(dice):
    def one():
        if dice.random() < 0.6:
            return dice.choice(PRINTABLE)
        low, high = dice.choice(OTHERS)
        return chr(dice.randint(low, high))
    return "".join(one() for _ in range(dice.choice([6, 7, 12, 24, 72, 73, 200])))


def fits(text, password):
    rounds, salt, key = re.fullmatch(r"\{PBKDF2_STRETCH\}(\d+)\$([^$]+)\$([^$]+)", text).groups()
    return hashlib.pbkdf2_hmac("sha512", hashlib.sha512(password.encode()).hexdigest().encode(), base64.b64decode(salt), int(rounds),
                               32) == base64.b64decode(key)


@test
def every_character_survives_the_store_the_file_realm_and_the_way_to_the_cluster():
    print("# SEED=%d" % SEED)
    dice = random.Random(SEED)
    for number in range(3):
        with inside(str(number)):
            names = ["user%d" % i for i in range(24)]
            s = Sealed("basic", more="users:\n" + "".join("  - {name: %s, roles: viewer}\n" % name for name in names), prepare=False)
            passwords = dict(zip(list(BUILT_IN) + names, (KNOWN if number == 0 else []) + [random_password(dice) for _ in range(30)]))
            env = {}
            os.mkdir(s.place.store + "/passwords", 0o700)
            for i, (user, password) in enumerate(passwords.items()):
                variable = "STACKSEAL_PASSWORD_" + user.upper()
                if i % 3 == 0:
                    env[variable] = password
                elif i % 3 == 1:
                    write(os.path.abspath(user), password + "\n", 0o600)
                    env[variable + "_FILE"] = os.path.abspath(user)
                else:
                    write(s.place.store + "/passwords/" + user, password, 0o600)
            s.place.prepare("es01", env=env)
            s.prepare()
            assert {user: read_exactly(s.place.store + "/passwords/" + user) for user in passwords} == passwords
            with s.serving():
                runs(*s.words())
            assert s.cluster.passwords == passwords
            bodies = [json.loads(body) for method, path, body in s.cluster.sent if method == "PUT" and "/user/" in path]
            assert sorted(body["password"] for body in bodies) == sorted(passwords.values())
            s.place.prepare("es01", "--accounts", "file")
            lines = [line for line in read(s.place.config() + "/users").splitlines() if not line.startswith("#")]
            hashes = dict(line.split(":", 1) for line in lines)
            assert len(lines) == len(passwords) and all(fits(hashes[user], password) for user, password in passwords.items())
            with s.serving():
                runs(*s.words("seal", "--accounts", "file"))


def read_exactly(path):
    with open(path, "rb") as f:
        return f.read().decode()


@test
def what_is_no_line_of_text_is_refused_and_named():
    for given, words in ((b"tab\tinside", "holds a control character"), (b"two\nlines", "holds a control character"),
                         (b"escape\x1b[0m", "holds a control character"), (b"next\xc2\x85line", "holds a control character"),
                         (b"latin \xe9\xe8\xe0", "is not UTF-8"), (b"torn \xe2\x82", "is not UTF-8"), (b"surrogate \xed\xa0\x80", "is not UTF-8"),
                         (b"nul\0inside", "holds a NUL character"), (b"\xc3\xa4\xc3\xb6\xc3\xbc", "is shorter than 6 characters")):
        with inside("round"):
            place = Place(1)
            with open("given", "wb") as f:
                f.write(given)
            refuses(78, "the password in STACKSEAL_PASSWORD_ELASTIC " + words, *place.words(), env={"STACKSEAL_PASSWORD_ELASTIC_FILE": os.path.abspath("given")})
            assert not os.path.exists(place.store + "/passwords/elastic")
            if "shorter" not in words:
                os.makedirs(place.store + "/passwords", exist_ok=True)
                os.rename("given", place.store + "/passwords/elastic")
                place.refuses(65, "password file '.*/passwords/elastic' %s; write one line of text to it" % words)
        runs("rm", "-r", "round")


@test
def a_generated_password_needs_no_quotes_anywhere():
    place = Place(1)
    place.prepare()
    for user in BUILT_IN:
        password = read(place.store + "/passwords/" + user)
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{23}", password), "it begins with a letter, and holds nothing that a reader might take for its own"


main()
