#!/usr/bin/env python3
"""The guestbook binary against a real database server on loopback, started here and ended here.

usage: guestbook_e2e_test.py PATH-OF-BINARY     (exit 77: no database server on this machine)
"""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import uuid

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
SERVER = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
INSTALL = shutil.which("mariadb-install-db")
CLIENT = shutil.which("mariadb")
PASSWORD = uuid.uuid4().hex
START_MAX_S = 60


def wait_until(condition, what, limit_s=START_MAX_S):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("timed out waiting until " + what)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DatabaseServer:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.socket = os.path.join(folder, "s")
        self.user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run([INSTALL, "--no-defaults", "--auth-root-authentication-method=normal",
                        "--datadir=" + folder + "/data", "--skip-test-db", "--force"] + self.user,
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        with open(self.folder + "/server.log", "ab") as log:
            self.process = subprocess.Popen(
                [SERVER, "--no-defaults", "--datadir=" + self.folder + "/data", "--socket=" + self.socket,
                 "--bind-address=127.0.0.1", "--port=%d" % self.port, "--skip-log-bin", "--server-id=7",
                 "--innodb-buffer-pool-size=16M", "--pid-file=" + self.folder + "/pid"] + self.user,
                stdout=log, stderr=log)
        wait_until(lambda: self.sql("SELECT 1", check=False) is not None, "the database answers")

    def sql(self, text, check=True):
        done = subprocess.run([CLIENT, "--no-defaults", "--socket=" + self.socket, "-uroot", "-N", "-B", "-e", text],
                              capture_output=True, text=True)
        if done.returncode != 0 and check:
            raise AssertionError(done.stderr)
        return done.stdout.strip() if done.returncode == 0 else None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Application:
    def __init__(self, folder, database_port):
        password_file = os.path.join(folder, "password")
        with open(os.open(password_file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(PASSWORD + "\n")
        self.log_path = os.path.join(folder, "app.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([BINARY], stdout=log, stderr=subprocess.STDOUT, env={
                "DB_ENDPOINT": "127.0.0.1:%d" % database_port, "DB_USER": "app", "DB_NAME": "app",
                "DB_PASSWORD_FILE": password_file, "INSTANCE_ID": "i-0123", "AZ": "us-east-1a",
                "LISTEN_ADDRESS": "127.0.0.1", "PORT": "0"})
        self.port = int(wait_until(lambda: self.logged("listening"), "it listens")[0]["port"])

    def log(self):
        with open(self.log_path) as file:
            return file.read()

    def logged(self, event):
        lines = [json.loads(line) for line in self.log().splitlines(keepends=True) if line.endswith("\n")]
        return [line for line in lines if line["event"] == event]

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def post_json(self, entry, path="/api/entries"):
        return self.request("POST", path, json.dumps(entry), {"Content-Type": "application/json"})

    def entries(self):
        status, _, body = self.request("GET", "/api/entries?limit=200")
        assert status == 200, body
        return json.loads(body)["entries"]


class GuestbookTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="guestbook-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.database = DatabaseServer(cls.folder)
        cls.addClassCleanup(cls.database.kill)
        cls.database.start()
        cls.database.sql("CREATE DATABASE app; CREATE USER app@'127.0.0.1' IDENTIFIED BY '%s';"
                         "GRANT ALL ON app.* TO app@'127.0.0.1'" % PASSWORD)
        cls.app = Application(cls.folder, cls.database.port)
        cls.addClassCleanup(cls.app.process.wait)
        cls.addClassCleanup(cls.app.process.kill)

    def setUp(self):
        self.assertIsNone(self.app.process.poll(), "the application died")

    def test_the_page_shows_who_serves_it_and_from_which_database(self):
        status, headers, body = self.app.request("GET", "/")
        self.assertEqual(status, 200)
        for part in ("i-0123", "us-east-1a", "127.0.0.1:%d" % self.database.port, ">primary<", "server_id 7"):
            self.assertIn(part, body)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")

    def test_a_signed_entry_is_in_the_database_and_on_the_page_escaped(self):
        form = urllib.parse.urlencode({"name": "Ada <b>&", "message": "it's \"quoted\" \\ and ünïcode 🌩"})
        status, headers, _ = self.app.request("POST", "/entries", form,
                                              {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((status, headers["Location"]), (303, "/"))
        page = self.app.request("GET", "/")[2]
        self.assertIn("Ada &lt;b&gt;&amp;", page)
        self.assertNotIn("Ada <b>", page)
        self.assertIn("it&#39;s &quot;quoted&quot; \\ and ünïcode 🌩", page)
        self.assertEqual(self.database.sql("SELECT COUNT(*) FROM app.entries WHERE name = 'Ada <b>&'"), "1")

    def test_an_entry_sent_twice_is_added_once_and_its_id_cannot_be_taken_over(self):
        entry = {"id": str(uuid.uuid4()), "name": "Twice", "message": "once"}
        self.assertEqual(self.app.post_json(entry)[0], 201)
        self.assertEqual(self.app.post_json(entry)[0], 200)
        self.assertEqual(self.app.post_json({**entry, "message": "other"})[0], 409)
        self.assertEqual([e["message"] for e in self.app.entries() if e["id"] == entry["id"]], ["once"])

    def test_bad_input_is_refused_with_a_reason_and_stores_nothing(self):
        before = len(self.app.entries())
        for body, kind, expected in [
                ("{", "application/json", 400), ('{"name":"x"}', "application/json", 422),
                ("name=%zz&message=x", "application/x-www-form-urlencoded", 400),
                ("name=&message=x", "application/x-www-form-urlencoded", 422),
                ("name=%ff&message=x", "application/x-www-form-urlencoded", 422),
                ("name=x&message=" + "y" * 1001, "application/x-www-form-urlencoded", 422),
                ("hello", "text/plain", 415), ("x" * 70000, "application/json", 413)]:
            for path in ("/entries", "/api/entries"):
                status, _, answer = self.app.request("POST", path, body, {"Content-Type": kind})
                self.assertEqual(status, expected, (path, body[:40], answer[:200]))
        self.assertEqual(self.app.request("DELETE", "/api/entries")[0], 405)
        self.assertEqual(self.app.request("GET", "/nowhere")[0], 404)
        self.assertEqual(len(self.app.entries()), before)

    def test_a_missing_table_is_made_again(self):
        self.app.entries()
        self.database.sql("DROP TABLE app.entries")
        self.assertEqual(self.app.entries(), [])

    def test_a_write_meeting_a_read_only_server_waits_and_is_applied_once(self):
        self.app.entries()
        entry = {"id": str(uuid.uuid4()), "name": "Failover", "message": "kept"}
        retries = len(self.app.logged("database_retry"))
        self.database.sql("SET GLOBAL read_only = 1")
        try:
            self.assertEqual(self.app.request("GET", "/readyz")[0], 503)
            self.assertEqual(self.app.request("GET", "/healthz")[0], 200)
            self.assertEqual(json.loads(self.app.request("GET", "/whoami")[2])["database_role"], "standby")
            answers = []
            writer = threading.Thread(target=lambda: answers.append(self.app.post_json(entry)[0]))
            writer.start()
            wait_until(lambda: len(self.app.logged("database_retry")) > retries, "it tries again")
        finally:
            self.database.sql("SET GLOBAL read_only = 0")
        writer.join()
        self.assertEqual(answers, [201])
        self.assertEqual(sum(e["id"] == entry["id"] for e in self.app.entries()), 1)

    def test_the_database_may_die_and_come_back_without_the_application_noticing_for_long(self):
        self.app.entries()
        self.database.kill()
        self.assertEqual(self.app.request("GET", "/readyz")[0], 503)
        self.assertEqual(self.app.request("GET", "/healthz")[0], 200)
        who = json.loads(self.app.request("GET", "/whoami")[2])
        self.assertEqual((who["instance"], who["database_role"]), ("i-0123", "unreachable"))
        answers = []
        writer = threading.Thread(
            target=lambda: answers.append(self.app.post_json({"name": "Patient", "message": "waits"})[0]))
        writer.start()
        self.database.start()
        writer.join()
        self.assertEqual(answers, [201])
        self.assertEqual(sum(e["name"] == "Patient" for e in self.app.entries()), 1)

    def test_neither_log_nor_arguments_hold_the_password(self):
        self.app.entries()
        self.assertNotIn(PASSWORD, self.app.log())
        with open("/proc/%d/cmdline" % self.app.process.pid) as file:
            self.assertNotIn(PASSWORD, file.read())

    def test_the_binary_is_static_and_refuses_a_wrong_configuration(self):
        with open(BINARY, "rb") as file:
            self.assertNotIn(b"ld-linux", file.read(4096), "it must not ask for a dynamic loader")
        done = subprocess.run([BINARY], env={}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("DB_ENDPOINT must be set", done.stderr)

    def test_a_termination_signal_lets_requests_in_hand_finish(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        app = Application(folder, self.database.port)
        try:
            self.database.sql("SET GLOBAL read_only = 1")
            answers = []
            writer = threading.Thread(
                target=lambda: answers.append(app.post_json({"name": "Last", "message": "order"})[0]))
            writer.start()
            wait_until(lambda: app.logged("database_retry"), "the request is in hand")
            app.process.send_signal(signal.SIGTERM)
            wait_until(lambda: app.logged("stopping"), "it stops")
            self.database.sql("SET GLOBAL read_only = 0")
            writer.join()
            self.assertEqual(answers, [201])
            self.assertEqual(app.process.wait(timeout=15), 0)
        finally:
            self.database.sql("SET GLOBAL read_only = 0")
            app.process.kill()
            app.process.wait()


if __name__ == "__main__":
    if not (SERVER and INSTALL and CLIENT):
        print("SKIPPED: no MariaDB server on this machine")
        sys.exit(77)
    unittest.main(verbosity=2)
