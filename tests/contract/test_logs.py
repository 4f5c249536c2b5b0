"""CloudWatch Logs as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
import gzip
import json
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_REGION", "us-east-1")


class LogsTest(unittest.TestCase):
    """Every test has a group of its own."""

    def setUp(self):
        self.logs = boto3.client("logs", endpoint_url=os.environ["STORMGLASS_ENDPOINT"],
                                 region_name=REGION)
        self.group = "/contract/" + uuid.uuid4().hex
        self.logs.create_log_group(logGroupName=self.group, tags={"k": "v"})
        self.addCleanup(self.logs.delete_log_group, logGroupName=self.group)
        self.logs.create_log_stream(logGroupName=self.group, logStreamName="one")
        self.now = int(time.time() * 1000)

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def put(self, *messages):
        return self.logs.put_log_events(
            logGroupName=self.group, logStreamName="one",
            logEvents=[{"timestamp": self.now + i, "message": m} for i, m in enumerate(messages)])

    def test_a_group_reads_back(self):
        self.logs.put_retention_policy(logGroupName=self.group, retentionInDays=30)
        groups = self.logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        self.assertEqual(len(groups), 1)
        self.assertEqual(groups[0]["arn"], groups[0]["logGroupArn"] + ":*")
        self.assertEqual(groups[0]["retentionInDays"], 30)
        self.assertEqual(groups[0]["logGroupClass"], "STANDARD")
        tags = self.logs.list_tags_for_resource(resourceArn=groups[0]["logGroupArn"])["tags"]
        self.assertEqual(tags, {"k": "v"})
        self.logs.tag_log_group(logGroupName=self.group, tags={"l": "w"})
        self.logs.untag_resource(resourceArn=groups[0]["logGroupArn"], tagKeys=["k"])
        self.assertEqual(self.logs.list_tags_log_group(logGroupName=self.group)["tags"], {"l": "w"})
        self.refused("ResourceAlreadyExistsException", self.logs.create_log_group,
                     logGroupName=self.group)

    def test_events_by_tokens(self):
        self.put("a", "b", "c")
        first = self.logs.get_log_events(logGroupName=self.group, logStreamName="one", limit=2,
                                         startFromHead=True)
        self.assertEqual([e["message"] for e in first["events"]], ["a", "b"])
        second = self.logs.get_log_events(logGroupName=self.group, logStreamName="one", limit=2,
                                          nextToken=first["nextForwardToken"])
        self.assertEqual([e["message"] for e in second["events"]], ["c"])
        last = self.logs.get_log_events(logGroupName=self.group, logStreamName="one", limit=2)
        self.assertEqual([e["message"] for e in last["events"]], ["b", "c"])

    def test_filtering(self):
        self.logs.create_log_stream(logGroupName=self.group, logStreamName="two")
        self.put("ERROR disk", "fine", '{"level":"error","n":3}', "CRITICAL")
        self.logs.put_log_events(logGroupName=self.group, logStreamName="two",
                                 logEvents=[{"timestamp": self.now, "message": "ERROR two"}])

        def found(pattern):
            pages = self.logs.get_paginator("filter_log_events").paginate(
                logGroupName=self.group, filterPattern=pattern, PaginationConfig={"PageSize": 1})
            return [e["message"] for page in pages for e in page["events"]]

        self.assertEqual(found("?ERROR ?CRITICAL"), ["ERROR disk", "ERROR two", "CRITICAL"])
        self.assertEqual(found("ERROR -disk"), ["ERROR two"])
        self.assertEqual(found('{ $.level = "error" && $.n > 2 }'), ['{"level":"error","n":3}'])
        self.put('10.0.0.1 GET 503 17', '10.0.0.2 GET 200 5')
        self.assertEqual(found("[ip, method, status = 5*, ms > 10]"), ["10.0.0.1 GET 503 17"])
        self.assertEqual(found("%GET 5[0-9]{2}%"), ["10.0.0.1 GET 503 17"])
        self.refused("InvalidParameterException", self.logs.filter_log_events,
                     logGroupName=self.group, filterPattern="[a, b")

    def test_following_as_the_cli_tails(self):
        """`aws logs tail --follow`: FilterLogEvents from the last time seen on, without what was seen."""
        seen, since = {}, self.now - 1000
        for batch in (["a", "b"], ["c"], ["d", "e"]):
            self.put(*batch)
            self.now += 10
            pages = self.logs.get_paginator("filter_log_events").paginate(
                logGroupName=self.group, interleaved=True, startTime=since)
            for page in pages:
                for event in page["events"]:
                    seen.setdefault(event["eventId"], event["message"])
                    since = max(since, event["timestamp"])
        self.assertEqual(sorted(seen.values()), ["a", "b", "c", "d", "e"])

    def test_which_events_of_a_batch_are_kept(self):
        day = 24 * 3600 * 1000
        old = self.logs.put_log_events(logGroupName=self.group, logStreamName="one", logEvents=[
            {"timestamp": self.now - 15 * day, "message": "too old"},
            {"timestamp": self.now - 14 * day - 1000, "message": "too old as well"}])
        self.assertEqual(old["rejectedLogEventsInfo"], {"tooOldLogEventEndIndex": 2})
        new = self.logs.put_log_events(logGroupName=self.group, logStreamName="one", logEvents=[
            {"timestamp": self.now, "message": "kept"},
            {"timestamp": self.now + 3 * 3600 * 1000, "message": "too new"}])
        self.assertEqual(new["rejectedLogEventsInfo"], {"tooNewLogEventStartIndex": 1})
        self.refused("InvalidParameterException", self.logs.put_log_events, logGroupName=self.group,
                     logStreamName="one", logEvents=[{"timestamp": self.now, "message": "x" * 1048576}])
        self.assertEqual([e["message"] for e in self.logs.get_log_events(
            logGroupName=self.group, logStreamName="one")["events"]], ["kept"])

    def query(self, text, **more):
        started = self.logs.start_query(logGroupName=self.group, startTime=self.now // 1000 - 60,
                                        endTime=self.now // 1000 + 60, queryString=text, **more)["queryId"]
        end = time.monotonic() + 30
        while True:
            got = self.logs.get_query_results(queryId=started)
            if got["status"] not in ("Scheduled", "Running"):
                break
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertEqual(got["status"], "Complete")
        return [{f["field"]: f["value"] for f in row if f["field"] != "@ptr"} for row in got["results"]]

    def test_insights(self):
        self.put('{"level":"info","ms":10}', '{"level":"error","ms":30}', "user=eve took 5ms", '{"level":"info","ms":20}')
        self.assertEqual(self.query("fields ms | filter level = 'info' | sort ms desc | limit 1"), [{"ms": "20"}])
        self.assertEqual(self.query("filter ispresent(level) | stats count(*) as n, avg(ms) as a by level | sort level asc"),
                         [{"level": "error", "n": "1", "a": "30"}, {"level": "info", "n": "2", "a": "15"}])
        self.assertEqual(self.query("parse @message 'user=* took *ms' as u, t | filter t > 1 | display u, t"),
                         [{"u": "eve", "t": "5"}])
        newest = self.query("fields @timestamp, @message, @logStream")
        self.assertEqual(len(newest), 4)
        self.assertEqual(newest[0]["@message"], '{"level":"info","ms":20}')
        self.assertEqual(newest[0]["@logStream"], "one")
        self.refused("MalformedQueryException", self.query, text="nonsense")
        self.refused("ResourceNotFoundException", self.logs.get_query_results, queryId="none")
        self.assertTrue(self.logs.describe_queries(logGroupName=self.group)["queries"])

    def test_metric_filters_count_and_embedded_metrics_arrive(self):
        space = "Contract/" + uuid.uuid4().hex
        self.logs.put_metric_filter(
            logGroupName=self.group, filterName="errors", filterPattern="?ERROR ?CRITICAL",
            metricTransformations=[{"metricName": "Errors", "metricNamespace": space, "metricValue": "1"}])
        self.put("ERROR a", "fine", "CRITICAL b", json.dumps({
            "_aws": {"Timestamp": self.now, "CloudWatchMetrics": [{
                "Namespace": space, "Dimensions": [["Path"]],
                "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}]}]},
            "Path": "/x", "Latency": 12.5}))
        cloudwatch = boto3.client("cloudwatch", endpoint_url=os.environ["STORMGLASS_ENDPOINT"], region_name=REGION)
        window = {"StartTime": self.now / 1000 - 120, "EndTime": self.now / 1000 + 120, "Period": 60}
        errors = cloudwatch.get_metric_statistics(Namespace=space, MetricName="Errors", Statistics=["Sum"], **window)
        self.assertEqual(sum(p["Sum"] for p in errors["Datapoints"]), 2)
        latency = cloudwatch.get_metric_statistics(Namespace=space, MetricName="Latency", Statistics=["Average"],
                                                   Dimensions=[{"Name": "Path", "Value": "/x"}], **window)
        self.assertEqual([(p["Average"], p["Unit"]) for p in latency["Datapoints"]], [(12.5, "Milliseconds")])

    def test_an_export_lies_in_the_bucket(self):
        s3 = boto3.client("s3", endpoint_url=os.environ["STORMGLASS_ENDPOINT"], region_name=REGION)
        bucket = "export-" + uuid.uuid4().hex[:12]
        s3.create_bucket(Bucket=bucket)
        self.addCleanup(s3.delete_bucket, Bucket=bucket)
        self.put("first", "second")

        def export():
            task = self.logs.create_export_task(logGroupName=self.group, fromTime=self.now - 1000,
                                                to=self.now + 1000, destination=bucket,
                                                destinationPrefix="out")["taskId"]
            end = time.monotonic() + 30
            while True:
                status = self.logs.describe_export_tasks(taskId=task)["exportTasks"][0]["status"]
                if status["code"] not in ("PENDING", "RUNNING"):
                    return task, status
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)

        self.assertEqual(export()[1]["code"], "FAILED")  # The bucket lets nobody in.
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
            "Action": ["s3:GetBucketAcl", "s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}))
        task, status = export()
        self.assertEqual(status["code"], "COMPLETED")
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        self.assertEqual(keys, [f"out/{task}/one/000000.gz", "out/aws-logs-write-test"])
        text = gzip.decompress(s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read()).decode()
        self.assertEqual([line.split(" ", 1)[1] for line in text.splitlines()], ["first", "second"])
        for key in keys:
            s3.delete_object(Bucket=bucket, Key=key)

    def test_subscription_filters_are_refused_by_name(self):
        self.refused("InvalidParameterException", self.logs.put_subscription_filter, logGroupName=self.group,
                     filterName="f", filterPattern="", destinationArn="arn:aws:lambda:us-east-1:123456789012:function:f")

    def test_a_batch_must_be_in_order(self):
        self.refused("InvalidParameterException", self.logs.put_log_events, logGroupName=self.group,
                     logStreamName="one",
                     logEvents=[{"timestamp": self.now, "message": "b"},
                                {"timestamp": self.now - 1, "message": "a"}])
        self.refused("ResourceNotFoundException", self.logs.put_log_events, logGroupName=self.group,
                     logStreamName="none", logEvents=[{"timestamp": self.now, "message": "b"}])

    def test_a_metric_filter_reads_back_as_terraform_puts_it(self):
        transformation = {"metricName": "AppErrors", "metricNamespace": "webapp/app",
                          "metricValue": "1", "defaultValue": 0.0, "unit": "None"}
        self.logs.put_metric_filter(logGroupName=self.group, filterName="errors",
                                    filterPattern="?ERROR ?CRITICAL",
                                    metricTransformations=[transformation])
        found = self.logs.describe_metric_filters(logGroupName=self.group,
                                                  filterNamePrefix="errors")["metricFilters"]
        self.assertEqual(found[0]["metricTransformations"], [transformation])
        groups = self.logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        self.assertEqual(groups[0]["metricFilterCount"], 1)
        self.logs.delete_metric_filter(logGroupName=self.group, filterName="errors")
        self.refused("ResourceNotFoundException", self.logs.delete_metric_filter,
                     logGroupName=self.group, filterName="errors")


if __name__ == "__main__":
    unittest.main()
