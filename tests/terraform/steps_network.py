"""Step 4: the network is enforced. Launches instances of its own beside the stack's, and removes them."""
import base64
import contextlib
import re
import socket
import threading

from harness import expect, wait_until

service_port = 81  # Below 1024 and not 80: the public network ACL lets nobody in from another subnet.
launch_limit_s = 60
listen = "#!/bin/bash\nexec python3 -m http.server %d --bind 0.0.0.0 --directory /var/empty\n" % service_port


class Outsiders:
    """A security group and instances that have nothing to do with the stack's groups."""

    def __init__(self, sandbox):
        self.sandbox, self.api, self.image = sandbox, sandbox.root(), sandbox.web_instances()[0]["image"]
        self.undo = []  # Run in reverse at the end.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for action in reversed(self.undo):
            with contextlib.suppress(Exception):  # One that fails must not keep the others.
                action()

    def ec2(self, action, **parameters):
        return self.api.query("ec2", action, **parameters)

    def group(self, vpc, name):
        """Lets in the service port from everywhere and everything out."""
        group = self.ec2("CreateSecurityGroup", GroupName=name, GroupDescription="acceptance", VpcId=vpc).findtext("groupId")
        self.undo.append(lambda: wait_until(lambda: self.ec2("DeleteSecurityGroup", GroupId=group) is not None,
                                            "the group can be deleted", 60))
        self.ec2("AuthorizeSecurityGroupIngress", GroupId=group, **{
            "IpPermissions.1.IpProtocol": "tcp", "IpPermissions.1.FromPort": service_port,
            "IpPermissions.1.ToPort": service_port, "IpPermissions.1.IpRanges.1.CidrIp": "0.0.0.0/0"})
        return group

    def instance(self, subnet, group, **more):
        """{id, address} of a running instance whose service answers itself."""
        answer = self.ec2("RunInstances", ImageId=self.image, InstanceType="t3.micro", MinCount=1, MaxCount=1, **{
            "NetworkInterface.1.DeviceIndex": 0, "NetworkInterface.1.SubnetId": subnet,
            "NetworkInterface.1.SecurityGroupId.1": group, "UserData": base64.b64encode(listen.encode()).decode(), **more})
        one = {"id": answer.findtext(".//instanceId"), "address": answer.findtext(".//privateIpAddress")}
        self.undo.append(lambda: self.terminate(one["id"]))
        wait_until(lambda: self.sandbox.reach(one["id"], "127.0.0.1", service_port) == "open",
                   "%s serves" % one["id"], launch_limit_s)
        return one

    def terminate(self, instance):
        self.ec2("TerminateInstances", **{"InstanceId.1": instance})
        state = lambda: self.ec2("DescribeInstances", **{"InstanceId.1": instance}).findtext(".//instanceState/name")
        wait_until(lambda: state() == "terminated", instance + " is terminated", 60)

    def other_vpc(self):
        """A second VPC with a way to the internet, and an instance in it."""
        vpc = self.ec2("CreateVpc", CidrBlock="10.99.0.0/16").findtext(".//vpcId")
        self.undo.append(lambda: self.ec2("DeleteVpc", VpcId=vpc))
        gateway = self.ec2("CreateInternetGateway").findtext(".//internetGatewayId")
        self.undo.append(lambda: self.ec2("DeleteInternetGateway", InternetGatewayId=gateway))
        self.ec2("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
        self.undo.append(lambda: self.ec2("DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc))
        table = self.ec2("DescribeRouteTables", **{"Filter.1.Name": "vpc-id", "Filter.1.Value.1": vpc})
        self.ec2("CreateRoute", RouteTableId=table.findtext(".//routeTableId"), DestinationCidrBlock="0.0.0.0/0",
                 GatewayId=gateway)
        subnet = self.ec2("CreateSubnet", VpcId=vpc, CidrBlock="10.99.1.0/24").findtext(".//subnetId")
        self.undo.append(lambda: self.ec2("DeleteSubnet", SubnetId=subnet))
        return self.instance(subnet, self.group(vpc, "acceptance-other-vpc"))


def private_acl(outsiders):
    answer = outsiders.ec2("DescribeNetworkAcls", **{
        "Filter.1.Name": "association.subnet-id", "Filter.1.Value.1": outsiders.sandbox.live["private_subnet_ids"][0]})
    return answer.findtext(".//networkAclId")


def acl_entry(acl, number, action, egress, cidr, ports):
    return {"NetworkAclId": acl, "RuleNumber": number, "Protocol": "6", "RuleAction": action,
            "Egress": "true" if egress else "false", "CidrBlock": cidr, "PortRange.From": ports[0], "PortRange.To": ports[1]}


def check_database_doors(sandbox, report, outsiders, outsider):
    web, (host, port) = sandbox.web_instances()[0], sandbox.live["db_endpoint"].split(":")
    settles = lambda wanted, what: wait_until(
        lambda: (sandbox.reach(web["id"], host, int(port)) == "open") == wanted, what, 30)
    with report.check("MySQL is open to the web group"):
        expect(sandbox.reach(web["id"], host, int(port)) == "open", sandbox.reach(web["id"], host, int(port)))
    with report.check("MySQL drops an instance in another group"):
        expect(sandbox.reach(outsider["id"], host, int(port)) == "dropped", sandbox.reach(outsider["id"], host, int(port)))
    acl = private_acl(outsiders)
    with report.check("a network ACL's deny works, and its removal too"):
        outsiders.ec2("CreateNetworkAclEntry", **acl_entry(acl, 50, "deny", False, "0.0.0.0/0", (3306, 3306)))
        try:
            settles(False, "the deny takes effect")
        finally:
            outsiders.ec2("DeleteNetworkAclEntry", NetworkAclId=acl, RuleNumber=50, Egress="false")
        settles(True, "it is open again")
    with report.check("network ACLs are stateless: without the way back nothing connects"):
        outsiders.ec2("DeleteNetworkAclEntry", NetworkAclId=acl, RuleNumber=100, Egress="true")
        try:
            settles(False, "answers are dropped")
        finally:
            outsiders.ec2("CreateNetworkAclEntry", **acl_entry(acl, 100, "allow", True, "10.20.0.0/16", (1024, 65535)))
        settles(True, "it is open again")


def check_host_is_out_of_reach(sandbox, report, outsider):
    addresses = [one for one in re.findall(r"inet ([0-9.]+)", sandbox.ok("ip", "-4", "-o", "addr"))
                 if not one.startswith("127.")]
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen(8)
        port, seen = listener.getsockname()[1], []

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    seen.append(listener.accept()[1])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        with report.check("nothing inside reaches the host's own addresses (%s)" % ", ".join(addresses)):
            with socket.create_connection(("127.0.0.1", port), 3):
                pass
            wait_until(lambda: seen, "the listener works", 5)
            seen.clear()
            for address in ["127.0.0.1"] + addresses:
                met = sandbox.reach(outsider["id"], address, port)
                expect(met != "open", "%s:%d is %s" % (address, port, met))
                met = sandbox.reach(outsider["id"], address, sandbox.port)
                expect(met != "open", "the API at %s:%d is %s" % (address, sandbox.port, met))
            expect(not seen, "connections came from %s" % seen)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def imds(sandbox, instance, script):
    return sandbox.inside(instance, "imds=http://169.254.169.254/latest; code() { curl -s -o /dev/null -m 5 "
                          "-w '%{http_code}' \"$@\"; }; " + script).out.strip()


def check_metadata(sandbox, report):
    first, second = [one["id"] for one in sandbox.web_instances()[:2]]
    token_of = "curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $imds/api/token"
    token = imds(sandbox, first, token_of)
    with report.check("IMDSv2 answers with the instance's own id"):
        got = imds(sandbox, first, "curl -sf -H 'X-aws-ec2-metadata-token: %s' $imds/meta-data/instance-id" % token)
        expect(got == first, got)
    with report.check("IMDSv1 is refused where tokens are required"):
        expect(imds(sandbox, first, "code $imds/meta-data/instance-id") == "401", "not 401")
    with report.check("another instance's token is refused"):
        got = imds(sandbox, second, "code -H 'X-aws-ec2-metadata-token: %s' $imds/meta-data/instance-id" % token)
        expect(got == "401", got)


def step_4(sandbox, report):
    report.headline("4: the network is enforced")
    check_metadata(sandbox, report)
    live = sandbox.live
    region_api = "ssm.%s.amazonaws.com" % live["region"]
    with Outsiders(sandbox) as outsiders:
        group = outsiders.group(live["vpc_id"], "acceptance-outsiders")
        near = outsiders.instance(live["public_subnet_ids"][0], group)
        beside = outsiders.instance(live["public_subnet_ids"][0], group)
        across = outsiders.instance(live["public_subnet_ids"][1], group)
        hidden = outsiders.instance(live["private_subnet_ids"][0], group)
        check_database_doors(sandbox, report, outsiders, near)
        with report.check("traffic within a subnet is not subject to network ACLs"):
            met = sandbox.reach(near["id"], beside["address"], service_port)
            expect(met == "open", met)
        with report.check("the same port between subnets is"):
            met = sandbox.reach(across["id"], near["address"], service_port)
            expect(met == "dropped", met)
        with report.check("a subnet with a route to the internet gateway has a way out, one without has none"):
            met = sandbox.reach(near["id"], region_api, 443)
            expect(met == "open", "from the public subnet: " + met)
            met = sandbox.reach(hidden["id"], region_api, 443)
            expect(met != "open", "from the private subnet: " + met)
        check_host_is_out_of_reach(sandbox, report, near)
        stranger = outsiders.other_vpc()
        with report.check("two VPCs cannot reach each other"):
            for source, target in ((stranger, near), (near, stranger)):
                met = sandbox.reach(source["id"], target["address"], service_port)
                expect(met != "open", "%s to %s: %s" % (source["id"], target["address"], met))
    with report.check("the plan is still empty after all that"):
        done = sandbox.terraform("live", "plan", "-detailed-exitcode")
        expect(done.code == 0, done.out)
