"""Steps 1, 2 and 8: the demo comes up from one command, serves a page, and can be looked at."""
import json
import os
import re
import subprocess
import urllib.parse
import uuid

from harness import REPOSITORY, STORMGLASS, Skip, expect, wait_until

demo_limit_s = 1500


def checkout_state():
    return subprocess.run(["git", "-C", REPOSITORY, "status", "--porcelain"], capture_output=True, text=True).stdout


def step_1(sandbox, report):
    report.headline("1: make demo")
    before = checkout_state()
    with report.check("without terraform and tofu the demo says how to get one"):
        tools = os.path.join(sandbox.folder, "no-terraform")
        os.makedirs(tools)
        for name in ("bash", "dirname", "realpath", "uname", "sed"):
            os.symlink(subprocess.run(["which", name], capture_output=True, text=True).stdout.strip(),
                       os.path.join(tools, name))
        done = sandbox.tool("demo.sh", environment={"PATH": tools})
        expect(done.code == 1 and "releases.hashicorp.com/terraform" in done.out and "opentofu" in done.out, done.out)
    with report.check("the demo comes up"):
        done = sandbox.tool("demo.sh", limit_s=demo_limit_s, show=True)
        expect(done.code == 0, "exit code %d" % done.code)
        expect(re.search(r"https://\S+\.elb\.localhost", done.out), "no URL printed")
        expect("stormglass env" in done.out, "no credentials line printed")
        expect("Three things to try" in done.out, "nothing to try printed")
    sandbox.load_outputs()
    with report.check("run again, the demo changes nothing and says so"):
        done = sandbox.tool("demo.sh", limit_s=demo_limit_s)
        expect(done.code == 0 and done.out.count("nothing to change") >= 3, done.out)
    with report.check("the checkout is as clean as before"):
        expect(checkout_state() == before, checkout_state())


def step_2(sandbox, report):
    report.headline("2: the page")
    entry = {"id": str(uuid.uuid4()), "name": "Acceptance", "message": "written through the balancer " + uuid.uuid4().hex}
    sandbox.entry = entry
    with report.check("http answers 301 to https"):
        done = sandbox.curl("/", "-i", scheme="http")
        expect(re.match(r"HTTP/1\.1 301 ", done.out), done.out)
        wanted = r"(?im)^location: https://" + re.escape(sandbox.live["alb_dns_name"])
        expect(re.search(wanted, done.out), done.out)
    with report.check("the page shows the instance, its zone, the database's host and role, and a form"):
        page = sandbox.curl("/").out
        for pattern in (r'id="instance">i-[0-9a-f]{17}<', r'id="zone">us-east-1[a-f]<', r'id="database-role"[^>]*>primary<',
                        re.escape(sandbox.live["db_endpoint"]), "<form"):
            expect(re.search(pattern, page), "%s is not in\n%s" % (pattern, page))
    with report.check("reloading alternates between the zones"):
        zones = [sandbox.whoami()["zone"] for _ in range(12)]
        expect(len(set(zones)) == 2 and all(zones.count(zone) >= 3 for zone in set(zones)), str(zones))
    with report.check("a POST is answered 303 and the entry is on the page"):
        done = sandbox.curl("/entries", "-i", "-d", urllib.parse.urlencode(entry))
        expect(re.match(r"HTTP/\S+ 303", done.out), done.out)
        expect(entry["message"] in sandbox.curl("/").out, "the page does not show it")
    with report.check("the entry is in MySQL, on the primary and on the standby in the other zone"):
        servers = sandbox.database_servers()
        expect(sorted(one["role"] for one in servers) == ["primary", "standby"], str(servers))
        expect(len({one["zone"] for one in servers}) == 2, str(servers))
        for server in servers:
            found = wait_until(lambda one=server: sandbox.sql(
                one, "SELECT message FROM entries WHERE id = '%s'" % entry["id"]), "the entry is there", 10)
            expect(found == entry["message"], found)
        expect(sandbox.sql([one for one in servers if one["role"] == "standby"][0], "SELECT @@read_only") == "1",
               "the standby is not read-only")


def step_8(sandbox, report):
    report.headline("8: what the command line shows")
    web = sandbox.web_instances()
    with report.check("status shows zones, balancer, targets, group, instances and databases as observed"):
        status = sandbox.status()
        for key in ("pid", "endpoint", "zones", "load_balancers", "groups", "instances", "databases", "alarms"):
            expect(key in status, "no " + key)
        text = json.dumps(status)
        for one in web:
            expect(one["id"] in text, one["id"] + " is missing")
        expect(sandbox.live["alb_dns_name"] in text, "the balancer is missing")
        expect(text.count('"healthy"') >= 2, "no two healthy targets")
        expect({"primary", "standby"} <= {one["role"] for one in sandbox.database_servers()}, "no primary and standby")
        os.kill(status["pid"], 0)
    with report.check("status for people names the same"):
        done = sandbox.stormglass("status")
        expect(done.code == 0 and all(one["id"] in done.out for one in web), done.out)
    with report.check("events tells what happened, for people and as JSON"):
        lines = [json.loads(line) for line in sandbox.stormglass("events", "--json").out.splitlines()]
        expect(len(lines) > 20, "only %d events" % len(lines))
        expect(sandbox.stormglass("events").out.count("\n") >= 20, "no text")
    with report.check("logs shows an instance's console with its user data's words"):
        done = sandbox.stormglass("logs", web[0]["id"])
        expect("the application answers on port" in done.out, done.out[-1500:])
    with report.check("shell runs a command inside an instance"):
        done = sandbox.inside(web[0]["id"], "cat /run/guestbook/environment; ip -4 -o addr")
        expect(web[0]["id"] in done.out and web[0]["address"] in done.out, done.out)
    with report.check("coverage counts operations, in all and for one service"):
        expect(re.search(r"ec2\s+\d+ of \d+", sandbox.ok(STORMGLASS, "coverage")), "no ec2 line")
        expect("CreateVpc" in sandbox.ok(STORMGLASS, "coverage", "--service", "ec2"), "no CreateVpc")
    with report.check("wrong use exits 2, a missing thing 1, each with a reason"):
        expect(sandbox.run(STORMGLASS, "nonsense").code == 2, "nonsense")
        done = sandbox.stormglass("logs", "i-00000000000000000")
        expect(done.code == 1 and done.out.strip(), done.out)
    with report.check("an SDK works with the environment that env prints"):
        try:
            import boto3  # An optional part: not on every machine.
        except ImportError:
            raise Skip("boto3 is not installed") from None
        env = sandbox.credentials()
        client = boto3.client("sts", endpoint_url=env["AWS_ENDPOINT_URL"], region_name=env["AWS_REGION"],
                              aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                              aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])
        expect(client.get_caller_identity()["Arn"].endswith(":root"), "not root")
