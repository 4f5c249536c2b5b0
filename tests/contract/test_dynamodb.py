"""DynamoDB as boto3 sees it: tables, items, expressions, queries, transactions."""
import os
import time
import unittest
import uuid
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["STORMGLASS_ENDPOINT"]
SETTINGS = {"endpoint_url": ENDPOINT, "region_name": "us-east-1", "config": Config(retries={"max_attempts": 1})}


def failure(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response
    return {"Error": {"Code": None, "Message": ""}}


def code_of(call, **arguments):
    return failure(call, **arguments)["Error"]["Code"]


def message_of(call, **arguments):
    return failure(call, **arguments)["Error"]["Message"]


class Tables(unittest.TestCase):
    def setUp(self):
        self.client = boto3.client("dynamodb", **SETTINGS)
        self.name = "contract-" + uuid.uuid4().hex[:10]

    def make(self, hash_type="S", range_type=None, **more):
        attributes = {"id": hash_type, **({"at": range_type} if range_type else {}), **more.pop("attributes", {})}
        schema = [{"AttributeName": "id", "KeyType": "HASH"}]
        if range_type:
            schema.append({"AttributeName": "at", "KeyType": "RANGE"})
        self.client.create_table(
            TableName=self.name, KeySchema=schema, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in attributes.items()], **more)
        self.addCleanup(self.drop)
        return boto3.resource("dynamodb", **SETTINGS).Table(self.name)

    def drop(self):
        try:
            self.client.delete_table(TableName=self.name)
        except self.client.exceptions.ResourceNotFoundException:
            pass

    def test_life_of_a_table(self):
        self.make(Tags=[{"Key": "a", "Value": "1"}], SSESpecification={
            "Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:us-east-1:123456789012:key/x"})
        table = self.client.describe_table(TableName=self.name)["Table"]
        self.assertEqual((table["TableStatus"], table["BillingModeSummary"]["BillingMode"], table["ItemCount"]),
                         ("ACTIVE", "PAY_PER_REQUEST", 0))
        self.assertEqual(table["SSEDescription"]["KMSMasterKeyArn"], "arn:aws:kms:us-east-1:123456789012:key/x")
        self.assertEqual(code_of(self.client.create_table, TableName=self.name, BillingMode="PAY_PER_REQUEST",
                                 KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                                 AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}]),
                         "ResourceInUseException")
        self.assertEqual(self.client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"],
                         [{"Key": "a", "Value": "1"}])
        self.assertIn(self.name, self.client.list_tables()["TableNames"])
        backups = self.client.describe_continuous_backups(TableName=self.name)["ContinuousBackupsDescription"]
        self.assertEqual(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], "DISABLED")
        self.client.update_continuous_backups(
            TableName=self.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        backups = self.client.describe_continuous_backups(TableName=self.name)["ContinuousBackupsDescription"]
        self.assertEqual(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], "ENABLED")
        self.client.update_table(TableName=self.name, DeletionProtectionEnabled=True)
        self.assertEqual(code_of(self.client.delete_table, TableName=self.name), "ValidationException")
        self.client.update_table(TableName=self.name, DeletionProtectionEnabled=False)
        self.client.delete_table(TableName=self.name)
        self.assertEqual(message_of(self.client.describe_table, TableName=self.name),
                         "Requested resource not found: Table: %s not found" % self.name)

    def next_second(self):
        """Waits until the table's latest restorable second is another one; that second."""
        def latest():
            shown = self.client.describe_continuous_backups(TableName=self.name)["ContinuousBackupsDescription"]
            return shown["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"].replace(microsecond=0)
        first = latest()
        while (now := latest()) == first:
            time.sleep(0.05)
        return now

    def test_a_moment_of_a_table_comes_back(self):
        table = self.make()
        target = self.name + "-restored"
        self.assertEqual(code_of(self.client.restore_table_to_point_in_time, SourceTableName=self.name,
                                 TargetTableName=target, UseLatestRestorableTime=True),
                         "PointInTimeRecoveryUnavailableException")
        self.client.update_continuous_backups(
            TableName=self.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        table.put_item(Item={"id": "kept", "value": "before"})
        moment = self.next_second()  # boto3 sends whole seconds.
        table.put_item(Item={"id": "kept", "value": "after"})
        table.put_item(Item={"id": "later"})
        self.addCleanup(self.client.delete_table, TableName=target)
        self.client.restore_table_to_point_in_time(SourceTableName=self.name, TargetTableName=target,
                                                   RestoreDateTime=moment)
        self.client.get_waiter("table_exists").wait(TableName=target)
        self.assertEqual(boto3.resource("dynamodb", **SETTINGS).Table(target).scan()["Items"],
                         [{"id": "kept", "value": "before"}])
        self.assertEqual(code_of(self.client.restore_table_to_point_in_time, SourceTableName=self.name,
                                 TargetTableName=target, UseLatestRestorableTime=True),
                         "TableAlreadyExistsException")

    def test_the_lock_of_terraform(self):
        self.make()
        take = dict(TableName=self.name, Item={"id": {"S": "b/k"}, "Info": {"S": "me"}},
                    ConditionExpression="attribute_not_exists(id)")
        self.client.put_item(**take)
        held = failure(self.client.put_item, **take, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        self.assertEqual(held["Error"], {"Code": "ConditionalCheckFailedException",
                                         "Message": "The conditional request failed"})
        self.assertEqual(held["Item"], take["Item"])
        got = self.client.get_item(TableName=self.name, Key={"id": {"S": "b/k"}}, ConsistentRead=True,
                                   ProjectionExpression="id, Info")
        self.assertEqual(got["Item"], take["Item"])
        self.client.delete_item(TableName=self.name, Key={"id": {"S": "b/k"}})
        self.assertNotIn("Item", self.client.get_item(TableName=self.name, Key={"id": {"S": "b/k"}}))
        self.client.put_item(**take)

    def test_every_type_comes_back(self):
        table = self.make()
        item = {"id": "x", "n": Decimal("-1.5"), "big": Decimal("12345678901234567890123456789012345678"), "b": b"\x00\xff",
                "l": [1, "two", None, {"three": True}], "m": {"deep": {"er": [Decimal(0)]}}, "ss": {"a", "b"},
                "ns": {Decimal(1), Decimal("2.5")}, "bs": {b"1"}, "no": False, "empty": "", "none": [], "nil": {}}
        table.put_item(Item=item)
        got = table.get_item(Key={"id": "x"})["Item"]
        self.assertEqual({k: (v.value if k == "b" else v) for k, v in got.items() if k != "bs"},
                         {k: v for k, v in item.items() if k != "bs"})
        self.assertEqual(self.client.describe_table(TableName=self.name)["Table"]["ItemCount"], 1)
        raw = lambda number: self.client.put_item(TableName=self.name, Item={"id": {"S": "n"}, "v": {"N": number}})
        for sent, kept in (("1.0", "1"), ("1E3", "1000"), ("-0.010", "-0.01"), ("0e5", "0")):
            raw(sent)
            self.assertEqual(self.client.get_item(TableName=self.name, Key={"id": {"S": "n"}})["Item"]["v"]["N"], kept)
        for bad in ("", "abc", "1" * 39, "1e126", "1e-131"):
            with self.assertRaises(ClientError):
                raw(bad)

    def test_updates(self):
        table = self.make()
        key = {"id": "u"}
        update = lambda expression, values=None, **more: table.update_item(
            Key=key, UpdateExpression=expression, ReturnValues="ALL_NEW",
            **({"ExpressionAttributeValues": values} if values else {}), **more)["Attributes"]
        self.assertEqual(update("SET n = if_not_exists(n, :z) + :one, l = :l, m = :m",
                                {":z": 0, ":one": 1, ":l": [1, 2, 3], ":m": {"a": 1}}),
                         {"id": "u", "n": 1, "l": [1, 2, 3], "m": {"a": 1}})
        self.assertEqual(update("SET n = n - :half, m.b = :half, l[1] = :half, l[9] = :half REMOVE m.a, l[0]",
                                {":half": Decimal("0.5")}),
                         {"id": "u", "n": Decimal("0.5"), "l": [Decimal("0.5"), 3, Decimal("0.5")],
                          "m": {"b": Decimal("0.5")}})
        self.assertEqual(update("ADD n :two, s :s", {":two": 2, ":s": {"a", "b"}})["s"], {"a", "b"})
        self.assertNotIn("s", update("DELETE s :s", {":s": {"a", "b"}}))
        self.assertEqual(update("SET l = list_append(l, :more)", {":more": ["x"]})["l"][-1], "x")
        new = table.update_item(Key=key, UpdateExpression="SET #n = :v", ExpressionAttributeNames={"#n": "name"},
                                ExpressionAttributeValues={":v": "v"}, ReturnValues="UPDATED_NEW")
        self.assertEqual(new["Attributes"], {"name": "v"})
        self.assertEqual(code_of(table.update_item, Key=key, UpdateExpression="SET id = :v",
                                 ExpressionAttributeValues={":v": 1}), "ValidationException")
        self.assertIn("does not exist in the item", message_of(
            table.update_item, Key=key, UpdateExpression="SET q = absent + :v", ExpressionAttributeValues={":v": 1}))
        self.assertIn("overlap", message_of(table.update_item, Key=key, UpdateExpression="SET a = :v, a.b = :v",
                                            ExpressionAttributeValues={":v": 1}))

    def test_conditions(self):
        table = self.make()
        table.put_item(Item={"id": "c", "n": 5, "s": "hello", "l": [1, 2], "t": {"x"}, "m": {"k": "v"}})
        holds = [Attr("n").between(1, 5), Attr("n").is_in([4, 5]), Attr("s").begins_with("he"), Attr("s").contains("ll"),
                 Attr("l").contains(2), Attr("t").contains("x"), Attr("s").size().eq(5), Attr("m.k").eq("v"),
                 Attr("l[1]").eq(2), Attr("absent").ne(1), Attr("n").attribute_type("N"),
                 (Attr("n").gt(9) | Attr("n").lt(9)) & ~Attr("absent").exists()]
        for condition in holds:
            table.put_item(Item={"id": "c2"})
            self.assertEqual(len(table.scan(FilterExpression=condition & Attr("s").exists())["Items"]), 1, condition)
        for condition in (Attr("n").gt("5"), Attr("absent").lt(1), Attr("s").size().gt(5)):
            self.assertEqual(table.scan(FilterExpression=condition)["Count"], 0, condition)

    def test_wrong_expressions(self):
        self.make()
        put = lambda **more: message_of(self.client.put_item, TableName=self.name, Item={"id": {"S": "w"}}, **more)
        self.assertIn("attribute value: :x", put(ConditionExpression="a = :x"))
        self.assertIn("attribute name: #x", put(ConditionExpression="attribute_exists(#x)"))
        self.assertIn("reserved keyword: name", put(ConditionExpression="attribute_exists(name)"))
        self.assertIn("Syntax error; token: \"<EOF>\"", put(ConditionExpression="attribute_exists(a"))
        self.assertIn("unused in expressions: keys: {:y}", put(ConditionExpression="attribute_not_exists(a)",
                                                               ExpressionAttributeValues={":y": {"S": ""}}))
        self.assertIn("Invalid function name; function: foo", put(ConditionExpression="foo(a)"))
        self.assertIn("Missing the key id", message_of(self.client.put_item, TableName=self.name, Item={"a": {"S": "x"}}))
        self.assertIn("Type mismatch for key id expected: S actual: N",
                      message_of(self.client.put_item, TableName=self.name, Item={"id": {"N": "1"}}))
        self.assertIn("does not match the schema", message_of(self.client.get_item, TableName=self.name,
                                                              Key={"no": {"S": "x"}}))
        self.assertIn("Item size has exceeded", message_of(self.client.put_item, TableName=self.name,
                                                           Item={"id": {"S": "w"}, "b": {"S": "x" * 410_000}}))
        self.assertIn("legacy", put(Expected={"id": {"Exists": False}}))
        self.assertEqual(code_of(self.client.get_item, TableName="absent-table", Key={"id": {"S": "x"}}),
                         "ResourceNotFoundException")

    def test_queries_are_in_the_order_of_numbers(self):
        table = self.make(range_type="N")
        numbers = [Decimal(n) for n in ("-1e20", "-10", "-9.5", "-1", "0", "0.001", "1", "2", "10", "11", "1e30")]
        with table.batch_writer() as batch:
            for n in reversed(numbers):
                batch.put_item(Item={"id": "q", "at": n, "even": int(n) % 2 == 0})
            batch.put_item(Item={"id": "r", "at": 1})
        query = lambda **more: [i["at"] for i in table.query(**more)["Items"]]
        every = Key("id").eq("q")
        self.assertEqual(query(KeyConditionExpression=every), numbers)
        self.assertEqual(query(KeyConditionExpression=every, ScanIndexForward=False), numbers[::-1])
        self.assertEqual(query(KeyConditionExpression=every & Key("at").between(-10, 1)), numbers[1:7])
        for make, keep in ((Key("at").lt, lambda n: n < 1), (Key("at").lte, lambda n: n <= 1),
                           (Key("at").gt, lambda n: n > 1), (Key("at").gte, lambda n: n >= 1), (Key("at").eq, lambda n: n == 1)):
            self.assertEqual(query(KeyConditionExpression=every & make(1)), [n for n in numbers if keep(n)])
        seen, start = [], {}
        while True:
            page = table.query(KeyConditionExpression=every, Limit=3, **start)
            seen += [i["at"] for i in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        self.assertEqual(seen, numbers)
        filtered = table.query(KeyConditionExpression=every, FilterExpression=Attr("even").eq(True), Select="COUNT")
        self.assertEqual((filtered["Count"], filtered["ScannedCount"]), (sum(int(n) % 2 == 0 for n in numbers), len(numbers)))
        self.assertEqual(table.scan()["Count"], len(numbers) + 1)
        halves = [table.scan(Segment=s, TotalSegments=2)["Count"] for s in (0, 1)]
        self.assertEqual(sum(halves), len(numbers) + 1)
        self.assertIn("missed key schema element: id", message_of(table.query, KeyConditionExpression=Key("at").eq(1)))

    def test_pages_end_at_a_megabyte(self):
        table = self.make(range_type="N")
        for n in range(7):
            table.put_item(Item={"id": "p", "at": n, "fill": "x" * 300_000})
        page = table.query(KeyConditionExpression=Key("id").eq("p"))
        self.assertLess(page["Count"], 7)
        rest = table.query(KeyConditionExpression=Key("id").eq("p"), ExclusiveStartKey=page["LastEvaluatedKey"])
        self.assertEqual(page["Count"] + rest["Count"], 7)

    def test_indexes_follow_the_items(self):
        table = self.make(attributes={"city": "S", "age": "N"}, GlobalSecondaryIndexes=[
            {"IndexName": "by-city", "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"},
                                                   {"AttributeName": "age", "KeyType": "RANGE"}],
             "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]}}])
        for n, city in enumerate(("Rome", "Oslo", "Rome")):
            table.put_item(Item={"id": str(n), "city": city, "age": 30 - n, "a": n, "b": n})
        table.put_item(Item={"id": "no city"})
        rome = lambda **more: table.query(IndexName="by-city", KeyConditionExpression=Key("city").eq("Rome"), **more)
        self.assertEqual(rome()["Items"], [{"id": "2", "city": "Rome", "age": 28, "a": 2},
                                           {"id": "0", "city": "Rome", "age": 30, "a": 0}])
        page = rome(Limit=1)
        self.assertEqual(page["LastEvaluatedKey"], {"id": "2", "city": "Rome", "age": 28})
        self.assertEqual(rome(ExclusiveStartKey=page["LastEvaluatedKey"])["Items"][0]["id"], "0")
        table.update_item(Key={"id": "0"}, UpdateExpression="SET city = :c", ExpressionAttributeValues={":c": "Oslo"})
        table.delete_item(Key={"id": "2"})
        self.assertEqual(rome()["Count"], 0)
        self.assertEqual(table.scan(IndexName="by-city")["Count"], 2)
        self.client.update_table(TableName=self.name, AttributeDefinitions=[{"AttributeName": "b", "AttributeType": "N"}],
                                 GlobalSecondaryIndexUpdates=[{"Create": {
                                     "IndexName": "by-b", "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
                                     "Projection": {"ProjectionType": "ALL"}}}])
        self.assertEqual(table.query(IndexName="by-b", KeyConditionExpression=Key("b").eq(1))["Count"], 1)

    def test_batches(self):
        self.make()
        item = lambda n: {"id": {"S": str(n)}}
        write = [{"PutRequest": {"Item": item(n)}} for n in range(25)]
        self.assertEqual(self.client.batch_write_item(RequestItems={self.name: write})["UnprocessedItems"], {})
        got = self.client.batch_get_item(RequestItems={self.name: {"Keys": [item(1), item(2), item("absent")]}})
        self.assertEqual(sorted(i["id"]["S"] for i in got["Responses"][self.name]), ["1", "2"])
        self.assertEqual(code_of(self.client.batch_write_item, RequestItems={self.name: write[:1] * 2}),
                         "ValidationException")

    def test_transactions_are_all_or_nothing(self):
        self.make()
        put = lambda n, **more: {"Put": {"TableName": self.name, "Item": {"id": {"S": n}}, **more}}
        self.client.transact_write_items(TransactItems=[put("a"), put("b")])
        failed = failure(self.client.transact_write_items, TransactItems=[
            put("c"), put("a", ConditionExpression="attribute_not_exists(id)",
                          ReturnValuesOnConditionCheckFailure="ALL_OLD")])
        self.assertEqual(failed["Error"]["Code"], "TransactionCanceledException")
        self.assertEqual([r["Code"] for r in failed["CancellationReasons"]], ["None", "ConditionalCheckFailed"])
        self.assertEqual(failed["CancellationReasons"][1]["Item"], {"id": {"S": "a"}})
        got = self.client.transact_get_items(TransactItems=[
            {"Get": {"TableName": self.name, "Key": {"id": {"S": n}}}} for n in ("a", "c")])
        self.assertEqual([("Item" in r) for r in got["Responses"]], [True, False])

    def test_capacity_when_asked_for(self):
        self.make()
        used = self.client.put_item(TableName=self.name, Item={"id": {"S": "x"}, "f": {"S": "y" * 2000}},
                                    ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
        self.assertEqual((used["TableName"], used["CapacityUnits"]), (self.name, 2.0))


if __name__ == "__main__":
    unittest.main()
