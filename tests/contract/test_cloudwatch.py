"""CloudWatch as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
import datetime
import json
import os
import unittest
import urllib.parse
import urllib.request
import uuid

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_REGION", "us-east-1")
ENDPOINT = os.environ.get("STORMGLASS_ENDPOINT", "")


class CloudWatchTest(unittest.TestCase):
    def setUp(self):
        self.cloudwatch = boto3.client("cloudwatch", endpoint_url=ENDPOINT, region_name=REGION)
        self.name = "contract-" + uuid.uuid4().hex

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response["Error"]["Message"]

    def put_alarm(self, **more):
        wanted = {"AlarmName": self.name, "Namespace": "AWS/EC2", "MetricName": "CPUUtilization",
                  "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2,
                  "Threshold": 80.0, "ComparisonOperator": "GreaterThanThreshold",
                  "TreatMissingData": "missing", "Tags": [{"Key": "k", "Value": "v"}],
                  "Dimensions": [{"Name": "AutoScalingGroupName", "Value": "web"}]}
        self.cloudwatch.put_metric_alarm(**{**wanted, **more})
        self.addCleanup(self.cloudwatch.delete_alarms, AlarmNames=[self.name])
        return self.alarm()

    def alarm(self):
        return self.cloudwatch.describe_alarms(AlarmNames=[self.name],
                                               AlarmTypes=["MetricAlarm"])["MetricAlarms"][0]

    def test_an_alarm_reads_back_as_it_was_put(self):
        alarm = self.put_alarm()
        self.assertEqual(alarm["StateValue"], "INSUFFICIENT_DATA")
        self.assertEqual(alarm["StateReason"], "Unchecked: Initial alarm creation")
        self.assertEqual(alarm["Threshold"], 80.0)
        self.assertEqual(alarm["DatapointsToAlarm"], 2)
        self.assertEqual(alarm["OKActions"], [])
        self.assertTrue(alarm["ActionsEnabled"])
        tags = self.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
        self.assertEqual(tags, [{"Key": "k", "Value": "v"}])
        found = self.cloudwatch.describe_alarms_for_metric(
            Namespace="AWS/EC2", MetricName="CPUUtilization",
            Dimensions=[{"Name": "AutoScalingGroupName", "Value": "web"}])["MetricAlarms"]
        self.assertIn(self.name, [one["AlarmName"] for one in found])

    def test_the_state_may_be_set_and_is_remembered(self):
        sns = boto3.client("sns", endpoint_url=ENDPOINT, region_name=REGION)
        topic = sns.create_topic(Name=self.name)["TopicArn"]
        self.addCleanup(sns.delete_topic, TopicArn=topic)
        self.put_alarm(AlarmActions=[topic, topic + "-none"])
        self.cloudwatch.set_alarm_state(AlarmName=self.name, StateValue="ALARM", StateReason="test")
        self.assertEqual(self.alarm()["StateValue"], "ALARM")
        items = self.cloudwatch.describe_alarm_history(AlarmName=self.name)["AlarmHistoryItems"]
        actions = {i["HistorySummary"] for i in items if i["HistoryItemType"] == "Action"}
        self.assertIn("Successfully executed action " + topic, actions)
        self.assertTrue(any(text.startswith("Failed to execute action") for text in actions))
        self.cloudwatch.disable_alarm_actions(AlarmNames=[self.name])
        self.assertFalse(self.alarm()["ActionsEnabled"])

    def test_unknown_alarms(self):
        self.refused("ResourceNotFound", self.cloudwatch.delete_alarms, AlarmNames=[self.name])
        self.refused("ResourceNotFound", self.cloudwatch.set_alarm_state, AlarmName=self.name,
                     StateValue="OK", StateReason="x")

    def test_dashboards(self):
        body = json.dumps({"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6,
                                        "properties": {"title": "t", "metrics": []}}]})
        put = self.cloudwatch.put_dashboard(DashboardName=self.name, DashboardBody=body)
        self.addCleanup(self.cloudwatch.delete_dashboards, DashboardNames=[self.name])
        self.assertEqual(put["DashboardValidationMessages"], [])
        got = self.cloudwatch.get_dashboard(DashboardName=self.name)
        self.assertEqual(got["DashboardBody"], body)
        listed = self.cloudwatch.list_dashboards(DashboardNamePrefix=self.name)["DashboardEntries"]
        self.assertEqual(listed[0]["Size"], len(body))
        self.refused("InvalidParameterInput", self.cloudwatch.put_dashboard, DashboardName=self.name,
                     DashboardBody="not json")
        self.assertIn("invalid characters", self.refused(
            "InvalidParameterValue", self.cloudwatch.put_dashboard, DashboardName="a b",
            DashboardBody=body))

    def test_custom_metrics(self):
        for value in (1.0, 3.0):
            self.cloudwatch.put_metric_data(Namespace=self.name, MetricData=[
                {"MetricName": "m", "Value": value, "Unit": "Count",
                 "Dimensions": [{"Name": "d", "Value": "x"}]}])
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
        start = end - datetime.timedelta(minutes=10)
        dimensions = [{"Name": "d", "Value": "x"}]
        points = self.cloudwatch.get_metric_statistics(
            Namespace=self.name, MetricName="m", Dimensions=dimensions, StartTime=start, EndTime=end,
            Period=3600, Statistics=["Average", "SampleCount"])["Datapoints"]
        self.assertEqual([(p["Average"], p["SampleCount"], p["Unit"]) for p in points],
                         [(2.0, 2.0, "Count")])
        data = self.cloudwatch.get_metric_data(StartTime=start, EndTime=end, MetricDataQueries=[
            {"Id": "a", "MetricStat": {"Metric": {"Namespace": self.name, "MetricName": "m",
                                                  "Dimensions": dimensions},
                                       "Period": 3600, "Stat": "Sum"}}])["MetricDataResults"]
        self.assertEqual((data[0]["Values"], data[0]["Label"]), ([4.0], "m"))
        metrics = self.cloudwatch.list_metrics(Namespace=self.name)["Metrics"]
        self.assertEqual(metrics, [{"Namespace": self.name, "MetricName": "m",
                                    "Dimensions": dimensions}])
        self.assertIn("mutually exclusive", self.refused(
            "InvalidParameterCombination", self.cloudwatch.put_metric_data, Namespace=self.name,
            MetricData=[{"MetricName": "m", "Value": 1.0, "Values": [1.0]}]))

    def test_the_query_protocol_of_terraform(self):
        """boto3 speaks a newer protocol; the provider sends forms."""
        body = urllib.parse.urlencode({
            "Action": "PutMetricAlarm", "Version": "2010-08-01", "AlarmName": self.name,
            "ActionsEnabled": "true", "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": "3", "MetricName": "AppErrors", "Namespace": "webapp/app",
            "Period": "60", "Statistic": "Sum", "Threshold": "5", "TreatMissingData": "notBreaching",
            "OKActions.member.1": "arn:aws:sns:us-east-1:123456789012:alerts"})
        request = AWSRequest("POST", ENDPOINT, data=body, headers={
            "Content-Type": "application/x-www-form-urlencoded"})
        SigV4Auth(boto3.Session().get_credentials(), "monitoring", REGION).add_auth(request)
        answer = urllib.request.urlopen(urllib.request.Request(
            ENDPOINT, data=body.encode(), headers=dict(request.headers)))
        self.assertIn(b"<PutMetricAlarmResponse", answer.read())
        self.addCleanup(self.cloudwatch.delete_alarms, AlarmNames=[self.name])
        self.assertEqual(self.alarm()["OKActions"], ["arn:aws:sns:us-east-1:123456789012:alerts"])


if __name__ == "__main__":
    unittest.main()
