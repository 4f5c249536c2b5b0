"""CloudWatch as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
import datetime
import json
import os
import time
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

    def put(self, name, values, **more):
        self.cloudwatch.put_metric_data(Namespace=self.name, MetricData=[
            {"MetricName": name, "Values": values, "Unit": "Count", **more}])

    def data(self, queries, **more):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
        return self.cloudwatch.get_metric_data(
            StartTime=end - datetime.timedelta(minutes=30), EndTime=end, MetricDataQueries=queries,
            **more)["MetricDataResults"]

    def query(self, id, metric, stat, period=3600, **more):
        return {"Id": id, "MetricStat": {"Metric": {"Namespace": self.name, "MetricName": metric},
                                         "Period": period, "Stat": stat}, **more}

    def test_percentiles_and_trimmed_statistics(self):
        self.put("latency", [float(i) for i in range(1, 101)])
        for stat, value in (("p50", 50), ("p99", 99), ("tm90", 45.5), ("IQM", 50.5), ("TC(:90%)", 90),
                            ("PR(:50)", 50), ("WM(10%:90%)", 50.5)):
            found = self.data([self.query("a", "latency", stat)])[0]["Values"]
            self.assertEqual(len(found), 1)
            self.assertLess(abs(found[0] - value), value * 0.02, stat)
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
        point = self.cloudwatch.get_metric_statistics(
            Namespace=self.name, MetricName="latency", StartTime=end - datetime.timedelta(minutes=10),
            EndTime=end, Period=3600, ExtendedStatistics=["p90"])["Datapoints"][0]
        self.assertLess(abs(point["ExtendedStatistics"]["p90"] - 90), 2)

    def test_metric_math_and_search(self):
        self.put("errors", [3.0])
        self.put("requests", [4.0])
        results = {r["Id"]: r for r in self.data([
            self.query("m1", "errors", "Sum", ReturnData=False), self.query("m2", "requests", "Sum"),
            {"Id": "e1", "Expression": "100 * m1 / m2", "Label": "error rate ${LAST}"},
            {"Id": "e2", "Expression": "SUM(METRICS())"},
            {"Id": "s1", "Expression": f"SEARCH('{{{self.name}}} MetricName=\"errors\"', 'Sum', 3600)"}])}
        self.assertEqual(sorted(results), ["e1", "e2", "m2", "s1"])
        self.assertEqual(results["e1"]["Values"], [75.0])
        self.assertEqual(results["e1"]["Label"], "error rate 75")
        self.assertEqual(results["e2"]["Values"], [7.0])
        self.assertEqual((results["s1"]["Values"], results["s1"]["Label"]), ([3.0], "errors"))
        self.assertIn("Error in expression 'e1'", self.refused(
            "ValidationError", self.cloudwatch.get_metric_data, StartTime=0, EndTime=60,
            MetricDataQueries=[{"Id": "e1", "Expression": "m1 +"}]))

    def test_labels_say_what_differs(self):
        self.put("m", [1.0])
        labels = [r["Label"] for r in self.data([self.query("a", "m", "Sum", 60),
                                                 self.query("b", "m", "Minimum", 300)])]
        self.assertEqual(labels, ["m Sum 60", "m Minimum 300"])

    def test_results_come_in_pages(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for minute in range(5):
            self.put("m", [float(minute)], Timestamp=now - datetime.timedelta(minutes=minute))
        end = now + datetime.timedelta(minutes=2)
        values, token = [], {}
        for _ in range(5):
            page = self.cloudwatch.get_metric_data(
                StartTime=end - datetime.timedelta(minutes=30), EndTime=end, MaxDatapoints=2,
                MetricDataQueries=[self.query("a", "m", "Sum", 60)], **token)
            values += page["MetricDataResults"][0]["Values"]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        self.assertEqual(values, [0.0, 1.0, 2.0, 3.0, 4.0])

    def test_a_widget_is_a_picture(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for minute in range(30):
            self.put("m", [float(minute % 7)], Timestamp=now - datetime.timedelta(minutes=minute))
        widget = {"metrics": [[self.name, "m", {"label": "load", "stat": "Maximum"}]], "period": 60,
                  "start": "-PT1H", "width": 500, "height": 300, "title": "a widget",
                  "annotations": {"horizontal": [{"value": 5, "label": "high"}]}}
        image = self.cloudwatch.get_metric_widget_image(
            MetricWidget=json.dumps(widget))["MetricWidgetImage"]
        self.assertTrue(image.startswith(b"\x89PNG\r\n\x1a\n"))
        self.assertEqual(image[16:24], (500).to_bytes(4, "big") + (300).to_bytes(4, "big"))
        if "STORMGLASS_KEEP_IMAGE" in os.environ:
            with open(os.environ["STORMGLASS_KEEP_IMAGE"], "wb") as file:
                file.write(image)
        self.refused("ValidationError", self.cloudwatch.get_metric_widget_image, MetricWidget="{}")

    def test_composite_alarms_follow_their_children(self):
        self.put_alarm()
        composite = self.name + "-both"
        self.cloudwatch.put_composite_alarm(
            AlarmName=composite, AlarmRule=f'ALARM("{self.alarm()["AlarmArn"]}") AND NOT OK({self.name})')
        self.addCleanup(self.cloudwatch.delete_alarms, AlarmNames=[composite])

        def state():
            return self.cloudwatch.describe_alarms(
                AlarmNames=[composite], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
        self.wait_for(lambda: state()["StateValue"] == "OK")
        self.cloudwatch.set_alarm_state(AlarmName=self.name, StateValue="ALARM", StateReason="test")
        self.wait_for(lambda: state()["StateValue"] == "ALARM")
        self.assertIn(self.name + " transitioned to ALARM at", state()["StateReason"])
        child = json.loads(state()["StateReasonData"])["triggeringAlarms"][0]
        self.assertEqual(child["state"]["value"], "ALARM")
        self.assertIn("do not exist", self.refused(
            "ValidationError", self.cloudwatch.put_composite_alarm, AlarmName=composite + "2",
            AlarmRule="ALARM(nothing-of-this-name)"))

    def test_a_high_resolution_alarm_fires_by_itself(self):
        self.put("load", [9.0], StorageResolution=1)
        self.put_alarm(Namespace=self.name, MetricName="load", Period=10, EvaluationPeriods=1,
                       DatapointsToAlarm=1, Threshold=5.0, Dimensions=[])
        for _ in range(60):
            self.put("load", [9.0], StorageResolution=1)
            if self.alarm()["StateValue"] == "ALARM":
                break
            time.sleep(1)
        alarm = self.alarm()
        self.assertEqual(alarm["StateValue"], "ALARM")
        self.assertRegex(alarm["StateReason"],
                         r"^Threshold Crossed: 1 out of the last 1 datapoints \[9\.0 \(\d\d/\d\d/\d\d "
                         r"\d\d:\d\d:\d\d\)\] was greater than the threshold \(5\.0\)")
        self.assertEqual(json.loads(alarm["StateReasonData"])["recentDatapoints"], [9.0])

    def wait_for(self, holds):
        for _ in range(100):
            if holds():
                return
            time.sleep(0.1)
        self.fail("it did not happen")

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
