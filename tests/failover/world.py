"""A daemon of our own with a VPC, an instance to stand in and a Multi-AZ DB instance; and the means to
break them. Everything is gone afterwards."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

REGION = "us-east-1"
NAME = "rounds"
PASSWORD = "Corr3ct-Horse"
CUT_TABLE = "failover_test_cut"


class Skip(Exception):
    """Something this machine lacks."""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_until(condition, what, limit_s=120):
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("after %d s still not: %s" % (limit_s, what))
        time.sleep(0.2)


class World:
    def __init__(self, build):
        self.program = os.path.join(build, "stormglass")
        self.load_program = os.path.join(build, "failover_load")
        self.name = NAME
        self.load = None

    def __enter__(self):
        if os.geteuid() != 0:
            raise Skip("needs root")
        if not os.path.exists("/usr/sbin/mariadbd"):
            raise Skip("mariadb-server is not installed")
        try:
            import boto3
        except ImportError:
            raise Skip("boto3 is not installed") from None
        self.home = tempfile.mkdtemp(prefix="stormglass-failover-")
        self.ports = free_ports(3)
        try:
            self.up()
            env = json.loads(self.stormglass("env", "--format", "json"))
            # A call may meet the daemon while it is being restarted: that is waited out.
            options = {"endpoint_url": env["AWS_ENDPOINT_URL"], "region_name": REGION,
                       "aws_access_key_id": env["AWS_ACCESS_KEY_ID"],
                       "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"]}
            self.rds, self.ec2 = boto3.client("rds", **options), boto3.client("ec2", **options)
            self.build_stack()
            self.start_load()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.load:
            self.load.stdin.close()
            self.load.kill()
            self.load.wait()
        subprocess.run([self.program, "down", "--data-dir", self.home, "--purge"], check=False,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(self.home, ignore_errors=True)

    # --- the daemon
    def stormglass(self, *words):
        done = subprocess.run([self.program, words[0], "--data-dir", self.home, *words[1:]], text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise AssertionError("%s: %s" % (words[0], done.stderr))
        return done.stdout

    def up(self):
        port, http, https = map(str, self.ports)
        self.stormglass("up", "--port", port, "--http-port", http, "--https-port", https)

    def status(self):
        return json.loads(self.stormglass("status", "--json"))

    def kill_daemon(self):
        pid = self.status()["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not os.path.exists("/proc/%d" % pid), "the daemon's end", 10)

    # --- what is in it
    def build_stack(self):
        vpc = self.ec2.create_vpc(CidrBlock="10.88.0.0/16")["Vpc"]["VpcId"]
        subnets = [self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.88.%d.0/24" % n,
                                          AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
                   for n, zone in enumerate("ab")]
        group = self.ec2.create_security_group(GroupName="all", Description="x", VpcId=vpc)["GroupId"]
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.88.0.0/16"}]}])
        self.rds.create_db_subnet_group(DBSubnetGroupName=NAME, DBSubnetGroupDescription="x", SubnetIds=subnets)
        self.rds.create_db_instance(
            DBInstanceIdentifier=NAME, Engine="mysql", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
            MultiAZ=True, MasterUsername="appadmin", MasterUserPassword=PASSWORD, DBName="app",
            DBSubnetGroupName=NAME, VpcSecurityGroupIds=[group])
        image = self.ec2.describe_images(Owners=["amazon"], Filters=[
            {"Name": "name", "Values": ["al2023-ami-*"]}])["Images"][0]["ImageId"]
        self.instance = self.ec2.run_instances(
            ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1, SubnetId=subnets[0],
            SecurityGroupIds=[group])["Instances"][0]["InstanceId"]
        wait_until(lambda: self.database()["DBInstanceStatus"] == "available", "the database is available", 300)
        wait_until(self.instance_pid, "the instance runs")

    def instance_pid(self):
        return next((i["pid"] for i in self.status()["instances"] if i["id"] == self.instance), 0)

    def database(self):
        return self.rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]

    def servers(self):
        return self.status()["databases"][0]["servers"]

    def is_well(self):
        """Available, with a standby that confirms, as observed."""
        item, servers = self.database(), self.servers()
        return (item["DBInstanceStatus"] == "available" and len(servers) == 2
                and all(s["state"] == "running" and s["synchronous"] for s in servers))

    # --- its clients
    def start_load(self):
        endpoint = self.database()["Endpoint"]["Address"]
        self.load = subprocess.Popen(
            ["nsenter", "--net=/proc/%d/ns/net" % self.instance_pid(), self.load_program, endpoint, "appadmin"],
            env={**os.environ, "DATABASE_PASSWORD": PASSWORD}, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        if not json.loads(self.load.stdout.readline() or "{}").get("ready"):
            raise AssertionError("the load does not start")

    def ask(self, command):
        self.load.stdin.write(command + "\n")
        self.load.stdin.flush()
        return json.loads(self.load.stdout.readline())

    # --- breaking it
    def inside(self, server, *words):
        subprocess.run(["nsenter", "--net=%s" % self.namespace, *words], check=True)

    def cut(self, server, interface):
        """Nothing passes that interface of the server any more, in either direction."""
        self.namespace = "/proc/%d/ns/net" % server["pid"]
        # Held open: the server may be gone when the network is mended.
        self.held = os.open(self.namespace, os.O_RDONLY)
        self.namespace = "/proc/%d/fd/%d" % (os.getpid(), self.held)
        self.inside(server, "nft", "add table inet %s; "
                    "add chain inet %s in { type filter hook input priority -10; }; "
                    "add chain inet %s out { type filter hook output priority -10; }; "
                    "add rule inet %s in iifname %s drop; add rule inet %s out oifname %s drop" % (
                        CUT_TABLE, CUT_TABLE, CUT_TABLE, CUT_TABLE, interface, CUT_TABLE, interface))

    def mend(self, server):
        self.inside(server, "nft", "delete table inet %s" % CUT_TABLE)
        os.close(self.held)

    def fail_disk(self, server):
        """Every write that the server begins fails from now on."""
        owner = os.stat("/proc/%d" % server["pid"])  # Root of a container may not do it, its owner may.
        subprocess.run(["prlimit", "--pid", str(server["pid"]), "--fsize=1:1"], check=True,
                       user=owner.st_uid, group=owner.st_gid, extra_groups=[])
