"""A steady load of users who read: what they saw is kept with its time, so that figures can be read off it."""
import collections
import http.client
import json
import ssl
import threading
import time

Seen = collections.namedtuple("Seen", "time instance error")  # `instance` answered, or `error` says why not.


class Readers:
    """Each request is a new connection to the balancer's name, as of a new visitor; nobody tries again."""

    def __init__(self, sandbox, threads=4, pause_s=0.05, limit_s=30):
        self.sandbox, self.pause_s, self.limit_s = sandbox, pause_s, limit_s
        self.trust = ssl.create_default_context(cafile=sandbox.home + "/demo/certs/app.crt.pem")
        self.host = sandbox.live["alb_dns_name"]
        self.seen, self.stop = [], threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def since(self, began):
        return [one for one in list(self.seen) if one.time >= began]

    def _run(self):
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                self.seen.append(Seen(began, self._ask(), None))
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.seen.append(Seen(began, None, str(error) or repr(error)))
            self.stop.wait(self.pause_s)

    def _ask(self):
        """Which instance answers /whoami: that page asks the database too."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.sandbox.https_port, timeout=self.limit_s,
                                                 context=self.trust)
        connection.connect = lambda: self._connect(connection)
        try:
            connection.request("GET", "/whoami", headers={"host": self.host})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise ValueError("HTTP %d" % answer.status)
            return json.loads(body)["instance"]
        finally:
            connection.close()

    def _connect(self, connection):
        """Loopback's address is the machine; the name decides the balancer."""
        http.client.HTTPConnection.connect(connection)
        connection.sock = self.trust.wrap_socket(connection.sock, server_hostname=self.host)
