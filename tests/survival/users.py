"""Users of the application: readers and a writer that counts what was acknowledged."""
import http.client
import json
import ssl
import threading
import time
import uuid

from harness import expect


class Users:
    """Each request is a new connection, as of a new visitor, to the balancer's name. A failed one is kept, with
    the time; nobody retries."""

    def __init__(self, sandbox, readers=2, pause_s=0.02):
        self.sandbox, self.pause_s = sandbox, pause_s
        self.reads, self.written, self.uncertain, self.faults = 0, [], [], []
        self.trust = ssl.create_default_context(cafile=sandbox.home + "/demo/certs/app.crt.pem")
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self._read) for _ in range(readers)]
        self.threads.append(threading.Thread(target=self._write))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def request(self, method, path, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.sandbox.https_port, timeout=30, context=self.trust)
        try:
            # The name decides the balancer; loopback's address decides the machine.
            connection.connect = lambda: self._connect(connection)
            headers = {"host": self.sandbox.live["alb_dns_name"], "content-type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _connect(self, connection):
        http.client.HTTPConnection.connect(connection)
        connection.sock = self.trust.wrap_socket(connection.sock, server_hostname=self.sandbox.live["alb_dns_name"])

    def _fault(self, what):
        with self.lock:
            self.faults.append("%.3f %s" % (time.time(), what))

    def _read(self):
        while not self.stop.is_set():
            try:
                status, body = self.request("GET", "/")
                if status != 200:
                    self._fault("GET / %d %s" % (status, body[:120]))
            except OSError as error:
                self._fault("GET / %r" % error)
            except http.client.HTTPException as error:
                self._fault("GET / %r" % error)
            with self.lock:
                self.reads += 1
            self.stop.wait(self.pause_s)

    def _write(self):
        while not self.stop.is_set():
            entry = str(uuid.uuid4())
            try:
                status, body = self.request("POST", "/api/entries", json.dumps(
                    {"id": entry, "name": "survival", "message": entry}))
                if status in (200, 201):
                    self.written.append(entry)
                else:
                    self.uncertain.append(entry)
                    self._fault("POST %d %s" % (status, body[:120]))
            except (OSError, http.client.HTTPException) as error:
                self.uncertain.append(entry)
                self._fault("POST %r" % error)
            self.stop.wait(self.pause_s)

    def check_entries(self):
        """Each acknowledged entry is on the primary exactly once."""
        primary = [one for one in self.sandbox.database_servers() if one["role"] == "primary"]
        expect(len(primary) == 1, "primaries: %s" % primary)
        found = self.sandbox.sql(primary[0], "SELECT message FROM entries WHERE name = 'survival'").split()
        expect(len(found) == len(set(found)), "%d applied twice" % (len(found) - len(set(found))))
        lost = set(self.written) - set(found)
        expect(not lost, "%d of %d acknowledged are lost: %s" % (len(lost), len(self.written), sorted(lost)[:3]))
