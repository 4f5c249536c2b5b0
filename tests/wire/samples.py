"""Values for botocore's shapes, and what must come back of them.

Variants of a sample: "full" sets every member, "required" those the model requires, "empty" gives every list, map
and text without content, and "edge0".. go through what breaks codecs: numbers at their ends, NaN, times before
1970, control characters, markup, whitespace, text beyond the basic plane, every byte.
"""
import base64
import datetime
import math

DEPTH = 9
UTC = datetime.timezone.utc
WHEN = datetime.datetime(2026, 11, 24, 15, 2, 57, tzinfo=UTC)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
XML = ("query", "ec2", "rest-xml")
EDGES = {
    "boolean": [False, True],
    "integer": [0, -1, 2**31 - 1, -(2**31), 24, 255, 65536],
    "long": [2**63 - 1, -(2**63), 0, 2**53 + 1, -25, 2**32],
    "double": [0.1, -0.0, 1e300, 5e-324, math.nan, math.inf, -math.inf, 1e15, 123456789012345680.0, -2.5],
    "blob": [b"", bytes(range(256)), b"\xff" * 70],
    "timestamp": [EPOCH, EPOCH - datetime.timedelta(days=1), EPOCH + datetime.timedelta(milliseconds=1001),
                  datetime.datetime(2038, 1, 19, 3, 14, 8, 999000, UTC),
                  datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)],
    "string": ["", "  before and after ", "a\tb\nc\r\nd\re", "<a b='c'>&amp;\"</a>]]><!--",
               "\u00fcn\u00ef \u2603 \U0001f600 \u2028\ufdd0",
               "\x00\x01\x1f\x7f\u0085|\uffff\ufffd\ufffe.", "\\\"/\\u0041%41+&=;#", "x" * 70000],
}
EDGES["float"] = EDGES["double"]
VARIANTS = ["full", "required", "empty"] + [f"edge{i}" for i in range(4)]


class Sampler:
    """One sample after another. `edges`: the values of "edge" variants, where not all can be said."""

    def __init__(self, variant, edges=None):
        self.variant, self.edge, self.edges = variant, variant.startswith("edge"), edges or EDGES
        self.counts = {}
        self.start = int(variant[4:]) if self.edge else 0

    def value(self, shape, depth=0, name="x"):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth)
        if kind in ("list", "map"):
            return self.container(shape, depth, name)
        if self.edge and not getattr(shape, "enum", None):
            return self.next_edge(kind)
        return self.plain(shape, kind, depth, name)

    def structure(self, shape, depth):
        members = shape.members
        if getattr(shape, "is_tagged_union", False):
            members = dict(list(members.items())[:1])
        elif self.variant == "required":
            members = {n: s for n, s in members.items() if n in shape.required_members}
        return {n: self.member(s, depth, n) for n, s in members.items() if depth < DEPTH}

    def member(self, shape, depth, name):
        location = shape.serialization.get("location")
        if location == "headers":
            return {"k1": "word", "k-2": "two words"}
        if location and shape.type_name == "string" and not getattr(shape, "enum", None):
            return f"v-{name}"  # Header and URI members hold plain words: other bytes do not travel there.
        if shape.serialization.get("xmlAttribute"):
            return shape.enum[0]
        return self.value(shape, depth + 1, name)

    def container(self, shape, depth, name):
        if self.variant == "empty" or depth >= DEPTH:
            return [] if shape.type_name == "list" else {}
        if shape.type_name == "list":
            count = 3 if self.edge and depth < 3 else 2 if depth < 4 else 1
            return [self.value(shape.member, depth + 1, name) for _ in range(count)]
        key = "k <&>\" \u00fc" if self.edge and not getattr(shape.key, "enum", None) else "k1"
        return {key: self.value(shape.value, depth + 1, name)}

    def next_edge(self, kind):
        kind = "string" if kind == "character" else kind
        edges = self.edges[kind]
        count = self.counts[kind] = self.counts.get(kind, self.start * 3 - 1) + 1
        # The long text once in a while only: it is to show that lengths hold, not to fill the pipe.
        if kind == "string" and count % len(edges) == len(edges) - 1 and count // len(edges) % 8:
            count += 1
        return edges[count % len(edges)]

    def plain(self, shape, kind, depth, name):
        values = getattr(shape, "enum", None)
        if kind == "boolean":
            return True
        if kind in ("integer", "long"):
            return 7
        if kind in ("float", "double"):
            return 2.5
        if kind == "blob":
            return b"" if self.variant == "empty" else b"\x00bytes\xff"
        if kind == "timestamp":
            return WHEN
        if values:
            return values[0]
        if self.variant == "empty":
            return ""
        return f"v & <{name}> \u00fc".strip() if depth else f"v-{name}"


def number_text(value):
    """Numbers that JSON lacks, as wire_echo names them."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def seconds(time):
    return (time - EPOCH).total_seconds()


def as_json(value, shape):
    """A value as wire_echo takes and shows it."""
    kind = shape.type_name
    if kind == "structure":
        return {n: as_json(v, shape.members[n]) for n, v in value.items()}
    if kind == "list":
        return [as_json(v, shape.member) for v in value]
    if kind == "map":
        return {k: as_json(v, shape.value) for k, v in value.items()}
    if kind == "blob":
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        return round(seconds(value), 3)
    return number_text(value)
