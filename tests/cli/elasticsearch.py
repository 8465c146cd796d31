"""A stand-in for Elasticsearch's HTTP interface, as far as sealing goes, its races and lies included.

Behaviour after ReservedRealm, NativeUsersStore and SecurityIndexManager of 7.x and 8.x. It cannot show
that a real node agrees; `make demo ES_HOME=DIR` does that.

A cluster is in one of these states:

    starting     it answers HTTP, but has no master and has not recovered: the bootstrap password opens
                 the superuser though it may have a real one, and no password can be set
    unrecovered  it has a master, and has not recovered; else the same
    ready        the truth
    index_down   the primary of .security is not active: every password is refused
"""

import base64
import contextlib
import http.server
import json
import socket
import ssl
import threading
import uuid

from elasticsearch_access import Access

BUILT_IN = ("elastic", "kibana_system", "logstash_system", "beats_system", "apm_system", "remote_monitoring_user")


class Elasticsearch:
    def __init__(self, bootstrap, name="logs"):
        self.bootstrap = bootstrap
        self.name = name
        self.uuid = uuid.uuid4().hex[:22]
        self.state = "ready"
        self.data_nodes = 1
        self.colour = "green"  # of the whole cluster
        self.index_red = False  # the security index: to those whom the file realm lets in
        self.passwords = {}
        self.access = Access()
        self.requests = []  # (method, path, user)
        self.sent = []  # (method, path with query, body), of every request
        self.set_calls = []  # (user, password), each time one was stored
        self.fault = None  # called with the handler before each request; True: it has answered
        self.lie_after_storing = False
        self.lock = threading.Lock()

    def allows(self, user, password):
        if self.state == "index_down":
            return False
        if user in self.passwords and self.state not in ("starting", "unrecovered"):
            return password == self.passwords[user]
        return user == "elastic" and password == self.bootstrap

    @contextlib.contextmanager
    def serving(self, port, cert=None, key=None):
        """Listen on 127.0.0.1; with a pair, for TLS."""
        server = _Server(("127.0.0.1", port), _Handler)
        server.cluster = self
        if cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that break off are what the tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-elastic-product", "Elasticsearch")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def fail(self, status, kind, reason):
        self.answer(status, {"error": {"type": kind, "reason": reason, "root_cause": []}, "status": status})

    def hang_up(self):
        """Break the connection in place of an answer; true, as of a fault that answered."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
        return True

    def login(self):
        """The user that was let in, or None after a 401."""
        header = self.headers.get("Authorization", "")
        user = password = ""
        if header.startswith("Basic "):
            user, _, password = base64.b64decode(header[6:]).decode().partition(":")
        self.server.cluster.requests.append((self.command, self.path.split("?")[0], user))
        if self.server.cluster.allows(user, password):
            return user
        if not header:
            self.fail(401, "security_exception", "missing authentication credentials for REST request [%s]" % self.path)
        else:
            self.fail(401, "security_exception", "unable to authenticate user [%s] for REST request [%s]" % (user, self.path))
        return None

    def handle_one(self):
        cluster = self.server.cluster
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        cluster.sent.append((self.command, self.path, body.decode()))
        if cluster.fault and cluster.fault(self):
            return
        with cluster.lock:
            user = self.login()
            if user is None:
                return
            path = self.path.split("?")[0]
            if path == "/":
                self.answer(200, {"name": "es01", "cluster_name": cluster.name, "tagline": "You Know, for Search",
                                  "cluster_uuid": "_na_" if cluster.state == "starting" else cluster.uuid,
                                  "version": {"number": "8.15.3"}})
            elif path.startswith("/_cluster/health"):
                self.health(path[len("/_cluster/health"):])
            elif path == "/_security/_authenticate":
                self.answer(200, {"username": user, "roles": [], "enabled": True})
            elif path.startswith("/_security/user/") and path.endswith("/_password") and self.command in ("PUT", "POST"):
                self.set_password(user, path.split("/")[3], json.loads(body))
            elif not cluster.access.answer(self, self.command, self.path, body, cluster.passwords):
                self.fail(400, "illegal_argument_exception", "no handler found for uri [%s] and method [%s]" % (path, self.command))

    def health(self, index):
        """Of the cluster, or of the security index alone, which is nowhere before the first password."""
        cluster = self.server.cluster
        body = {"cluster_name": cluster.name, "status": cluster.colour, "timed_out": False, "number_of_nodes": 1,
                "number_of_data_nodes": cluster.data_nodes}
        if cluster.state == "starting":
            self.fail(503, "master_not_discovered_exception", "no master")
        elif cluster.state == "unrecovered":
            self.answer(200, dict(body, status="red", indices={}))
        elif index:
            assert index.startswith("/.security*") and "level=indices" in self.path, self.path
            there = cluster.passwords or cluster.state == "index_down"
            colour = "red" if cluster.index_red else "green"
            self.answer(200, dict(body, status=colour if there else "green", indices={".security-7": {"status": colour}} if there else {}))
        else:
            self.answer(200, body)

    def set_password(self, by, user, body):
        cluster = self.server.cluster
        if by != "elastic":
            self.fail(403, "security_exception", "action is unauthorized for user [%s]" % by)
        elif user not in BUILT_IN or set(body) != {"password"}:
            self.fail(400, "validation_exception", "Validation Failed: 1: user must exist in order to change password;")
        elif len(body["password"]) < 6:
            self.fail(400, "validation_exception", "Validation Failed: 1: passwords must be at least [6] characters long;")
        elif cluster.data_nodes == 0:
            cluster.state = "index_down"  # the index is there now, and nobody can hold its primary
            self.fail(503, "unavailable_shards_exception", "[.security-7][0] primary shard is not active")
        elif cluster.state in ("starting", "unrecovered"):
            self.fail(503, "status_exception", "Cluster state has not been recovered yet, cannot write to the [null] index")
        else:
            cluster.passwords[user] = body["password"]
            cluster.set_calls.append((user, body["password"]))
            if cluster.lie_after_storing:
                self.fail(500, "exception", "clearing the cache for [%s] failed. please clear the realm cache manually" % user)
            else:
                self.answer(200, {})

    do_GET = do_PUT = do_POST = do_DELETE = handle_one
