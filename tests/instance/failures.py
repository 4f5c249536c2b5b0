"""The ways in which an instance is lost, each a function of sandbox and instance."""
import os
import re
import signal

from harness import expect


def inside(sandbox, instance, script):
    """A command in the instance, whatever becomes of it: it may not survive what it does."""
    try:
        return sandbox.inside(instance["id"], script, limit_s=20).out
    except Exception as error:  # A frozen or dying instance does not answer.
        return str(error)


def group_of(sandbox, instance):
    """Its control group's folder in the freezer hierarchy or the unified one."""
    pid = next(one["pid"] for one in sandbox.status()["instances"] if one["id"] == instance["id"])
    with open("/proc/%d/cgroup" % pid, encoding="ascii") as file:
        lines = [line.strip().split(":", 2) for line in file]
    for _, controllers, path in lines:
        if controllers == "freezer":
            return "/sys/fs/cgroup/freezer" + path
    return "/sys/fs/cgroup" + next(path for _, controllers, path in lines if not controllers)


def processes(sandbox, instance):
    """Every process of the instance, as the machine numbers them: [(pid, name)]."""
    found = []
    with open(os.path.join(group_of(sandbox, instance), "cgroup.procs"), encoding="ascii") as file:
        for pid in file.read().split():
            try:
                with open("/proc/%s/comm" % pid, encoding="utf-8") as name:
                    found.append((int(pid), name.read().strip()))
            except OSError:
                continue
    return found


def send(pids, number):
    expect(pids, "no such process")
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def web_of(sandbox, instance):
    """The application, and the script that would start it again, which comes first."""
    all_of_it = processes(sandbox, instance)
    return ([pid for pid, name in all_of_it if name == "supervise"] +
            [pid for pid, name in all_of_it if name == "guestbook"])


def terminated(sandbox, instance):
    sandbox.root().query("ec2", "TerminateInstances", **{"InstanceId.1": instance["id"]})


def killed(sandbox, instance):
    send([pid for pid, _ in processes(sandbox, instance)], signal.SIGKILL)


def web_killed(sandbox, instance):
    send(web_of(sandbox, instance), signal.SIGKILL)


def web_hung(sandbox, instance):
    send(web_of(sandbox, instance), signal.SIGSTOP)


def frozen(sandbox, instance):
    """Nothing of it runs any more, and nothing of it ends: as a machine that hangs."""
    group = group_of(sandbox, instance)
    version_1 = os.path.join(group, "freezer.state")
    name, word = (version_1, "FROZEN") if os.path.exists(version_1) else (os.path.join(group, "cgroup.freeze"), "1")
    with open(name, "w", encoding="ascii") as file:
        file.write(word)


def memory_full(sandbox, instance):
    """Something inside takes all it can get, again and again; the kernel ends the application first, as it would
    the one that leaks."""
    for pid in web_of(sandbox, instance):
        with open("/proc/%d/oom_score_adj" % pid, "w", encoding="ascii") as file:
            file.write("1000")
    inside(sandbox, instance, """
        setsid -f bash -c 'while :; do head -c 4G /dev/zero | tail; done' >/dev/null 2>&1 </dev/null""")


def disk_full(sandbox, instance):
    """The root volume has no byte left; an application that writes nothing there goes on."""
    out = inside(sandbox, instance, """
        fallocate -l $(($(df --output=avail -B1 / | tail -1) - 1048576)) /var/tmp/most
        cat /dev/zero > /var/tmp/rest 2>/dev/null; df --output=size,avail -B1M / | tail -1""")
    size, left = (int(one) for one in re.findall(r"\d+", out)[-2:])
    expect(left < 2, "the disk is not full: %d of %d MiB are left" % (left, size))


def web_crashed(sandbox, instance):
    """Only the application: what supervises it inside starts it again, and nobody is replaced."""
    send([pid for pid, name in processes(sandbox, instance) if name == "guestbook"], signal.SIGKILL)
