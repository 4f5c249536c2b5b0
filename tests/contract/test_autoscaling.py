"""EC2 Auto Scaling as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError


def client(service):
    return boto3.client(service, endpoint_url=os.environ["STORMGLASS_ENDPOINT"],
                        region_name=os.environ.get("AWS_REGION", "us-east-1"))


def wait_until(predicate, seconds=90):
    """The value of `predicate` as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = predicate()
        if value:
            return value
        time.sleep(0.2)
    raise AssertionError("did not come true in time")


class AutoScaling(unittest.TestCase):
    def setUp(self):
        self.asg, self.ec2 = client("autoscaling"), client("ec2")
        self.name = "contract-" + uuid.uuid4().hex[:8]
        self.vpc = self.ec2.create_vpc(CidrBlock="10.88.0.0/16")["Vpc"]["VpcId"]
        zones = [z["ZoneName"] for z in self.ec2.describe_availability_zones()["AvailabilityZones"]]
        self.subnets = [self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.88.{i}.0/24",
                                               AvailabilityZone=zones[i])["Subnet"]["SubnetId"]
                        for i in range(2)]
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        self.template = self.ec2.create_launch_template(
            LaunchTemplateName=self.name,
            LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})["LaunchTemplate"]
        self.addCleanup(self.clean)

    def clean(self):
        if self.group():
            self.asg.delete_auto_scaling_group(AutoScalingGroupName=self.name, ForceDelete=True)
            wait_until(lambda: not self.group())
        self.ec2.delete_launch_template(LaunchTemplateId=self.template["LaunchTemplateId"])
        for subnet in self.subnets:
            self.ec2.delete_subnet(SubnetId=subnet)
        self.ec2.delete_vpc(VpcId=self.vpc)

    def create(self, desired, **more):
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName=self.name, MinSize=0, MaxSize=4, DesiredCapacity=desired,
            VPCZoneIdentifier=",".join(self.subnets),
            LaunchTemplate={"LaunchTemplateId": self.template["LaunchTemplateId"], "Version": "1"},
            **more)

    def group(self):
        found = self.asg.describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.name])["AutoScalingGroups"]
        return found[0] if found else None

    def serving(self):
        return [i["InstanceId"] for i in self.group()["Instances"]
                if i["LifecycleState"] == "InService" and i["HealthStatus"] == "Healthy"]

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_a_group_reads_back_and_refuses_what_it_is_not(self):
        self.create(0, Tags=[{"Key": "Name", "Value": "web", "PropagateAtLaunch": True}])
        group = self.group()
        self.assertEqual(group["DefaultCooldown"], 300)
        self.assertEqual(group["TerminationPolicies"], ["Default"])
        self.assertEqual(group["Tags"][0]["Value"], "web")
        self.assertEqual(len(group["AvailabilityZones"]), 2)
        self.refused("AlreadyExists", self.create, desired=0)
        self.refused("ValidationError", self.asg.set_desired_capacity,
                     AutoScalingGroupName=self.name, DesiredCapacity=9)
        self.refused("ValidationError", self.asg.put_scaling_policy,
                     AutoScalingGroupName=self.name, PolicyName="p", PolicyType="PredictiveScaling")

    def test_instances_come_are_replaced_and_go(self):
        self.create(2, Tags=[{"Key": "Name", "Value": "web", "PropagateAtLaunch": True}])
        first = wait_until(lambda: len(self.serving()) == 2 and self.serving())
        zones = {i["AvailabilityZone"] for i in self.group()["Instances"]}
        self.assertEqual(len(zones), 2)
        tags = self.ec2.describe_instances(InstanceIds=first)["Reservations"][0]["Instances"][0]["Tags"]
        self.assertIn({"Key": "aws:autoscaling:groupName", "Value": self.name}, tags)
        self.assertIn({"Key": "Name", "Value": "web"}, tags)
        self.ec2.terminate_instances(InstanceIds=first[:1])
        wait_until(lambda: len(self.serving()) == 2 and first[0] not in self.serving())
        self.refused("ResourceInUse", self.asg.delete_auto_scaling_group,
                     AutoScalingGroupName=self.name)
        self.asg.update_auto_scaling_group(AutoScalingGroupName=self.name, MinSize=0, MaxSize=0,
                                           DesiredCapacity=0)
        wait_until(lambda: not self.group()["Instances"])
        activities = self.asg.describe_scaling_activities(
            AutoScalingGroupName=self.name)["Activities"]
        self.assertEqual({a["StatusCode"] for a in activities}, {"Successful"})
        self.asg.delete_auto_scaling_group(AutoScalingGroupName=self.name)
        wait_until(lambda: not self.group())

    def states(self):
        return {i["InstanceId"]: i["LifecycleState"] for i in self.group()["Instances"]}

    def test_a_launch_and_a_termination_wait_for_their_hooks(self):
        self.create(0)
        for name, transition in (("warm", "LAUNCHING"), ("logs", "TERMINATING")):
            self.asg.put_lifecycle_hook(AutoScalingGroupName=self.name, LifecycleHookName=name,
                                        LifecycleTransition="autoscaling:EC2_INSTANCE_" + transition,
                                        HeartbeatTimeout=300, DefaultResult="CONTINUE")
        hooks = self.asg.describe_lifecycle_hooks(AutoScalingGroupName=self.name)["LifecycleHooks"]
        self.assertEqual([h["LifecycleHookName"] for h in hooks], ["logs", "warm"])
        self.assertEqual(hooks[0]["GlobalTimeout"], 30000)
        self.asg.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=1)
        wait_until(lambda: list(self.states().values()) == ["Pending:Wait"])
        instance = list(self.states())[0]
        self.asg.record_lifecycle_action_heartbeat(
            AutoScalingGroupName=self.name, LifecycleHookName="warm", InstanceId=instance)
        self.asg.complete_lifecycle_action(
            AutoScalingGroupName=self.name, LifecycleHookName="warm", InstanceId=instance,
            LifecycleActionResult="CONTINUE")
        wait_until(lambda: self.states() == {instance: "InService"})
        self.asg.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=0)
        wait_until(lambda: self.states() == {instance: "Terminating:Wait"})
        self.asg.complete_lifecycle_action(
            AutoScalingGroupName=self.name, LifecycleHookName="logs", InstanceId=instance,
            LifecycleActionResult="CONTINUE")
        wait_until(lambda: not self.states())
        self.refused("ValidationError", self.asg.complete_lifecycle_action,
                     AutoScalingGroupName=self.name, LifecycleHookName="logs", InstanceId=instance,
                     LifecycleActionResult="CONTINUE")

    def test_target_tracking_has_its_alarms_and_a_users_alarm_runs_a_step_policy(self):
        self.create(0)
        watch = client("cloudwatch")
        tracking = self.asg.put_scaling_policy(
            AutoScalingGroupName=self.name, PolicyName="cpu", PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={"TargetValue": 60, "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ASGAverageCPUUtilization"}})
        names = sorted(one["AlarmName"] for one in tracking["Alarms"])
        self.assertEqual([name[:-36] for name in names],
                         [f"TargetTracking-{self.name}-AlarmHigh-", f"TargetTracking-{self.name}-AlarmLow-"])
        alarms = watch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        self.assertEqual([(one["EvaluationPeriods"], one["Threshold"]) for one in alarms], [(3, 60), (15, 54)])
        step = self.asg.put_scaling_policy(
            AutoScalingGroupName=self.name, PolicyName="step", PolicyType="StepScaling",
            AdjustmentType="ChangeInCapacity",
            StepAdjustments=[{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}])["PolicyARN"]
        alarm = self.name + "-mine"
        watch.put_metric_alarm(AlarmName=alarm, Namespace="Mine", MetricName="Load", Statistic="Average", Period=60,
                               EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
                               AlarmActions=[step])
        self.addCleanup(watch.delete_alarms, AlarmNames=[alarm])
        described = self.asg.describe_policies(AutoScalingGroupName=self.name, PolicyNames=["step"])
        self.assertEqual(described["ScalingPolicies"][0]["Alarms"][0]["AlarmName"], alarm)
        watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
        wait_until(lambda: self.group()["DesiredCapacity"] == 1)
        wait_until(lambda: len(self.serving()) == 1)
        cause = self.asg.describe_scaling_activities(AutoScalingGroupName=self.name)["Activities"][0]["Cause"]
        self.assertIn(f"a monitor alarm {alarm} in state ALARM triggered policy step changing the desired capacity "
                      "from 0 to 1.  At ", cause)
        self.asg.delete_policy(AutoScalingGroupName=self.name, PolicyName="cpu")
        self.assertEqual(watch.describe_alarms(AlarmNames=names)["MetricAlarms"], [])

    def test_mixed_instances_are_on_demand_and_spot(self):
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName=self.name, MinSize=0, MaxSize=4, DesiredCapacity=2,
            VPCZoneIdentifier=",".join(self.subnets), CapacityRebalance=True,
            MixedInstancesPolicy={
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": {"LaunchTemplateId": self.template["LaunchTemplateId"],
                                                    "Version": "1"},
                    "Overrides": [{"InstanceType": "t3.small"}, {"InstanceType": "t3.micro"}]},
                "InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 0,
                                          "SpotAllocationStrategy": "price-capacity-optimized"}})
        ids = wait_until(lambda: len(self.serving()) == 2 and self.serving())
        found = self.ec2.describe_instances(InstanceIds=ids)["Reservations"]
        kinds = sorted((one["Instances"][0].get("InstanceLifecycle", "on-demand"),
                        one["Instances"][0]["InstanceType"]) for one in found)
        self.assertEqual(kinds, [("on-demand", "t3.small"), ("spot", "t3.micro")])
        policy = self.group()["MixedInstancesPolicy"]
        self.assertEqual(policy["InstancesDistribution"]["OnDemandBaseCapacity"], 1)
        self.assertNotIn("LaunchTemplate", self.group())

    def test_standby_detach_and_attach(self):
        self.create(1)
        wait_until(lambda: len(self.serving()) == 1)
        instance = self.serving()[0]
        activities = self.asg.enter_standby(
            AutoScalingGroupName=self.name, InstanceIds=[instance],
            ShouldDecrementDesiredCapacity=True)["Activities"]
        self.assertEqual(activities[0]["Description"], "Moving EC2 instance to Standby: " + instance)
        self.assertIn("was moved to standby in response to a user request, shrinking the capacity from 1 to 0.",
                      activities[0]["Cause"])
        wait_until(lambda: self.states() == {instance: "Standby"})
        self.asg.exit_standby(AutoScalingGroupName=self.name, InstanceIds=[instance])
        wait_until(lambda: self.states() == {instance: "InService"})
        self.asg.detach_instances(AutoScalingGroupName=self.name, InstanceIds=[instance],
                                  ShouldDecrementDesiredCapacity=True)
        wait_until(lambda: not self.states())
        self.asg.attach_instances(AutoScalingGroupName=self.name, InstanceIds=[instance])
        wait_until(lambda: self.states() == {instance: "InService"})
        self.assertEqual(self.group()["DesiredCapacity"], 1)
        tags = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["Tags"]
        self.assertIn({"Key": "aws:autoscaling:groupName", "Value": self.name}, tags)

    def test_scheduled_actions(self):
        self.create(0)
        self.asg.put_scheduled_update_group_action(
            AutoScalingGroupName=self.name, ScheduledActionName="morning", Recurrence="0 9 * * MON-FRI",
            TimeZone="Europe/Berlin", DesiredCapacity=2)
        failed = self.asg.batch_put_scheduled_update_group_action(
            AutoScalingGroupName=self.name, ScheduledUpdateGroupActions=[
                {"ScheduledActionName": "night", "Recurrence": "0 22 * * *", "DesiredCapacity": 0},
                {"ScheduledActionName": "wrong", "Recurrence": "every day", "DesiredCapacity": 0}])
        self.assertEqual([f["ScheduledActionName"] for f in failed["FailedScheduledUpdateGroupActions"]], ["wrong"])
        found = self.asg.describe_scheduled_actions(
            AutoScalingGroupName=self.name)["ScheduledUpdateGroupActions"]
        self.assertEqual([a["ScheduledActionName"] for a in found], ["morning", "night"])
        self.assertEqual(found[0]["TimeZone"], "Europe/Berlin")
        self.assertIn(found[0]["StartTime"].hour, (7, 8))
        self.asg.delete_scheduled_action(AutoScalingGroupName=self.name, ScheduledActionName="morning")
        self.refused("ValidationError", self.asg.delete_scheduled_action, AutoScalingGroupName=self.name,
                     ScheduledActionName="morning")

if __name__ == "__main__":
    unittest.main()
