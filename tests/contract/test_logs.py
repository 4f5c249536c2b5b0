"""CloudWatch Logs as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
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
        self.refused("InvalidParameterException", self.logs.filter_log_events,
                     logGroupName=self.group, filterPattern="[a, b]")

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
