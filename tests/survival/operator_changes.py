"""An operator who changes things through the API all the time, and a ledger of what was acknowledged.

A call that ends without an answer may or may not have happened: until the next acknowledged change of the same
thing, both are right. Everything else must be exactly as acknowledged.
"""
import collections
import http.client
import random
import threading
import uuid

from aws_client import ApiError
from harness import expect, wait_until

keys = 20  # So many parameters, items, objects and tags, changed again and again.


class Operator:
    def __init__(self, sandbox, seed):
        self.sandbox, self.dice, self.root = sandbox, random.Random(seed), sandbox.root()
        self.table = "survival-" + uuid.uuid4().hex[:8]
        self.bucket = "survival-" + uuid.uuid4().hex[:8]
        self.possible = collections.defaultdict(set)  # thing -> the values it may have now.
        self.launched = {}  # client token -> id, or None: no answer yet.
        self.terminated, self.doubtful = set(), set()  # doubtful: a termination without an answer.
        self.acknowledged, self.unanswered, self.refused = collections.Counter(), 0, []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def __enter__(self):
        self.root.json("dynamodb", "CreateTable", TableName=self.table, BillingMode="PAY_PER_REQUEST",
                       AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                       KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        status, body = self.root.raw("s3", "PUT", "/" + self.bucket)
        expect(status == 200, body)
        answer = self.root.query("ec2", "CreateSecurityGroup", GroupName=self.table, GroupDescription="survival",
                                 VpcId=self.sandbox.live["vpc_id"])
        self.group = answer.findtext("groupId")
        web = self.sandbox.web_instances()[0]
        self.image = web["image"]
        answer = self.root.query("ec2", "DescribeInstances", **{"InstanceId.1": web["id"]})
        self.subnet = answer.findtext(".//instancesSet/item/subnetId")
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    # --- changes
    def _work(self):
        kinds = [self._parameter, self._item, self._object, self._tag, self._rule]
        while not self.stop.is_set():
            kind = self._instance if self.dice.random() < 0.02 else self.dice.choice(kinds)
            try:
                kind()
            except ApiError as error:
                self.refused.append(str(error))
            self.stop.wait(0.01)

    def _change(self, thing, value, call):
        """Until the answer is there, the old and the new value are both possible."""
        self.possible[thing].add(value)
        try:
            call()
        except (OSError, http.client.HTTPException):
            self.unanswered += 1
            self.stop.wait(0.05)
            return
        self.possible[thing] = {value}
        self.acknowledged[thing[0]] += 1

    def _parameter(self):
        name, value = "/survival/%d" % self.dice.randrange(keys), uuid.uuid4().hex
        self._change(("parameter", name), value, lambda: self.root.json(
            "ssm", "PutParameter", Name=name, Value=value, Type="SecureString", Overwrite=True))

    def _item(self):
        name, value = "item-%d" % self.dice.randrange(keys), uuid.uuid4().hex
        self._change(("item", name), value, lambda: self.root.json(
            "dynamodb", "PutItem", TableName=self.table, Item={"id": {"S": name}, "value": {"S": value}}))

    def _object(self):
        name, value = "object-%d" % self.dice.randrange(keys), uuid.uuid4().hex * self.dice.choice((1, 3000))

        def put():
            status, body = self.root.raw("s3", "PUT", "/%s/%s" % (self.bucket, name), body=value.encode())
            if status != 200:
                raise ApiError(status, "PutObject", body[:200])
        self._change(("object", name), value, put)

    def _tag(self):
        name, value = "survival-%d" % self.dice.randrange(keys), uuid.uuid4().hex
        self._change(("tag", name), value, lambda: self.root.query(
            "ec2", "CreateTags", **{"ResourceId.1": self.group, "Tag.1.Key": name, "Tag.1.Value": value}))

    def _rule(self):
        port = 20000 + self.dice.randrange(keys)
        thing = ("rule", port)
        if len(self.possible[thing]) > 1:  # Ask rather than be refused for what is there already.
            try:
                self.possible[thing] = {port in self._ports()}
            except (OSError, http.client.HTTPException):
                return
        there = self.possible[thing] == {True}
        action = "RevokeSecurityGroupIngress" if there else "AuthorizeSecurityGroupIngress"
        if not self.possible[thing]:
            self.possible[thing] = {False}
        self._change(thing, not there, lambda: self.root.query("ec2", action, GroupId=self.group, **{
            "IpPermissions.1.IpProtocol": "tcp", "IpPermissions.1.FromPort": port, "IpPermissions.1.ToPort": port,
            "IpPermissions.1.IpRanges.1.CidrIp": "10.0.0.0/8"}))

    def _instance(self):
        """Launches one, or terminates one that it launched: never more than three at once."""
        alive = [one for one in self.launched.values() if one and one not in self.terminated]
        open_token = next((token for token, one in self.launched.items() if one is None), None)
        try:
            if alive and (len(alive) >= 3 or self.dice.random() < 0.5):
                self.doubtful.add(alive[0])
                self.root.query("ec2", "TerminateInstances", **{"InstanceId.1": alive[0]})
                self.terminated.add(alive[0])
                self.acknowledged["terminated"] += 1
                return
            token = open_token or uuid.uuid4().hex  # The same token again: launched at most once.
            self.launched[token] = None
            answer = self.root.query("ec2", "RunInstances", ImageId=self.image, InstanceType="t3.micro", MinCount=1,
                                     MaxCount=1, SubnetId=self.subnet, ClientToken=token,
                                     **{"SecurityGroupId.1": self.group})
            self.launched[token] = answer.findtext(".//instancesSet/item/instanceId")
            self.acknowledged["launched"] += 1
        except (OSError, http.client.HTTPException):
            self.unanswered += 1

    # --- afterwards
    def _ports(self):
        answer = self.root.query("ec2", "DescribeSecurityGroups", **{"GroupId.1": self.group})
        return {int(item.findtext("fromPort")) for item in answer.iterfind(".//ipPermissions/item")}

    def _now(self, kind, name):
        if kind == "parameter":
            return self.root.json("ssm", "GetParameter", Name=name, WithDecryption=True)["Parameter"]["Value"]
        if kind == "item":
            answer = self.root.json("dynamodb", "GetItem", TableName=self.table, Key={"id": {"S": name}})
            return answer.get("Item", {}).get("value", {}).get("S")
        if kind == "object":
            status, body = self.root.raw("s3", "GET", "/%s/%s" % (self.bucket, name))
            return body.decode() if status == 200 else "status %d" % status
        if kind == "rule":
            return name in self._ports()
        answer = self.root.query("ec2", "DescribeTags", **{
            "Filter.1.Name": "resource-id", "Filter.1.Value.1": self.group, "Filter.2.Name": "key", "Filter.2.Value.1": name})
        return answer.findtext(".//tagSet/item/value")

    def check(self):
        expect(not self.refused, "%d calls were refused: %s" % (len(self.refused), self.refused[:3]))
        wrong = []
        for (kind, name), values in sorted(self.possible.items(), key=str):
            try:
                value = self._now(kind, name)
            except ApiError as error:
                value = str(error)
            if value not in values and not (len(values) == 1 and self.acknowledged[kind] == 0):
                wrong.append("%s %s is %s, not of %s" % (kind, name, str(value)[:60], [str(one)[:60] for one in values]))
        expect(not wrong, "%d wrong:\n%s" % (len(wrong), "\n".join(wrong[:5])))
        self._check_instances()

    def _check_instances(self):
        answer = self.root.query("ec2", "DescribeInstances", **{
            "Filter.1.Name": "instance.group-id", "Filter.1.Value.1": self.group,
            "Filter.2.Name": "instance-state-name", "Filter.2.Value.1": "pending", "Filter.2.Value.2": "running"})
        there = [item.findtext("instanceId") for item in answer.iterfind(".//instancesSet/item")]
        wanted = {one for one in self.launched.values() if one and one not in self.terminated}
        unsure = sum(1 for one in self.launched.values() if one is None)
        missing = wanted - self.doubtful - set(there)
        expect(not missing, "missing: %s" % missing)
        expect(len(there) <= len(wanted) + unsure, "too many: %s, wanted %s" % (there, wanted))

    def summary(self):
        return "%s acknowledged, %d calls without an answer" % (dict(self.acknowledged), self.unanswered)

    def clean(self):
        """Takes away what it made, so that afterwards everything is as before."""
        def gone():
            answer = self.root.query("ec2", "DescribeInstances", **{
                "Filter.1.Name": "instance.group-id", "Filter.1.Value.1": self.group,
                "Filter.2.Name": "instance-state-name", "Filter.2.Value.1": "pending", "Filter.2.Value.2": "running",
                "Filter.2.Value.3": "shutting-down"})
            ids = [item.findtext("instanceId") for item in answer.iterfind(".//instancesSet/item")]
            if ids:
                self.root.query("ec2", "TerminateInstances", **{"InstanceId.%d" % (n + 1): one for n, one in enumerate(ids)})
            return not ids
        wait_until(gone, "its instances are terminated", 120)
        wait_until(lambda: self.root.query("ec2", "DeleteSecurityGroup", GroupId=self.group) is not None,
                   "its group is deleted", 60)
        for number in range(keys):
            try:
                self.root.json("ssm", "DeleteParameter", Name="/survival/%d" % number)
            except ApiError:
                pass
            self.root.raw("s3", "DELETE", "/%s/object-%d" % (self.bucket, number))
        self.root.raw("s3", "DELETE", "/" + self.bucket)
        self.root.json("dynamodb", "DeleteTable", TableName=self.table)
