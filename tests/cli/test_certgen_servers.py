"""certgen looks at servers: one clear line and a time limit for each way in which they can misbehave."""

import contextlib
import os
import socket
import ssl
import threading
import time

from blackbox import CERTGEN, main, read, refuses, run, runs, test, write

PATIENCE = ["--timeout", "2s"]
MOST_SECONDS = 60  # of a run with two seconds of patience; the machine may be busy, not asleep


def pair():
    """A CA and a certificate of it for localhost: ca/ca/ca.crt, n/n/n.crt with its key."""
    runs(CERTGEN, "ca", "--pem", "--out", "ca/")
    runs(CERTGEN, "cert", "--pem", "--name", "n", "--dns", "localhost,es01", "--ca", "ca/ca", "--out", "n/")


@contextlib.contextmanager
def server(handle, address="127.0.0.1", port=0):
    """handle(socket) runs for each connection; the block gets the port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(8)

    def one(connection):
        with connection, contextlib.suppress(OSError):
            handle(connection)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def tls(cert="n/n/n.crt", key="n/n/n.key", client_ca=None, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if version:
        context.maximum_version = version
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED

    def handle(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    return handle


def hang(connection):
    while connection.recv(4096):
        pass


def trickle(connection):
    """The head of a TLS record that is long, then a byte of it from time to time."""
    connection.sendall(b"\x16\x03\x03\x40\x00")
    while True:
        time.sleep(0.2)
        connection.sendall(b"\x02")


def fails(status, line, address):
    """In one line, and in time."""
    begun = time.monotonic()
    for command in ("inspect", "verify", "fingerprint"):
        result = refuses(status, line, CERTGEN, command, address, *PATIENCE)
        assert len(result.err.splitlines()) == 1 and not result.out, result
    assert time.monotonic() - begun < 3 * MOST_SECONDS


@test
def a_server_that_says_nothing_is_given_up():
    with server(hang) as port:
        fails(69, r"'localhost:%d' did not answer in time; is it the right port\? --timeout waits longer" % port, "localhost:%d" % port)
    with server(trickle) as port:
        fails(69, r"'127.0.0.1:%d' did not answer in time" % port, "127.0.0.1:%d" % port)


@test
def a_server_that_hangs_up_is_said_to_have_done_so():
    with server(lambda c: None) as port:
        fails(76, r"'127.0.0.1:%d' hung up during the handshake; is it the right port\?" % port, "127.0.0.1:%d" % port)
    with server(lambda c: c.recv(4096)) as port:
        fails(76, r"'127.0.0.1:%d' hung up during the handshake" % port, "127.0.0.1:%d" % port)


@test
def a_server_that_speaks_something_else_is_said_to_speak_no_tls():
    for text in (b"HTTP/1.1 400 Bad Request\r\n\r\n", os.urandom(5) * 1000, b"\x15\x03\x03\x00\x02\x02\x28", b"\x00"):
        def answer(c, text=text):
            c.recv(4096)
            c.sendall(text)
            hang(c)
        with server(answer) as port:
            result = run(CERTGEN, "inspect", "127.0.0.1:%d" % port, *PATIENCE)
            assert result.status in (76, 69) and len(result.err.splitlines()) == 1, result
            assert result.status == 69 or "'127.0.0.1:%d' speaks no TLS that we know" % port in result.err, result


@test
def a_server_that_wants_a_client_certificate_shows_its_own_first():
    pair()
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with server(tls(client_ca="ca/ca/ca.crt", version=version)) as port:
            result = runs(CERTGEN, "verify", "127.0.0.1:%d" % port, "--ca", "ca/ca/ca.crt", "--dns", "es01", *PATIENCE)
            assert "key    not asked" in result.out and "mode   not asked" in result.out, result
            # Behind it the CA: Python's server completes its chain.
            shown = runs(CERTGEN, "fingerprint", "127.0.0.1:%d" % port).out
            assert shown.split()[0] == runs(CERTGEN, "fingerprint", "n/n/n.crt").out.strip(), shown


@test
def a_server_is_verified_under_the_ca_that_is_named():
    pair()
    runs(CERTGEN, "ca", "--pem", "--out", "other/")
    with server(tls()) as port:
        address = "https://localhost:%d" % port
        runs(CERTGEN, "verify", address, "--ca", "ca/ca/ca.crt", *PATIENCE)
        refuses(78, r"1 of 3 checks failed", CERTGEN, "verify", address, "--ca", "other/ca/ca.crt", *PATIENCE)
        refuses(78, r"1 of 3 checks failed", CERTGEN, "verify", address, "--dns", "es02", *PATIENCE)


@test
def a_server_that_shows_a_megabyte_of_certificates_is_read_or_refused_in_one_line():
    pair()
    one = read("ca/ca/ca.crt")
    write("long.crt", read("n/n/n.crt") + one * (1000000 // 440))
    with server(tls("long.crt")) as port:
        runs(CERTGEN, "fingerprint", "127.0.0.1:%d" % port)
    write("longer.crt", read("n/n/n.crt") + one * (4000000 // 440))
    with server(tls("longer.crt")) as port:
        fails(76, r"'127.0.0.1:%d' shows more certificates than the 2 MiB that are read" % port, "127.0.0.1:%d" % port)


@test
def a_server_is_named_by_an_address_of_ipv6_in_brackets():
    pair()
    with server(tls(), "::1") as port:
        for address in ("[::1]:%d", "https://[::1]:%d"):
            runs(CERTGEN, "fingerprint", address % port, *PATIENCE)
    refuses(64, r"'::1:9200'.*\[::1\]:9200", CERTGEN, "inspect", "::1:9200")
    refuses(64, r"'2001:db8::1:9200'.*\[2001:db8::1\]:9200", CERTGEN, "inspect", "2001:db8::1:9200")


@test
def a_server_that_is_not_there_or_has_no_address_is_said_to_be_so():
    with server(hang) as port:
        pass
    fails(69, r"cannot connect to '127.0.0.1:%d': .*" % port, "127.0.0.1:%d" % port)
    fails(69, r"cannot connect to 'no-such-host.invalid:9200': .*resolve", "no-such-host.invalid:9200")


@test
def the_second_address_of_a_name_is_tried_when_the_first_is_dead():
    pair()
    write("hosts", "127.0.0.2 es01\n127.0.0.1 es01\n")
    # Its queue is full: what else comes is dropped, as by a firewall.
    with socket.socket() as dead, contextlib.ExitStack() as waiting:
        dead.bind(("127.0.0.2", 0))
        dead.listen(0)
        port = dead.getsockname()[1]
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.2", port))
        with server(tls(), port=port):
            result = run("unshare", "--mount", "sh", "-c", 'mount --bind hosts /etc/hosts && exec "$@"', "sh",
                         CERTGEN, "fingerprint", "es01:%d" % port, "--timeout", "20s")
    assert result.status == 0 and result.out == runs(CERTGEN, "fingerprint", "n/n/n.crt").out, result


main()
