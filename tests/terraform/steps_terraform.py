"""Step 3: empty plans, locks that hold, changes that become real, a destroy that leaves nothing."""
import json
import os
import re
import shutil
import subprocess

from harness import expect, wait_until

refresh_limit_s = 420  # Two instances, one after the other, each with the stack's 60 s of warm-up.


def check_plans(sandbox, report):
    for stack in ("bootstrap", "live"):
        with report.check("the plan of %s is empty" % stack):
            done = sandbox.terraform(stack, "plan", "-detailed-exitcode")
            expect(done.code == 0, done.out)


def backend(sandbox):
    with open(os.path.join(sandbox.home, "demo/backend.hcl")) as file:
        return dict(re.findall(r'(\w+)\s*=\s*"([^"]*)"', file.read()))


def check_locks(sandbox, report):
    """Each of the two locks alone, held as another Terraform would hold it."""
    root, where = sandbox.root(), backend(sandbox)
    path, table = where["bucket"] + "/" + where["key"], where["dynamodb_table"]
    info = json.dumps({"ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply", "Info": "",
                       "Who": "somebody@elsewhere", "Version": "1.11.4", "Created": "2026-01-01T00:00:00Z", "Path": path})

    def refused():
        done = sandbox.terraform("live", "apply", "-auto-approve")
        expect(done.code == 1 and "Error acquiring the state lock" in done.out, done.out)
        expect("somebody@elsewhere" in done.out, "it does not say who holds it:\n" + done.out)

    with report.check("a concurrent apply is refused by the lock in DynamoDB"):
        root.json("dynamodb", "PutItem", TableName=table, Item={"LockID": {"S": path}, "Info": {"S": info}})
        try:
            refused()
        finally:
            root.json("dynamodb", "DeleteItem", TableName=table, Key={"LockID": {"S": path}})
    with report.check("a concurrent apply is refused by the lock file in S3"):
        status, body = root.raw("s3", "PUT", "/%s.tflock" % path, body=info.encode(), headers={"if-none-match": "*"})
        expect(status == 200, body)
        try:
            refused()
        finally:
            root.raw("s3", "DELETE", "/%s.tflock" % path)
    with report.check("afterwards nothing is locked"):
        done = sandbox.terraform("live", "plan", "-detailed-exitcode")
        expect(done.code == 0, done.out)


def replace(sandbox, path, old, new):
    path = os.path.join(sandbox.stack, path)
    with open(path) as file:
        text = file.read()
    expect(text.count(old) >= 1, "%s does not hold: %s" % (path, old))
    with open(path, "w") as file:
        file.write(text.replace(old, new, 1))


def apply(sandbox, *words):
    done = sandbox.terraform("live", "apply", "-auto-approve", *words)
    expect(done.code == 0, done.out[-3000:])
    return done.out


def check_capacity(sandbox, report):
    with report.check("a changed desired capacity becomes a third instance that serves"):
        apply(sandbox, "-var", "desired_capacity=3")
        ids = lambda: {one["id"] for one in sandbox.web_instances()}
        wait_until(lambda: len(ids()) == 3, "three instances run", 60)
        seen = set()
        wait_until(lambda: seen.add(sandbox.whoami()["instance"]) or len(seen) == 3, "three serve", 120, pause_s=0.1)
    with report.check("and back to two"):
        apply(sandbox, "-var", "desired_capacity=2")
        wait_until(lambda: len(sandbox.web_instances()) == 2, "two instances run", 180)
        done = sandbox.terraform("live", "plan", "-detailed-exitcode")
        expect(done.code == 0, done.out)


def check_small_changes(sandbox, report):
    """One apply with a group rule, a database parameter, a listener rule and a tag."""
    web = sandbox.web_instances()[0]["id"]
    with report.check("a group rule, a DB parameter, a listener rule and a tag are applied"):
        replace(sandbox, "modules/web/main.tf", '"forbidden"', '"closed"')
        replace(sandbox, "modules/database/main.tf", 'name  = "slow_query_log"\n    value = "1"',
                'name  = "slow_query_log"\n    value = "0"')
        replace(sandbox, "live/versions.tf", '"production"', '"staging"')
        replace(sandbox, "modules/security/main.tf", "from_port                    = 3306\n  to_port                      = 3306\n"
                "  referenced_security_group_id = aws_security_group.web.id",
                "from_port                    = 3306\n  to_port                      = 3306\n"
                "  referenced_security_group_id = aws_security_group.alb.id")
        apply(sandbox)
    with report.check("the listener rule answers anew"):
        wait_until(lambda: "closed" in sandbox.curl("/internal/x").out, "it says closed", 30)
    with report.check("the parameter is in force in the server"):
        for server in sandbox.database_servers():
            wait_until(lambda one=server: sandbox.sql(one, "SELECT @@global.slow_query_log") == "0", "it is off", 60)
    with report.check("the group rule is in force: the web group may no longer open connections to MySQL"):
        host, port = sandbox.live["db_endpoint"].split(":")
        wait_until(lambda: sandbox.reach(web, host, int(port)) != "open", "it is closed", 30)
    with report.check("the tag is there"):
        answer = sandbox.root().query("ec2", "DescribeTags", **{
            "Filter.1.Name": "resource-id", "Filter.1.Value.1": sandbox.live["vpc_id"]})
        tags = {item.findtext("key"): item.findtext("value") for item in answer.iterfind(".//tagSet/item")}
        expect(tags.get("Environment") == "staging", str(tags))
    with report.check("undone, the page works as before"):
        replace(sandbox, "modules/security/main.tf", "from_port                    = 3306\n  to_port                      = 3306\n"
                "  referenced_security_group_id = aws_security_group.alb.id",
                "from_port                    = 3306\n  to_port                      = 3306\n"
                "  referenced_security_group_id = aws_security_group.web.id")
        apply(sandbox)
        wait_until(lambda: sandbox.whoami()["database_role"] == "primary", "the database answers", 60)


def launch_template_version(sandbox):
    answer = sandbox.root().query("ec2", "DescribeLaunchTemplates", **{"LaunchTemplateId.1": sandbox.live["launch_template_id"]})
    return int(answer.findtext(".//latestVersionNumber"))


def check_refresh(sandbox, report):
    """New user data: a new launch template version, a refresh, and a page throughout."""
    before, version = {one["id"] for one in sandbox.web_instances()}, launch_template_version(sandbox)
    faults, asked = [], 0
    with report.check("changed user data makes a new launch template version"):
        replace(sandbox, "modules/web/user_data.sh.tftpl", "set -euo pipefail\n", "set -euo pipefail\n# second edition\n")
        apply(sandbox)
        expect(launch_template_version(sandbox) == version + 1, "version %d" % launch_template_version(sandbox))
    with report.check("the instance refresh replaces every instance, and the page stays"):
        def replaced():
            nonlocal asked
            asked += 1
            done = sandbox.curl("/", "-f", "-o", "/dev/null", limit_s=10)
            if done.code != 0:
                faults.append(done.out)
            now = {one["id"] for one in sandbox.web_instances()}
            return len(now) == 2 and not now & before
        wait_until(replaced, "all instances are new", refresh_limit_s)
        expect(not faults, "%d of %d requests failed: %s" % (len(faults), asked, faults[:3]))
        done = sandbox.stormglass("shell", sandbox.web_instances()[0]["id"], "--", "true")
        expect(done.code == 0, done.out)
    with report.check("after the refresh both new instances serve"):
        seen = set()
        wait_until(lambda: seen.add(sandbox.whoami()["instance"]) or len(seen) == 2, "two serve", 120, pause_s=0.1)
        expect(not seen & before, "an old one still serves")


def step_3(sandbox, report):
    report.headline("3: Terraform")
    check_plans(sandbox, report)
    check_locks(sandbox, report)
    check_capacity(sandbox, report)
    check_small_changes(sandbox, report)
    check_refresh(sandbox, report)
    check_plans(sandbox, report)


def traces(sandbox, realm_ids):
    """What of this run is still on the machine, by its folder's path or its realm's id."""
    marks = [sandbox.folder] + realm_ids
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid) as file:
                command = file.read().replace("\0", " ")
        except OSError:
            continue
        if int(pid) != os.getpid() and any(mark in command for mark in marks):
            found.append("process %s: %s" % (pid, command[:200]))
    with open("/proc/mounts") as file:
        found += ["mount: " + line.strip() for line in file if any(mark in line for mark in marks)]
    with open("/proc/net/unix") as file:
        found += ["socket: " + line.strip() for line in file if any(mark in line for mark in marks)]
    for place in ("/sys/fs/cgroup", "/run", "/tmp", "/dev/shm"):
        names = subprocess.run(["find", place, "-maxdepth", "5", "-not", "-path", sandbox.folder + "*"],
                               capture_output=True, text=True).stdout.splitlines()
        found += ["file: " + name for name in names if any(mark in name for mark in realm_ids)]
    return found


def machine():
    """What must be the same before and after: namespaces' names, links, routes, rules."""
    commands = (["ip", "netns", "list"], ["ip", "-o", "link"], ["ip", "route"], ["nft", "list", "ruleset"],
                ["ip", "-4", "-o", "addr"])
    result = {}
    for words in commands:
        if not shutil.which(words[0]):
            continue
        text = subprocess.run(words, capture_output=True, text=True).stdout
        result[" ".join(words)] = sorted(re.sub(r"(valid|preferred)_lft \S+|qlen \d+|state \w+", "", line)
                                         for line in text.splitlines())
    return result


def realms():
    try:
        return set(os.listdir("/run/stormglass"))
    except FileNotFoundError:
        return set()


def step_destroy(sandbox, report, before, realms_before):
    report.headline("3, the end: destroy, and nothing left")
    own = sorted(realms() - realms_before)
    with report.check("make demo-down ends 0"):
        done = sandbox.tool("demo_down.sh", limit_s=900, show=True)
        expect(done.code == 0, "exit code %d" % done.code)
    with report.check("no process, namespace, mount, cgroup, socket or file is left"):
        expect(not os.path.exists(sandbox.home), "left: " + str(os.listdir(sandbox.home) if os.path.exists(sandbox.home) else ""))
        left = traces(sandbox, own)
        expect(not left, "\n".join(left[:20]))
    with report.check("the host's links, routes, addresses and firewall are as before"):
        after = machine()
        for name, lines in before.items():
            # Others may work on this machine meanwhile: only what bears a name of ours counts as ours.
            new = [line for line in after[name] if line not in lines]
            ours = [line for line in new if any(mark in line for mark in own + ["stormglass"])]
            expect(not ours, "%s: %s" % (name, ours))
    with report.check("demo-down on nothing says so"):
        done = sandbox.tool("demo_down.sh")
        expect(done.code == 0 and "nothing to take down" in done.out, done.out)
