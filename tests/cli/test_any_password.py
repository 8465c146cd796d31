"""Whatever password a user gives comes out as it went in, of every file that init writes it to.

SEED=N repeats a run. internal_users.yml is not among the files: it holds no password, only hashes of none.
"""

import os
import random

from blackbox import INIT, Place, inside, main, runs, test, write

SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
print("# SEED=%d" % SEED, flush=True)
draw = random.Random(SEED)

ASCII = "".join(map(chr, range(0x20, 0x7f)))
# Printable, and hard on somebody: blanks that are none, letters that change length with case, joiners,
# the private and the last planes, what looks like an escape, an ending or a reference.
WIDE = [c for c in map(chr, range(0xa0, 0x3100)) if c.isprintable()] + list("\u00a0\u3000\ufeff\ufffd\ue000\U0001f511\U0010fffd")
HARD = [ASCII, ASCII[::-1], "${x}%s\\n", "'\"'\"'", "password: |", "a" * 300, "\u2028\u2029\u2028\u2029\u2028\u2029",
        "=cmd|' /C'!A0", "&amp;<b>", "{{x}}[[y]]", "#!%@`~*?", "true\u00a0", "0123456789", "-x --pass", "\\\\\\\\\\\\"]
USERS = ["ELASTIC", "KIBANA_SYSTEM", "LOGSTASH_SYSTEM", "BEATS_SYSTEM", "APM_SYSTEM", "REMOTE_MONITORING_USER"]


def any_password():
    alphabet = draw.choice([ASCII, WIDE, ASCII + "".join(WIDE), "\\\"'$ #:{}%"])
    return "".join(draw.choice(alphabet) for _ in range(draw.choice([6, 7, 20, 64, 200])))


def passwords(count):
    return (HARD + [any_password() for _ in range(count)])[:max(count, len(HARD))]


def bytes_of(path):
    with open(path, "rb") as f:
        return f.read()


def stack(role):
    return "instances:\n  - {name: es01, dns: localhost}\n  - {name: one, role: %s, dns: localhost}\n" % role


def show(path, name, *more):
    runs(INIT, "keystore", "show", "--keystore", path, "-q", "-f", "-o", "value", name, *more)
    return bytes_of("value").decode()


@test
def any_password_survives_the_store():
    given = [p for p in passwords(5 * len(USERS)) if len(p) >= 6]
    for first in range(0, len(given) - len(USERS) + 1, len(USERS)):
        with inside("round-%d" % first):
            place = Place(1)
            wanted = dict(zip(USERS, given[first:first + len(USERS)]))
            env = {}
            for user, password in wanted.items():
                write(user, password + draw.choice(["", "\n"]), 0o600)
                env["STACKSEAL_PASSWORD_%s_FILE" % user] = user
            place.prepare(env=env)
            for user, password in wanted.items():
                assert bytes_of(place.store + "/passwords/" + user.lower()) == password.encode(), (user, password)


@test
def any_password_survives_each_products_keystore_from_a_mounted_secret():
    given = passwords(30)
    for role, folder in ("elasticsearch", ""), ("kibana", ""), ("filebeat", "data/"):
        with inside(role):
            place = Place(text=stack(role))
            os.mkdir("settings")
            for i, password in enumerate(given):
                write("settings/n%d" % i, password + draw.choice(["", "\n"]))
            place.prepare("one", "--secure-settings", "settings")
            for i, password in enumerate(given):
                assert show("%s/%s%s.keystore" % (place.config("one"), folder, role), "n%d" % i) == password, (role, password)


@test
def any_password_survives_being_a_line_of_standard_input_and_locking_a_keystore():
    given = passwords(24)
    names = ["n%d" % i for i in range(len(given))]
    for file in "elasticsearch.keystore", "kibana.keystore":
        for lock in draw.sample(given, 3):
            write("lock", lock + "\n", 0o600)
            more = ["--pass-file", "lock"]
            runs(INIT, "keystore", "create", "-q", "-f", "--keystore", file, *more)
            runs(INIT, "keystore", "add", "-q", "-x", "--keystore", file, *more, *names,
                 stdin="".join(password + "\n" for password in given))
            for i in draw.sample(range(len(given)), 6):
                assert show(file, names[i], *more) == given[i], (file, lock, given[i])


main()
