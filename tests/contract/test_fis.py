"""FIS as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
import json
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_REGION", "us-east-1")


def client(name):
    return boto3.client(name, endpoint_url=os.environ["STORMGLASS_ENDPOINT"], region_name=REGION)


class FisTest(unittest.TestCase):
    def setUp(self):
        self.fis, self.iam, self.ec2 = client("fis"), client("iam"), client("ec2")
        self.name = "fis-" + uuid.uuid4().hex[:12]
        self.role = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"Service": "fis.amazonaws.com"}}]}))["Role"]["Arn"]
        self.addCleanup(self.iam.delete_role, RoleName=self.name)

    def allow(self, *actions):
        self.iam.put_role_policy(RoleName=self.name, PolicyName="acts", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))
        self.addCleanup(self.iam.delete_role_policy, RoleName=self.name, PolicyName="acts")

    def template(self, actions, targets=None, **more):
        made = self.fis.create_experiment_template(
            clientToken=uuid.uuid4().hex, description="contract", roleArn=self.role, actions=actions,
            targets=targets or {}, stopConditions=[{"source": "none"}], tags={"k": "v"}, **more)["experimentTemplate"]
        self.addCleanup(self.fis.delete_experiment_template, id=made["id"])
        return made

    def run_until_over(self, template_id, **more):
        started = self.fis.start_experiment(clientToken=uuid.uuid4().hex, experimentTemplateId=template_id, **more)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            shown = self.fis.get_experiment(id=started["experiment"]["id"])["experiment"]
            if shown["state"]["status"] in ("completed", "failed", "stopped"):
                return shown
            time.sleep(0.1)
        self.fail(f"not over: {shown}")

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response["Error"]["Message"]

    def subnet(self):
        vpc = self.ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
        self.addCleanup(self.ec2.delete_vpc, VpcId=vpc)
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.1.0/24")["Subnet"]
        self.addCleanup(self.ec2.delete_subnet, SubnetId=subnet["SubnetId"])
        return subnet

    def acl_of(self, subnet):
        found = self.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id",
                                                         "Values": [subnet["SubnetId"]]}])["NetworkAcls"]
        return found[0]["NetworkAclId"]

    def cut(self, subnet):
        return self.template(
            {"cut": {"actionId": "aws:network:disrupt-connectivity", "targets": {"Subnets": "one"},
                     "parameters": {"scope": "all", "duration": "PT1M"}}},
            {"one": {"resourceType": "aws:ec2:subnet", "resourceArns": [subnet["SubnetArn"]],
                     "selectionMode": "ALL"}})

    def test_a_template_is_kept_as_it_was_given(self):
        made = self.template({"wait": {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}})
        shown = self.fis.get_experiment_template(id=made["id"])["experimentTemplate"]
        self.assertEqual(shown["actions"]["wait"]["parameters"], {"duration": "PT1M"})
        self.assertEqual(shown["tags"], {"k": "v"})
        self.assertEqual(shown["experimentOptions"],
                         {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"})
        self.assertIn(made["id"], [t["id"] for t in self.fis.list_experiment_templates()["experimentTemplates"]])
        self.fis.tag_resource(resourceArn=made["arn"], tags={"more": "yes"})
        self.assertEqual(self.fis.list_tags_for_resource(resourceArn=made["arn"])["tags"], {"k": "v", "more": "yes"})
        self.fis.untag_resource(resourceArn=made["arn"], tagKeys=["k"])
        self.assertEqual(self.fis.list_tags_for_resource(resourceArn=made["arn"])["tags"], {"more": "yes"})
        changed = self.fis.update_experiment_template(id=made["id"], description="other")["experimentTemplate"]
        self.assertEqual((changed["description"], changed["roleArn"]), ("other", self.role))

    def test_what_we_cannot_do_is_refused_by_name(self):
        message = self.refused("ValidationException", self.template,
                               actions={"x": {"actionId": "aws:eks:pod-delete"}})
        self.assertIn("aws:eks:pod-delete", message)
        self.refused("ResourceNotFoundException", self.fis.get_experiment_template, id="EXT123")
        self.refused("ResourceNotFoundException", self.fis.get_action, id="aws:eks:pod-delete")

    def test_the_catalogue_says_what_it_can(self):
        ids = [action["id"] for action in self.fis.list_actions()["actions"]]
        self.assertIn("aws:network:disrupt-connectivity", ids)
        action = self.fis.get_action(id="aws:ec2:stop-instances")["action"]
        self.assertEqual(action["targets"], {"Instances": {"resourceType": "aws:ec2:instance"}})
        self.assertFalse(action["parameters"]["startInstancesAfterDuration"]["required"])

    def test_a_role_that_may_not_act_fails_the_experiment_and_changes_nothing(self):
        subnet = self.subnet()
        before = self.acl_of(subnet)
        self.allow("ec2:DescribeSubnets", "ec2:DescribeNetworkAcls")
        shown = self.run_until_over(self.cut(subnet)["id"])
        self.assertEqual(shown["state"]["status"], "failed")
        self.assertEqual(shown["state"]["error"]["code"], "UnauthorizedOperation")
        self.assertEqual(self.acl_of(subnet), before)

    def test_a_subnet_is_cut_off_and_stopping_gives_its_acl_back(self):
        subnet = self.subnet()
        before = self.acl_of(subnet)
        self.allow("ec2:*")
        template = self.cut(subnet)
        started = self.fis.start_experiment(clientToken=uuid.uuid4().hex,
                                            experimentTemplateId=template["id"])["experiment"]
        end = time.monotonic() + 30
        while self.acl_of(subnet) == before and time.monotonic() < end:
            time.sleep(0.1)
        self.assertNotEqual(self.acl_of(subnet), before)
        resolved = self.fis.list_experiment_resolved_targets(experimentId=started["id"])["resolvedTargets"]
        self.assertEqual(resolved[0]["targetInformation"], {"subnetArn": subnet["SubnetArn"]})
        self.fis.stop_experiment(id=started["id"])
        while (shown := self.fis.get_experiment(id=started["id"])["experiment"])["state"]["status"] != "stopped":
            self.assertLess(time.monotonic(), end, shown)
            time.sleep(0.1)
        self.assertEqual(self.acl_of(subnet), before)

    def test_skip_all_resolves_targets_and_acts_on_nothing(self):
        subnet = self.subnet()
        before = self.acl_of(subnet)
        self.allow("ec2:DescribeSubnets")
        shown = self.run_until_over(self.cut(subnet)["id"], experimentOptions={"actionsMode": "skip-all"})
        self.assertEqual((shown["state"]["status"], shown["actions"]["cut"]["state"]["status"]),
                         ("completed", "skipped"))
        self.assertEqual(self.acl_of(subnet), before)

    def test_an_engaged_lever_refuses_experiments(self):
        account = self.role.split(":")[4]
        template = self.template({"wait": {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}})
        self.fis.update_safety_lever_state(id=account, state={"status": "engaged", "reason": "hands off"})
        self.addCleanup(self.fis.update_safety_lever_state, id=account,
                        state={"status": "disengaged", "reason": "over"})
        self.refused("ConflictException", self.fis.start_experiment, clientToken=uuid.uuid4().hex,
                     experimentTemplateId=template["id"])


if __name__ == "__main__":
    unittest.main()
