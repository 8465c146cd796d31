"""The programs for arm64, under emulation."""

import os

from blackbox import BIN, Place, handshake, main, runs, test, tree

QEMU = "qemu-aarch64-static"
INIT = BIN + "/aarch64/init"
CERTGEN = BIN + "/aarch64/certgen"
MIB = 1024 * 1024


@test
def both_programs_are_static_pie_for_arm64_and_small():
    for program in (INIT, CERTGEN):
        said = runs("file", program).out
        assert "ARM aarch64" in said and "static-pie linked" in said, said
        assert os.stat(program).st_size < 6 * MIB, os.stat(program).st_size


@test
def init_and_certgen_do_their_work():
    place = Place()
    words = [QEMU, INIT] + place.words()[1:]
    runs(*words)
    place.check_node("es01")
    before = tree(place.store, place.config())
    assert "changed=0" in runs(*words).err
    assert tree(place.store, place.config()) == before
    runs(QEMU, CERTGEN, "ca", "--pem", "--out", "./", "--key", "rsa2048")
    runs(QEMU, CERTGEN, "cert", "--pem", "--ca", "ca", "--name", "n", "--dns", "n", "--out", "./")
    assert handshake("ca/ca.crt", "n/n.crt", "n/n.key", "n") is None


main()
