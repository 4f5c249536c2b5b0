"""RDS as boto3 sees it: groups, a Multi-AZ instance with a real server, parameters, events, deletion.

Reads STORMGLASS_ENDPOINT and the usual AWS_* variables. Makes a VPC of its own and removes it.
"""
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError

AVAILABLE_WITHIN_SECONDS = 180
REGION = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or "us-east-1"


def client(service):
    return boto3.client(service, endpoint_url=os.environ["STORMGLASS_ENDPOINT"], region_name=REGION)


class Rds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rds, cls.ec2 = client("rds"), client("ec2")
        cls.name = "c" + uuid.uuid4().hex[:8]
        cls.vpc = cls.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
        cls.addClassCleanup(cls.ec2.delete_vpc, VpcId=cls.vpc)
        cls.subnets = []
        for number, zone in enumerate("ab"):
            subnet = cls.ec2.create_subnet(VpcId=cls.vpc, CidrBlock=f"10.77.{number}.0/24",
                                           AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
            cls.addClassCleanup(cls.ec2.delete_subnet, SubnetId=subnet)
            cls.subnets.append(subnet)
        cls.rds.create_db_subnet_group(DBSubnetGroupName=cls.name, DBSubnetGroupDescription="test",
                                       SubnetIds=cls.subnets)
        cls.addClassCleanup(cls.rds.delete_db_subnet_group, DBSubnetGroupName=cls.name)
        cls.rds.create_db_parameter_group(DBParameterGroupName=cls.name, Description="test",
                                          DBParameterGroupFamily="mysql8.0")
        cls.addClassCleanup(cls.rds.delete_db_parameter_group, DBParameterGroupName=cls.name)

    def assert_error(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response

    def wait_for(self, status):
        deadline = time.monotonic() + AVAILABLE_WITHIN_SECONDS
        while True:
            item = self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]
            if item["DBInstanceStatus"] == status:
                return item
            self.assertLess(time.monotonic(), deadline, f"still {item['DBInstanceStatus']}")
            time.sleep(0.5)

    def set_parameter(self, name, value, method):
        self.rds.modify_db_parameter_group(DBParameterGroupName=self.name, Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}])

    def test_a_subnet_group_needs_two_zones(self):
        self.assert_error("DBSubnetGroupDoesNotCoverEnoughAZs", self.rds.create_db_subnet_group,
                          DBSubnetGroupName="narrow", DBSubnetGroupDescription="x",
                          SubnetIds=self.subnets[:1])

    def test_a_missing_instance_is_a_404(self):
        answer = self.assert_error("DBInstanceNotFound", self.rds.describe_db_instances,
                                   DBInstanceIdentifier="nobody")
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 404)

    def test_versions_and_classes_are_offered(self):
        versions = self.rds.describe_db_engine_versions(Engine="mysql", EngineVersion="8.0")
        self.assertTrue(versions["DBEngineVersions"])
        options = self.rds.describe_orderable_db_instance_options(
            Engine="mysql", DBInstanceClass="db.t3.micro")
        self.assertTrue(options["OrderableDBInstanceOptions"])

    def create(self, **more):
        arguments = {
            "DBInstanceIdentifier": self.name, "Engine": "mysql", "EngineVersion": "8.0",
            "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "StorageType": "gp3",
            "MasterUsername": "appadmin", "MasterUserPassword": "Corr3ct-Horse", "DBName": "app",
            "DBSubnetGroupName": self.name, "DBParameterGroupName": self.name, "StorageEncrypted": True}
        arguments.update(more)
        self.rds.create_db_instance(**arguments)
        return self.wait_for("available")

    def gone(self, name):
        deadline = time.monotonic() + AVAILABLE_WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                self.rds.describe_db_instances(DBInstanceIdentifier=name)
            except ClientError:
                return
            time.sleep(0.5)
        self.fail(name + " is still there")

    def delete(self, name, **more):
        self.rds.delete_db_instance(DBInstanceIdentifier=name, **(more or {"SkipFinalSnapshot": True}))
        self.gone(name)

    def messages(self):
        events = self.rds.describe_events(SourceIdentifier=self.name, SourceType="db-instance")
        return [each["Message"] for each in events["Events"]]

    def wait_for_snapshot(self, name):
        deadline = time.monotonic() + AVAILABLE_WITHIN_SECONDS
        while True:
            item = self.rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]
            if item["Status"] == "available":
                return item
            self.assertLess(time.monotonic(), deadline, item["Status"])
            time.sleep(0.5)

    def test_the_life_of_an_instance(self):
        item = self.create(MultiAZ=True)
        try:
            self.assertNotEqual(item["AvailabilityZone"], item["SecondaryAvailabilityZone"])
            self.assertEqual(item["Endpoint"]["Port"], 3306)
            found = self.rds.describe_db_instances(Filters=[
                {"Name": "dbi-resource-id", "Values": [item["DbiResourceId"]]}])["DBInstances"]
            self.assertEqual([each["DBInstanceIdentifier"] for each in found], [self.name])

            self.set_parameter("max_connections", "200", "pending-reboot")
            status = self.wait_for("available")["DBParameterGroups"][0]["ParameterApplyStatus"]
            self.assertEqual(status, "pending-reboot")
            self.rds.reboot_db_instance(DBInstanceIdentifier=self.name)
            status = self.wait_for("available")["DBParameterGroups"][0]["ParameterApplyStatus"]
            self.assertEqual(status, "in-sync")
            self.assertIn("DB instance created", self.messages())
            self.assertIn("DB instance restarted", self.messages())

            logs = self.rds.describe_db_log_files(DBInstanceIdentifier=self.name)
            self.assertIn("error/mysql-error.log",
                          [each["LogFileName"] for each in logs["DescribeDBLogFiles"]])

            answer = self.rds.reboot_db_instance(DBInstanceIdentifier=self.name, ForceFailover=True)
            self.assertEqual(answer["DBInstance"]["DBInstanceStatus"], "rebooting")
            after = self.wait_for("available")
            self.assertEqual(after["AvailabilityZone"], item["SecondaryAvailabilityZone"])
            self.assertEqual(after["SecondaryAvailabilityZone"], item["AvailabilityZone"])
            events = self.rds.describe_events(SourceIdentifier=self.name, SourceType="db-instance",
                                              EventCategories=["failover"])["Events"]
            text = " ".join(each["Message"] for each in events)
            self.assertIn("Multi-AZ instance failover started", text)
            self.assertIn("Multi-AZ failover to standby complete", text)
            self.assertIn("Multi-AZ instance failover completed", text)
            self.assertIn("The user requested a failover of the DB instance.", text)
        finally:
            self.delete(self.name)
        self.assert_error("DBInstanceNotFound", self.rds.describe_db_instances,
                          DBInstanceIdentifier=self.name)

    def test_a_failover_needs_a_standby_and_a_snapshot_outlives_its_instance(self):
        self.create()
        snapshot, last, other = self.name + "-s", self.name + "-last", self.name + "-r"
        self.assert_error("InvalidParameterCombination", self.rds.reboot_db_instance,
                          DBInstanceIdentifier=self.name, ForceFailover=True)
        made = self.rds.create_db_snapshot(DBSnapshotIdentifier=snapshot, DBInstanceIdentifier=self.name)
        self.assertEqual(made["DBSnapshot"]["Status"], "creating")
        self.assertTrue(made["DBSnapshot"]["Encrypted"])
        self.wait_for_snapshot(snapshot)
        self.assert_error("DBSnapshotAlreadyExists", self.rds.create_db_snapshot,
                          DBSnapshotIdentifier=snapshot, DBInstanceIdentifier=self.name)

        self.rds.stop_db_instance(DBInstanceIdentifier=self.name)
        self.wait_for("stopped")
        self.rds.start_db_instance(DBInstanceIdentifier=self.name)
        self.wait_for("available")

        self.delete(self.name, FinalDBSnapshotIdentifier=last)
        self.assertEqual(self.wait_for_snapshot(last)["SnapshotType"], "manual")
        self.rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=other, DBSnapshotIdentifier=last, DBSubnetGroupName=self.name)
        try:
            self.rds.get_waiter("db_instance_available").wait(
                DBInstanceIdentifier=other, WaiterConfig={"Delay": 1, "MaxAttempts": 180})
        finally:
            self.delete(other)
            for each in (snapshot, last):
                self.rds.delete_db_snapshot(DBSnapshotIdentifier=each)
        self.assert_error("DBSnapshotNotFound", self.rds.describe_db_snapshots,
                          DBSnapshotIdentifier=snapshot)


if __name__ == "__main__":
    unittest.main()
