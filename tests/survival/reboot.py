#!/usr/bin/env python3
"""The machine loses its power under load, and comes back with nothing but its disk.

    reboot.py

The reference stack runs in a PID and mount namespace of its own. Ending that namespace ends every process, mount and
network namespace at one instant, in the middle of users' writes, as a power cut does; only the data directory is
left. Then `stormglass up`, and nothing else: the region must come up again by itself, with every entry that was
acknowledged, and the plan must be empty. Needs root, unshare, and terraform or tofu. Exit code as control_plane.py.
"""
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "terraform")]
from control_plane import up_words  # noqa: E402
from harness import Report, Sandbox, expect, wait_until  # noqa: E402
from users import Users  # noqa: E402

load_s = 5
back_limit_s = 240  # Instances whose machine died are replaced or started, databases recover.


def ledger(sandbox):
    return os.path.join(sandbox.folder, "ledger.json")


def before_the_cut(sandbox):
    """Ends without stopping anything: this process is the namespace's first, and takes all others along."""
    done = sandbox.tool("demo.sh", limit_s=900)
    if done.code != 0:
        print(done.out, flush=True)
        os._exit(1)
    sandbox.load_outputs()
    users = Users(sandbox, readers=1)
    users.__enter__()
    wait_until(lambda: len(users.written) > 20, "entries are written", 30)
    time.sleep(load_s)
    with open(ledger(sandbox), "w") as file:
        json.dump({"live": sandbox.live, "written": list(users.written), "faults": users.faults}, file)
        file.flush()
        os.fsync(file.fileno())
    os._exit(0)


def after_the_cut(sandbox):
    report = Report()
    with open(ledger(sandbox)) as file:
        kept = json.load(file)
    sandbox.live = kept["live"]
    report.headline("the power is back: %d entries were acknowledged" % len(kept["written"]))
    began = time.monotonic()
    with report.check("up starts the daemon on what the disk holds"):
        sandbox.ok(*up_words(sandbox))
    with report.check("the page answers again, from instances in two zones, with a writable database"):
        zones = set()

        def answers():
            who = sandbox.whoami()
            expect(who["database_role"] == "primary", str(who))
            zones.add(who["zone"])
            return len(zones) == 2
        wait_until(answers, "both zones answer", back_limit_s)
        print("         %.1f s after up" % (time.monotonic() - began), flush=True)
    with report.check("every entry that was acknowledged is in the database, once"):
        users = Users(sandbox)
        users.written = kept["written"]
        users.check_entries()
    with report.check("the database has a standby again, in the other zone"):
        def a_pair():
            servers = sandbox.database_servers()
            return {one["role"] for one in servers} == {"primary", "standby"} and len({one["zone"] for one in servers}) == 2
        wait_until(a_pair, "primary and standby run", back_limit_s)
    with report.check("the plan is empty"):
        for stack in ("bootstrap", "live"):
            done = sandbox.terraform(stack, "plan", "-detailed-exitcode")
            expect(done.code == 0, stack + ":\n" + done.out)
    with report.check("make demo-down ends 0"):
        done = sandbox.tool("demo_down.sh", limit_s=900)
        expect(done.code == 0, done.out)
    print("\nreboot: %d passed, %d failed" % (report.passed, report.failed), flush=True)
    os._exit(1 if report.failed else 0)


def inside(phase, sandbox):
    """Runs this script's phase as the first process of new namespaces; all of them end with it."""
    places = json.dumps({name: getattr(sandbox, name) for name in ("folder", "port", "http_port", "https_port")})
    return subprocess.call(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable,
                            os.path.abspath(__file__), phase, places])


def main():
    if len(sys.argv) == 3:
        places = json.loads(sys.argv[2])
        sandbox = Sandbox(places.pop("folder"))
        for name, value in places.items():
            setattr(sandbox, name, value)
        sandbox.set_environment()
        {"before": before_the_cut, "after": after_the_cut}[sys.argv[1]](sandbox)
    if os.geteuid() != 0 or not (shutil.which("terraform") or shutil.which("tofu")):
        print("SKIPPED: this needs root, and terraform or tofu")
        return 77
    sandbox = Sandbox()
    try:
        if inside("before", sandbox) != 0 or not os.path.exists(ledger(sandbox)):
            print("\nreboot: 0 passed, 1 failed (the stack did not come up)")
            return 1
        print("the power is cut", flush=True)
        return inside("after", sandbox)
    finally:
        sandbox.remove()


if __name__ == "__main__":
    sys.exit(main())
