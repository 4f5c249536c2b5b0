"""Steps 5, 6 and 7: IAM on every way, nothing secret on disk, the loss of the daemon."""
import json
import os
import re
import signal
import stat
import subprocess
import threading
import time
import uuid

from aws_client import ApiError, Aws
from harness import REPOSITORY, STORMGLASS, expect, wait_until


def refused(call, code, *parts):
    """The call must fail with that error code, and its message hold the parts."""
    try:
        call()
    except ApiError as error:
        expect((error.code or "").startswith(code), str(error))
        for part in parts:
            expect(part in (error.message or ""), "'%s' is not in: %s" % (part, error.message))
        return
    raise AssertionError("it was not refused")


def caller_identity(client):
    return client.query("sts", "GetCallerIdentity")


def step_5(sandbox, report):
    report.headline("5: IAM is enforced")
    root, env, web = sandbox.root(), sandbox.credentials(), sandbox.web_instances()[0]["id"]
    endpoint = env["AWS_ENDPOINT_URL"]
    secret_name = "/other/acceptance-" + uuid.uuid4().hex[:8]
    sandbox.secret_value = "plaintext-" + uuid.uuid4().hex
    root.json("ssm", "PutParameter", Name=secret_name, Type="SecureString", Value=sandbox.secret_value)
    try:
        with report.check("an instance's role reads its own parameters, from AWS's own host name, under our CA"):
            done = sandbox.inside(web, ". /opt/guestbook/aws.sh; parameter /webapp/db/endpoint")
            expect(sandbox.live["db_endpoint"] in done.out, done.out)
        with report.check("it is denied another's: AccessDenied names principal, action and resource"):
            done = sandbox.inside(web, ". /opt/guestbook/aws.sh; parameter " + secret_name)
            for part in ("AccessDenied", "assumed-role/webapp-web/" + web, "ssm:GetParameter",
                         "parameter" + secret_name):
                expect(part in done.out, "'%s' is not in: %s" % (part, done.out))
            expect(sandbox.secret_value not in done.out, "the value came out")
    finally:
        root.json("ssm", "DeleteParameter", Name=secret_name)
    with report.check("user data fetched the application from S3 with the role's credentials"):
        done = sandbox.inside(web, "sha256sum /opt/guestbook/guestbook")
        expect("fetched s3://" in sandbox.stormglass("logs", web).out, "the console does not say so")
        expect(re.match(r"[0-9a-f]{64} ", done.out), done.out)
    with report.check("a wrong secret is SignatureDoesNotMatch"):
        refused(lambda: caller_identity(sandbox.as_user(env["AWS_ACCESS_KEY_ID"], "wrong")), "SignatureDoesNotMatch")
    with report.check("an unknown key is InvalidClientTokenId"):
        refused(lambda: caller_identity(sandbox.as_user("AKIA0000000000000000", "x")), "InvalidClientTokenId")
    with report.check("an unsigned request is refused"):
        refused(lambda: caller_identity(Aws(endpoint, env["AWS_REGION"], None, None)), "MissingAuthenticationToken")
    denied_user(sandbox, report, root)


def denied_user(sandbox, report, root):
    name = "acceptance-" + uuid.uuid4().hex[:8]
    root.query("iam", "CreateUser", UserName=name)
    key = None
    try:
        answer = root.query("iam", "CreateAccessKey", UserName=name)
        key, secret = answer.findtext(".//AccessKeyId"), answer.findtext(".//SecretAccessKey")
        user = sandbox.as_user(key, secret)
        describe = lambda: user.query("ec2", "DescribeVpcs")
        put = lambda *statements: root.query("iam", "PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))
        allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        with report.check("a user without a policy may do nothing"):
            refused(describe, "UnauthorizedOperation", "ec2:DescribeVpcs")
        with report.check("an allow policy lets the user in"):
            put(allow)
            describe()
        with report.check("a deny policy wins over the allow"):
            put(allow, {"Effect": "Deny", "Action": "ec2:Describe*", "Resource": "*"})
            refused(describe, "UnauthorizedOperation", "explicit deny")
            expect(caller_identity(user).findtext(".//Arn").endswith("user/" + name), "GetCallerIdentity")
        root.query("iam", "DeleteUserPolicy", UserName=name, PolicyName="p")
    finally:
        if key:
            root.query("iam", "DeleteAccessKey", UserName=name, AccessKeyId=key)
        root.query("iam", "DeleteUser", UserName=name)


def data_of(path, overlap):
    """A file's written parts: an instance's volume is gigabytes of nothing. Parts overlap, so that nothing is cut in two."""
    part = 4 << 20
    with open(path, "rb") as file:
        end = os.fstat(file.fileno()).st_size
        at = 0
        while at < end:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # Nothing but a hole is left.
                return
            hole = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            while at < hole:
                size = min(part, hole - at)
                yield os.pread(file.fileno(), size + overlap, at)
                at += size


def found_on_disk(folder, needle):
    found = []
    for place, _, names in os.walk(folder):
        for path in (os.path.join(place, name) for name in names):
            try:
                if stat.S_ISREG(os.lstat(path).st_mode) and any(needle.encode() in part for part in data_of(path, len(needle))):
                    found.append(path)
            except FileNotFoundError:  # Deleted meanwhile.
                continue
    return found


def step_6(sandbox, report):
    report.headline("6: nothing secret is readable on disk")
    root = sandbox.root()
    kept = "plaintext-" + uuid.uuid4().hex
    name = "/webapp/acceptance-" + uuid.uuid4().hex[:8]
    root.json("ssm", "PutParameter", Name=name, Type="SecureString", Value=kept)
    try:
        key_lines = private_key_lines(sandbox)
        for what, needle in (("the database's password", sandbox.master_password()), ("a SecureString", kept),
                             ("an entry in the database", sandbox.entry["message"]),
                             ("the certificate's private key", key_lines[1])):
            with report.check("%s is nowhere under the data directory" % what):
                expect(len(needle) > 12, "needle too short to mean anything")
                expect(not found_on_disk(sandbox.home, needle), str(found_on_disk(sandbox.home, needle)))
    finally:
        root.json("ssm", "DeleteParameter", Name=name)
    with report.check("the state in its bucket is Terraform's, yet not readable on disk"):
        lineage = json.loads(sandbox.terraform("live", "state", "pull").out)["lineage"]
        expect(not found_on_disk(sandbox.home, '"lineage": "%s"' % lineage), "the state lies in the clear")
    with report.check("no file of the data directory that holds a key is open to others"):
        loose = [path for path in files_below(sandbox.home) if re.search(r"key|credential|secret", os.path.basename(path))
                 and not path.endswith((".frm", ".MAI", ".MAD"))  # MariaDB's system tables: mysql/help_keyword.
                 and stat.S_IMODE(os.stat(path).st_mode) & 0o077]
        expect(not loose, str(loose))


def files_below(folder):
    return [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names
            if os.path.isfile(os.path.join(place, name)) and "/instances/" not in place]


def private_key_lines(sandbox):
    done = sandbox.ok("bash", "-c", "STORMGLASS_SOURCED=1 . '%s/tools/terraform.sh'; " % REPOSITORY +
                      'export_environment; printf "%s" "$TF_VAR_certificate_key"')
    lines = done.strip().splitlines()
    expect("PRIVATE KEY" in lines[0], "no key: " + lines[0])
    return lines


class Load:
    """Asks for the page again and again, and keeps what went wrong."""

    def __init__(self, sandbox):
        self.sandbox, self.count, self.faults, self.stop = sandbox, 0, [], threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def _ask(self):
        while not self.stop.is_set():
            done = self.sandbox.curl("/", "-f", "-o", "/dev/null", limit_s=10)
            self.count += 1
            if done.code != 0:
                self.faults.append(done.out)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def step_7(sandbox, report):
    report.headline("7: kill -9 of the daemon")
    before = sandbox.status()
    instances = {one["id"] for one in sandbox.web_instances()}
    with report.check("under load, not one request fails while the daemon is dead"):
        with Load(sandbox) as load:
            wait_until(lambda: load.count > 5, "the load runs", 30)
            os.kill(before["pid"], signal.SIGKILL)
            reached = load.count
            wait_until(lambda: load.count > reached + 40, "the load goes on", 60)
            done = sandbox.curl("/entries", "-i", "-d", "name=Orphan&message=while+the+daemon+is+dead")
            expect(re.match(r"HTTP/\S+ 303", done.out), "no write: " + done.out)
        expect(not load.faults, "%d of %d failed: %s" % (len(load.faults), load.count, load.faults[:3]))
    with report.check("up adopts instances, databases and balancers"):
        began = time.monotonic()
        with Load(sandbox) as load:
            sandbox.ok(STORMGLASS, "up", "--data-dir", sandbox.home, "--port", str(sandbox.port), "--http-port",
                       str(sandbox.http_port), "--https-port", str(sandbox.https_port))
            print("         up again after %.2f s" % (time.monotonic() - began))
            after = wait_until(sandbox.status, "status answers", 10)
            wait_until(lambda: load.count > 20, "the load goes on", 60)
        expect(not load.faults, "%d of %d failed: %s" % (len(load.faults), load.count, load.faults[:3]))
        expect(after["pid"] != before["pid"], "the same pid")
        expect({one["id"] for one in sandbox.web_instances()} == instances, "other instances")
        servers = lambda status: {one["pid"] for database in status["databases"] for one in database["servers"]}
        # Nothing is claimed before the new daemon has looked for itself.
        wait_until(lambda: servers(sandbox.status()) == servers(before), "the database servers are adopted", 20)
    with report.check("the plan is still empty"):
        for stack in ("bootstrap", "live"):
            done = sandbox.terraform(stack, "plan", "-detailed-exitcode")
            expect(done.code == 0, stack + ":\n" + done.out)
