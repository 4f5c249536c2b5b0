"""What every step of the acceptance run uses: the sandbox (a daemon of its own), and the report."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from aws_client import Aws

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("STORMGLASS_BUILD", os.path.join(REPOSITORY, "build"))
STORMGLASS = os.path.join(BUILD, "stormglass")


class Skip(Exception):
    """Something this machine lacks; the check is counted as skipped, loudly."""


class Report:
    """Prints a line per check and counts them. A failed check does not stop the run."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.start = 0, 0, 0, time.monotonic()

    @contextlib.contextmanager
    def check(self, sentence):
        begun = time.monotonic()
        verdict, detail = "ok", ""
        try:
            yield
            self.passed += 1
        except Skip as reason:
            verdict, detail = "SKIPPED", str(reason)
            self.skipped += 1
        except Exception as error:  # Any failure is this check's own, and the next one still runs.
            verdict, detail = "FAILED", "%s: %s" % (type(error).__name__, error)
            self.failed += 1
        print("%-8s %s (%.1f s)" % (verdict, sentence, time.monotonic() - begun), flush=True)
        if detail:
            print("         " + detail.replace("\n", "\n         ")[-3000:], flush=True)

    def headline(self, text):
        print("\n== [%4d s] %s" % (time.monotonic() - self.start, text), flush=True)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_until(condition, what, limit_s, pause_s=0.5):
    """The condition's first true value; a condition that raises counts as not yet true."""
    end, last = time.monotonic() + limit_s, None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except Exception as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError("after %d s still not: %s (last: %s)" % (limit_s, what, str(last)[:500]))
        time.sleep(pause_s)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Done:
    def __init__(self, code, out):
        self.code, self.out = code, out


class Sandbox:
    """A data directory, ports and a copy of the stack, all of them this run's alone."""

    def __init__(self, folder=None):
        """`folder`: that of an earlier sandbox, to go on with what it holds."""
        self.folder = folder or tempfile.mkdtemp(prefix="stormglass-acceptance-")
        self.home = os.path.join(self.folder, "home")
        self.stack = os.path.join(self.folder, "stack")
        ignored = shutil.ignore_patterns(".terraform*", "certs", "backend.hcl")
        if not folder:
            shutil.copytree(os.path.join(REPOSITORY, "stacks/ha-web"), self.stack, ignore=ignored)
        self.port, self.http_port, self.https_port = free_ports(3)
        self.set_environment()
        self.live = {}  # Terraform's outputs, once applied.

    def set_environment(self):
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_"))},
            "STORMGLASS_HOME": self.home, "STORMGLASS_STACK": self.stack, "STORMGLASS_BUILD": BUILD,
            "STORMGLASS_PORT": str(self.port), "STORMGLASS_HTTP_PORT": str(self.http_port),
            "STORMGLASS_HTTPS_PORT": str(self.https_port)}

    # --- commands
    def run(self, *words, limit_s=120, environment=None, show=False):
        """Output and error output together. The process group ends with the time limit."""
        process = subprocess.Popen(words, env={**self.environment, **(environment or {})}, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   start_new_session=True, errors="replace")
        try:
            if show:
                lines = []
                for line in process.stdout:
                    print("    | " + line, end="", flush=True)
                    lines.append(line)
                return Done(process.wait(limit_s), "".join(lines))
            out, _ = process.communicate(timeout=limit_s)
            return Done(process.returncode, out)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()
            raise

    def ok(self, *words, **options):
        done = self.run(*words, **options)
        expect(done.code == 0, "%s ended with %d:\n%s" % (" ".join(words[:4]), done.code, done.out))
        return done.out

    def stormglass(self, *words, **options):
        return self.run(STORMGLASS, words[0], "--data-dir", self.home, *words[1:], **options)

    def tool(self, name, *words, **options):
        return self.run(os.path.join(REPOSITORY, "tools", name), *words, **options)

    def terraform(self, stack, *words, **options):
        options.setdefault("limit_s", 900)
        return self.tool("terraform.sh", stack, *words, **options)

    def status(self):
        done = self.stormglass("status", "--json")
        expect(done.code == 0, done.out)
        return json.loads(done.out)

    # --- the API
    def credentials(self):
        done = self.stormglass("env", "--format", "json")
        expect(done.code == 0, done.out)
        return json.loads(done.out)

    def root(self):
        env = self.credentials()
        return Aws(env["AWS_ENDPOINT_URL"], env["AWS_REGION"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])

    def as_user(self, key, secret):
        env = self.credentials()
        return Aws(env["AWS_ENDPOINT_URL"], env["AWS_REGION"], key, secret)

    def load_outputs(self):
        done = self.terraform("live", "output", "-json")
        expect(done.code == 0, done.out)
        self.live = {name: one["value"] for name, one in json.loads(done.out[done.out.index("{"):]).items()}

    def web_instances(self):
        """Of the group, running: [{id, zone, address, image}] by id."""
        answer = self.root().query("ec2", "DescribeInstances", **{
            "Filter.1.Name": "tag:aws:autoscaling:groupName", "Filter.1.Value.1": self.live["asg_name"],
            "Filter.2.Name": "instance-state-name", "Filter.2.Value.1": "running"})
        found = [{"id": item.findtext("instanceId"), "zone": item.findtext("placement/availabilityZone"),
                  "address": item.findtext("privateIpAddress"), "image": item.findtext("imageId")}
                 for item in answer.iterfind(".//instancesSet/item")]
        return sorted(found, key=lambda one: one["id"])

    def inside(self, instance, script, limit_s=60):
        """Runs a bash script as root inside an instance."""
        return self.run(STORMGLASS, "shell", "--data-dir", self.home, instance, "--", "bash", "-c", script,
                        limit_s=limit_s)

    def reach(self, instance, host, port, wait_s=3):
        """What a TCP connection from inside an instance meets: open, refused, dropped or unreachable."""
        done = self.inside(instance, "timeout %d bash -c 'exec 3<>/dev/tcp/%s/%d'; echo code=$?" % (wait_s, host, port))
        code = re.search(r"code=(\d+)", done.out)
        expect(code, "no answer from inside %s: %s" % (instance, done.out))
        if code.group(1) == "0":
            return "open"
        if code.group(1) == "124":
            return "dropped"
        return "refused" if "refused" in done.out else "unreachable"

    # --- the application, as a user meets it
    def curl(self, path="/", *options, scheme="https", limit_s=40):
        port = self.https_port if scheme == "https" else self.http_port
        url = "%s://%s:%d%s" % (scheme, self.live["alb_dns_name"], port, path)
        return self.run("curl", "-sS", "--noproxy", "*", "-m", str(limit_s), "--cacert",
                        os.path.join(self.home, "demo/certs/app.crt.pem"), *options, url, limit_s=limit_s + 5)

    def whoami(self):
        done = self.curl("/whoami", "-f")
        expect(done.code == 0, done.out)
        return json.loads(done.out)

    # --- the database, from within its own network namespace
    def master_password(self):
        answer = self.root().json("ssm", "GetParameter", Name="/webapp/db/password", WithDecryption=True)
        return answer["Parameter"]["Value"]

    def database_servers(self):
        """What status observes: a list of servers with role, zone and pid."""
        databases = [one for one in self.status()["databases"] if "mysql" in json.dumps(one)]
        expect(databases, "status shows no database")
        return databases[0]["servers"]

    def sql(self, server, statement):
        """Runs a statement on one server, whatever its role."""
        pid = str(server["pid"])
        addresses = re.findall(r"inet ([0-9.]+)", self.ok("nsenter", "-t", pid, "-n", "ip", "-4", "-o", "addr"))
        last = "no address"
        for address in addresses:
            done = self.run("nsenter", "-t", pid, "-n", "mariadb", "--no-defaults", "-h", address, "-P", "3306",
                            "-u", "appadmin", "-N", "-B", "--connect-timeout=3", "app", "-e", statement,
                            environment={"MYSQL_PWD": self.master_password()})
            if done.code == 0:
                return done.out.strip()
            last = done.out
        raise AssertionError("no way to ask %s: %s" % (server, last))

    # --- the end
    def remove(self):
        """Takes everything down by force: for a run that failed half-way."""
        if os.path.exists(STORMGLASS):
            done = self.stormglass("down", "--purge", limit_s=180)
            if done.code != 0:
                print(done.out, file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)
