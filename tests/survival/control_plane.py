#!/usr/bin/env python3
"""kill -9 of the daemon at random moments, again and again, under API calls and users' load.

    control_plane.py [--kills 1000] [--seed N] [--keep]

Brings up the reference stack on a data directory and ports of its own. While users read and write entries and an
operator changes parameters, items, objects, tags, group rules and launches and terminates instances, the daemon is
killed at random moments, also while it starts. Afterwards: no user's request failed because of it, every
acknowledged change is there, what was alive was adopted and not restarted, nothing is orphaned, the plan is empty.
Needs root and terraform or tofu. Exit code: 0 passed, 1 failed, 77 this machine cannot run it.
"""
import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "terraform")]
from harness import STORMGLASS, Report, Sandbox, expect, wait_until  # noqa: E402
from operator_changes import Operator  # noqa: E402
from users import Users  # noqa: E402


def daemon_pids(sandbox):
    """Every process that is this sandbox's daemon or is just becoming it; they bear its data directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if words[0] == STORMGLASS.encode() and b"up" in words and sandbox.home.encode() in words:
            found.append(int(pid))
    return found


def kill_daemon(sandbox):
    for pid in daemon_pids(sandbox):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def up_words(sandbox):
    return [STORMGLASS, "up", "--data-dir", sandbox.home, "--port", str(sandbox.port),
            "--http-port", str(sandbox.http_port), "--https-port", str(sandbox.https_port)]


def up(sandbox, dice, figures):
    """Starts it again; every tenth time it is killed while it starts."""
    if dice.random() < 0.1:
        early = subprocess.Popen(up_words(sandbox), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.random() * 0.08)
        kill_daemon(sandbox)
        early.wait(60)
        figures["killed while starting"] += 1
    began = time.monotonic()
    sandbox.ok(*up_words(sandbox))
    figures["up"].append(time.monotonic() - began)


def kill_again_and_again(sandbox, kills, dice):
    figures = {"up": [], "killed while starting": 0}
    for number in range(kills):
        time.sleep(dice.random() * 0.8)
        kill_daemon(sandbox)
        time.sleep(dice.random() * 0.1)
        up(sandbox, dice, figures)
        if (number + 1) % 50 == 0:
            print("         %d kills" % (number + 1), flush=True)
    return figures


def living(sandbox):
    """What must be adopted: instances of the group, database servers and balancer nodes, by pid."""
    status = sandbox.status()
    servers = sorted(one["pid"] for database in status["databases"] for one in database["servers"])
    expect(len(servers) == 2, "database servers: %s" % servers)
    return {"servers": servers, "instances": sorted(one["id"] for one in sandbox.web_instances()),
            "processes": planes(sandbox)}


def planes(sandbox):
    """Processes of the realm that are balancer nodes, front door, resolvers or inits of instances."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                words = file.read().split(b"\0")
            with open("/proc/%s/cgroup" % pid) as file:
                groups = file.read()
        except OSError:
            continue
        if words[0].endswith(b"stormglass") and realm(sandbox) in groups and b"up" not in words:
            found.add(int(pid))
    return found


def realm(sandbox):
    """The id that its cgroups bear: realm_paths.cc."""
    return hashlib.sha256(os.path.realpath(sandbox.home).encode()).hexdigest()[:6]


def check(sandbox, report, kills, seed):
    dice = random.Random(seed)
    before = living(sandbox)
    operator = Operator(sandbox, dice.random())
    with Users(sandbox) as users:
        wait_until(lambda: users.reads > 20, "the load runs", 30)
        with operator:
            with report.check("%d times kill -9, and up again (seed %d)" % (kills, seed)):
                figures = kill_again_and_again(sandbox, kills, dice)
                ups = sorted(figures["up"])
                print("         up again: median %.3f s, worst %.3f s; %d more were killed while starting"
                      % (ups[len(ups) // 2], ups[-1], figures["killed while starting"]), flush=True)
        wait_until(sandbox.status, "status answers", 10)
    with report.check("not one of the users' requests failed"):
        print("         %d reads, %d entries written" % (users.reads, len(users.written)), flush=True)
        expect(not users.faults, "%d failed: %s" % (len(users.faults), users.faults[:5]))
    with report.check("every entry that was acknowledged is in the database, once"):
        users.check_entries()
    with report.check("every acknowledged change of the operator's is there"):
        print("         %s" % operator.summary(), flush=True)
        operator.check()
    with report.check("what was alive was adopted, not restarted"):
        wait_until(lambda: living(sandbox)["servers"] == before["servers"], "the same database servers", 30)
        after = living(sandbox)
        expect(after["instances"] == before["instances"], "%s became %s" % (before["instances"], after["instances"]))
        gone = before["processes"] - after["processes"]
        expect(not gone, "processes gone: %s" % gone)
    with report.check("nothing is orphaned"):
        operator.clean()
        wait_until(lambda: planes(sandbox) == before["processes"], "only the first processes are left", 90)
    with report.check("the plan is empty"):
        for stack in ("bootstrap", "live"):
            done = sandbox.terraform(stack, "plan", "-detailed-exitcode")
            expect(done.code == 0, stack + ":\n" + done.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--keep", action="store_true", help="do not take anything down")
    options = parser.parse_args()
    if os.geteuid() != 0 or not (shutil.which("terraform") or shutil.which("tofu")):
        print("SKIPPED: this needs root, and terraform or tofu")
        return 77
    report, sandbox = Report(), Sandbox()
    try:
        report.headline("the stack comes up")
        done = sandbox.tool("demo.sh", limit_s=900)
        expect(done.code == 0, done.out)
        sandbox.load_outputs()
        report.headline("kill -9 of the daemon")
        check(sandbox, report, options.kills, options.seed)
    finally:
        if options.keep:
            print("kept: STORMGLASS_HOME=%s" % sandbox.home)
        else:
            sandbox.remove()
    print("\nsurvival: %d passed, %d failed" % (report.passed, report.failed))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
