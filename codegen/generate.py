#!/usr/bin/env python3
"""Turns models/<service>.json and src/services/<service>/operations.txt into C++.

Usage: generate.py SERVICE MODEL OPERATIONS OUT_DIR [PATCH]
Writes OUT_DIR/api/<service>.h (structs, the abstract Api, error constructors) and .cc (the tables
that the codecs walk), _overrides.inc, the declarations for a service.h, and _outputs.inc, the list of operations
for the tests (tests/wire/outputs.cc). What each table means is said in src/wire/shapes.h and operation.h.
A file whose text is the same is left alone, so that nothing is compiled again for it.
"""
import json
import os
import re
import sys

KEYWORDS = set("""alignas and asm auto bool break case catch char class concept const continue default
delete do double else enum explicit export extern false float for friend goto if inline int long mutable
namespace new not operator or private protected public register requires return short signed sizeof
static struct switch template this throw true try typedef typename union unsigned using virtual void
volatile while xor""".split())
SCALARS = {"boolean": "bool", "integer": "std::int64_t", "long": "std::int64_t", "float": "double",
           "double": "double", "string": "std::string", "character": "std::string",
           "blob": "std::string", "timestamp": "base::Time"}
KINDS = {"boolean": "boolean", "integer": "integer", "long": "integer", "float": "number",
         "double": "number", "string": "string", "character": "string", "blob": "blob",
         "timestamp": "timestamp", "structure": "structure", "list": "list", "map": "map"}
PROTOCOLS = {"json": "json", "query": "query", "ec2": "ec2", "rest-xml": "rest_xml", "rest-json": "rest_json",
             "smithy-rpc-v2-cbor": "cbor"}
READS = re.compile(r"^(Get|List|Describe|Head|Query$|Scan$|Batch(Get)|Simulate|Download)")
# Signing names and action prefixes differ from the folder's name in these.
PREFIX = {"elbv2": "elasticloadbalancing", "cloudwatch": "cloudwatch"}


def snake(name):
    """botocore's own rule (xform_name), so that names are what users of boto3 know."""
    special = re.compile(r"[A-Z]{2,}s$")
    match = special.search(name)
    if match:
        name = name[: match.start()] + "_" + match.group(0).lower()
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    name = re.sub(r"[^a-z0-9_]", "_", name)
    name = re.sub(r"__+", "_", name).strip("_")
    return name + "_" if name in KEYWORDS else name


def quote(text):
    return "nullptr" if text is None else json.dumps(text)


def raw(text):
    return 'R"sg(' + text + ')sg"'


class Generator:
    def __init__(self, service, model, lines):
        self.service, self.model = service, model
        self.shapes = model["shapes"]
        self.meta = model["metadata"]
        self.listing = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        self.listing.sort()
        self.errors = {n for n, s in self.shapes.items() if s.get("exception") or "error" in s}
        self.order, self.state, self.boxed = [], {}, set()
        self.inputs, self.outputs = set(), set()
        for name, *_ in self.listing:
            op = model["operations"][name]
            for side, into in (("input", self.inputs), ("output", self.outputs)):
                if side in op:
                    self.visit(op[side]["shape"])
                    self.spread(op[side]["shape"], into)

    def spread(self, name, into):
        if name in into:
            return
        into.add(name)
        shape = self.shapes[name]
        for ref in self.refs(shape):
            self.spread(ref["shape"], into)

    @staticmethod
    def refs(shape):
        yield from shape.get("members", {}).values()
        for key in ("member", "key", "value"):
            if key in shape:
                yield shape[key]

    def visit(self, name):
        """Post-order over all references, so that structs are complete before they are held."""
        if name in self.state:
            return
        self.state[name] = "open"
        shape = self.shapes[name]
        for ref in self.refs(shape):
            target = ref["shape"]
            if self.state.get(target) == "open" and self.shapes[target]["type"] == "structure" \
                    and shape["type"] == "structure":
                self.boxed.add((name, target))
            self.visit(target)
        self.state[name] = "done"
        self.order.append(name)

    def cpp_type(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            return cpp_name(name)
        if kind == "list":
            return f"wire::List<{self.cpp_type(shape['member']['shape'])}>"
        if kind == "map":
            return f"wire::Map<{self.cpp_type(shape['value']['shape'])}>"
        return SCALARS[kind]

    def storage(self, owner, member):
        """(storage, C++ type of the field) of one struct member."""
        ref = self.shapes[owner]["members"][member]
        target = ref["shape"]
        kind = self.shapes[target]["type"]
        cpp = self.cpp_type(target)
        if kind in ("list", "map"):
            return "plain", cpp
        if (owner, target) in self.boxed:
            return "boxed", f"wire::Box<{cpp}>"
        # "Required" is a promise of the caller's: outputs keep optionals, so that what a handler
        # leaves out is left out on the wire.
        if member in self.shapes[owner].get("required", []) and owner in self.inputs \
                and owner not in self.outputs:
            return "plain", cpp
        return "optional", f"std::optional<{cpp}>"

    def header(self):
        out = [f"// Generated by codegen/generate.py from models/{self.service}.json. Do not edit.",
               "#pragma once", "", '#include "wire/operation.h"', '#include "wire/request.h"', "",
               f"namespace stormglass::{self.service}::api {{", "", "using base::Time;", ""]
        structs = [n for n in self.order if self.shapes[n]["type"] == "structure"]
        out += [f"struct {cpp_name(n)};" for n in structs] + [""]
        for name in structs:
            out.append(f"struct {cpp_name(name)} {{")
            for member in self.shapes[name].get("members", {}):
                storage, cpp = self.storage(name, member)
                init = "{}" if storage == "plain" and cpp in ("bool", "std::int64_t", "double") else ""
                out.append(f"    {cpp} {snake(member)}{init};")
            out.append("};")
        for name, *_ in self.listing:
            op = self.model["operations"][name]
            for side, suffix in (("input", "Input"), ("output", "Output")):
                alias = name + suffix
                if side not in op:
                    out.append(f"struct {alias} {{}};")
                elif cpp_name(op[side]["shape"]) != alias:
                    out.append(f"using {alias} = {cpp_name(op[side]['shape'])};")
        out += ["", "/// One function an operation of operations.txt; implemented by services/"
                + self.service + "/service.h.", "class Api {", "public:",
                "    virtual ~Api() = default;"]
        for name, *_ in self.listing:
            out.append(f"    virtual Result<{name}Output> {snake(name)}(wire::Request& request, "
                       f"const {name}Input& input) = 0;")
        out += ["};", "", "extern const wire::ServiceModel model;", ""]
        seen = set()
        for name in sorted(self.errors):
            function = snake(re.sub(r"(Exception|Fault)$", "", name))
            if function in seen:
                function = snake(name)
            seen.add(function)
            code, status = self.error_of(name)
            out += [f"inline Unexpected {function}(std::string message) {{",
                    f"    return aws_error({quote(code)}, std::move(message), {status});", "}"]
        out += ["", f"}}  // namespace stormglass::{self.service}::api", ""]
        return "\n".join(out)

    def overrides(self):
        """The declarations of a class that implements Api, to be included inside it."""
        return "// Generated by codegen/generate.py. Do not edit.\n" + "".join(
            f"Result<api::{name}Output> {snake(name)}(wire::Request& request, "
            f"const api::{name}Input& input) override;\n" for name, *_ in self.listing)

    def output_list(self):
        return "// Generated by codegen/generate.py. Do not edit.\n" + "".join(
            f"OUTPUT({name})\n" for name, *_ in self.listing)

    def error_of(self, name):
        error = self.shapes[name].get("error", {})
        return error.get("code", name), error.get("httpStatusCode", 400)

    def source(self):
        out = [f"// Generated by codegen/generate.py from models/{self.service}.json. Do not edit.",
               f'#include "api/{self.service}.h"', "", "#include <cstddef>", "",
               f"namespace stormglass::{self.service}::api {{", "namespace {", "",
               "using wire::Kind;", "using wire::Location;", "using wire::Member;",
               "using wire::Shape;", "using wire::Storage;", "using wire::TimeFormat;", ""]
        out += [f"extern const Shape {shape_id(n)};" for n in self.order] + [""]
        for name in self.order:
            out += self.shape_table(name)
        for name, *rest in self.listing:
            out += self.call(name)
        out += ["const wire::Operation operations[] = {"]
        out += [self.operation(name, rest) for name, *rest in self.listing]
        out += ["};", "const char* const published[] = {"]
        out += ["    " + ", ".join(quote(n) for n in self.model["published"]) + "};"]
        errors = sorted(self.errors) or []
        out += ["const wire::ModelledError errors[] = {"]
        out += [f"    {{{quote(n)}, {quote(self.error_of(n)[0])}, {self.error_of(n)[1]}}},"
                for n in errors] or ["    {nullptr, nullptr, 0},"]
        spoken = self.meta.get("protocols", [self.meta["protocol"]])
        if self.service != "cloudwatch":
            spoken = [self.meta["protocol"]]
        out += ["};", "const wire::Protocol protocols[] = {"
                + ", ".join("wire::Protocol::" + PROTOCOLS[p] for p in spoken) + "};", "",
                "}  // namespace", "", "const wire::ServiceModel model{"]
        prefix = PREFIX.get(self.service, self.service)
        signing = self.meta.get("signingName", self.meta["endpointPrefix"])
        out += [f"    .name = {quote(self.service)}, .signing_name = {quote(signing)},",
                f"    .action_prefix = {quote(prefix)},",
                f"    .json_target = {quote(self.meta.get('targetPrefix'))},",
                f"    .json_version = {quote(self.meta.get('jsonVersion'))},",
                f"    .api_version = {quote(self.meta['apiVersion'])},",
                f"    .xml_namespace = {quote(self.xml_namespace())},",
                f"    .service_id = {quote(self.meta.get('serviceId'))},",
                "    .protocols = protocols, .operations = operations, .published = published,",
                f"    .errors = std::span(errors, {len(errors)})}};", "",
                f"}}  // namespace stormglass::{self.service}::api", ""]
        return "\n".join(out)

    def xml_namespace(self):
        if self.meta.get("xmlNamespace"):
            return self.meta["xmlNamespace"]
        if self.meta["protocol"] == "ec2":
            return f"http://ec2.amazonaws.com/doc/{self.meta['apiVersion']}/"
        if self.service == "s3":
            return "http://s3.amazonaws.com/doc/2006-03-01/"
        return None

    def shape_table(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        fields = [f".name = {quote(name)}", f".kind = Kind::{KINDS[kind]}"]
        before = []
        if kind == "long":
            fields.append(".is_long = true")
        if kind == "structure":
            members = list(shape.get("members", {}))
            if members:
                before.append(f"const Member {shape_id(name)}_members[] = {{")
                before += [self.member(name, m) for m in members]
                before.append("};")
                if shape.get("union"):
                    fields.append(".is_union = true")
                fields.append(f".members = {shape_id(name)}_members")
                if "payload" in shape:
                    index = members.index(shape["payload"])
                    fields.append(f".payload = &{shape_id(name)}_members[{index}]")
                    target = shape["members"][shape["payload"]]
                    if target.get("streaming") or self.shapes[target["shape"]].get("streaming"):
                        fields.append(".payload_streams = true")
        elif kind == "list":
            fields += [f".element = &{shape_id(shape['member']['shape'])}",
                       f".element_name = {quote(shape['member'].get('locationName', 'member'))}"]
            if shape.get("flattened"):
                fields.append(".flattened = true")
            fields.append(f".access = &wire::access::list_of<{self.cpp_type(shape['member']['shape'])}>")
        elif kind == "map":
            fields += [f".element = &{shape_id(shape['value']['shape'])}",
                       f".key = &{shape_id(shape['key']['shape'])}",
                       f".key_name = {quote(shape['key'].get('locationName', 'key'))}",
                       f".value_name = {quote(shape['value'].get('locationName', 'value'))}"]
            if shape.get("flattened"):
                fields.append(".flattened = true")
            fields.append(f".access = &wire::access::map_of<{self.cpp_type(shape['value']['shape'])}>")
        if "min" in shape:
            fields.append(f".min = {float(shape['min'])!r}")
        if "max" in shape:
            fields.append(f".max = {float(shape['max'])!r}")
        if "pattern" in shape:
            fields.append(f".pattern = {raw(shape['pattern'])}")
        if "enum" in shape:
            before.append(f"const char* const {shape_id(name)}_values[] = {{"
                          + ", ".join(quote(v) for v in shape["enum"]) + "};")
            fields.append(f".enum_values = {shape_id(name)}_values")
        if "timestampFormat" in shape:
            fields.append(f".time_format = {time_format(shape['timestampFormat'])}")
        if shape.get("xmlNamespace"):
            space = shape["xmlNamespace"]
            fields.append(f".xml_namespace = {quote(space if isinstance(space, str) else space['uri'])}")
        if shape.get("locationName") and kind == "structure":
            fields.append(f".xml_name = {quote(shape['locationName'])}")
        return before + [f"const Shape {shape_id(name)}{{" + ", ".join(order_fields(fields)) + "};"]

    def member(self, owner, name):
        ref = self.shapes[owner]["members"][name]
        target = self.shapes[ref["shape"]]
        storage, _ = self.storage(owner, name)
        kind = target["type"]
        cpp = self.cpp_type(ref["shape"])
        access = "nullptr"
        if kind in ("list", "map"):
            inner = target["member" if kind == "list" else "value"]["shape"]
            access = f"&wire::access::{kind}_of<{self.cpp_type(inner)}>"
        elif kind == "structure" and storage != "plain":
            access = f"&wire::access::{'box' if storage == 'boxed' else 'optional'}_of<{cpp}>"
        wire_name = ref.get("locationName", name)
        flattened = bool(ref.get("flattened") or target.get("flattened"))
        if kind == "list" and flattened and self.meta["protocol"] == "query":
            wire_name = target["member"].get("locationName", wire_name)
        query = ref.get("queryName")
        if query is None:
            query = wire_name[0].upper() + wire_name[1:] if self.meta["protocol"] == "ec2" else wire_name
        required = "true" if name in self.shapes[owner].get("required", []) else "false"
        location = {"header": "header", "headers": "headers", "uri": "uri",
                    "querystring": "query_string", "statusCode": "status_code"}.get(
                        ref.get("location"), "body")
        flags = ["true" if f else "false" for f in
                 (flattened, ref.get("xmlAttribute"), ref.get("idempotencyToken"))]
        return (f"    {{{quote(name)}, {quote(wire_name)}, {quote(query)}, &{shape_id(ref['shape'])}, "
                f"offsetof({cpp_name(owner)}, {snake(name)}), Storage::{storage}, {required}, "
                f"{', '.join(flags)}, Location::{location}, {time_format(ref.get('timestampFormat'))}, "
                f"{access}}},")

    def call(self, name):
        return [f"Result<void> call_{name}(void* api, wire::Request& request, wire::Exchange& exchange) {{",
                f"    {name}Input input{{}};", "    TRY(exchange.read_input(&input));",
                f"    const auto output = TRY(static_cast<Api*>(api)->{snake(name)}(request, input));",
                "    return exchange.write_output(&output);", "}"]

    def operation(self, name, rest):
        op = self.model["operations"][name]
        options = dict(item.split("=", 1) for item in rest if "=" in item)
        words = {item for item in rest if "=" not in item}
        prefix = PREFIX.get(self.service, self.service)
        action = options.get("action", f"{prefix}:{name}")
        resource = options.get("resource", "*")
        authorization = "by_template"
        if "self" in words:
            authorization, resource = "by_handler", "*"
        elif resource == "none":
            authorization, resource = "none", "*"
        elif resource != "*" and not resource.startswith(("arn:", "{")):
            resource = f"arn:aws:{prefix}:{{region}}:{{account}}:{resource}"
        mode = "read" if READS.match(name) else "write"
        mode = next((m for m in ("read", "write", "manual") if m in words), mode)
        http = op.get("http", {})
        shape = lambda side: f"&{shape_id(op[side]['shape'])}" if side in op else "nullptr"
        wrapper = op.get("output", {}).get("resultWrapper")
        return (f"    {{{quote(name)}, {shape('input')}, {shape('output')}, "
                f"{quote(http.get('method', 'POST'))}, {quote(http.get('requestUri', '/'))}, "
                f"{http.get('responseCode', 200)}, {quote(wrapper)}, "
                f"wire::Authorization::{authorization}, {quote(action)}, {quote(resource)}, "
                f"wire::TxMode::{mode}, &call_{name}}},")


FIELD_ORDER = ["name", "kind", "is_union", "is_long", "members", "payload", "payload_streams", "element",
               "key", "element_name", "key_name", "value_name", "flattened", "access", "min", "max",
               "pattern", "enum_values", "time_format", "xml_namespace", "xml_name"]


def order_fields(fields):
    """Designated initialisers must come in the order of declaration."""
    return sorted(fields, key=lambda f: FIELD_ORDER.index(re.match(r"\.(\w+)", f).group(1)))


def time_format(name):
    return "TimeFormat::" + {None: "by_protocol", "iso8601": "iso8601", "unixTimestamp": "unix_seconds",
                             "rfc822": "http_date"}[name]


def shape_id(name):
    return "shape_" + re.sub(r"\W", "_", name)


def cpp_name(name):
    """Shape names are types as they are; a few begin in lower case or clash with a C++ word."""
    name = name[0].upper() + name[1:]
    return {"Api": "ApiShape", "UpdateSafetyLeverStateInput": "SafetyLeverStateInput"}.get(name, name)


def apply_patch(model, path):
    """A patch is {"remove": [["shapes","X","members","Y"], ...], "set": [[path..., value], ...]}."""
    with open(path, encoding="utf-8") as text:
        patch = json.load(text)
    for where in patch.get("remove", []):
        node = model
        for step in where[:-1]:
            node = node[step]
        if isinstance(node, list):
            node.remove(where[-1])
        else:
            del node[where[-1]]
    for *where, value in patch.get("set", []):
        node = model
        for step in where[:-1]:
            node = node[step]
        node[where[-1]] = value


def write_if_changed(path, text):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as there:
            if there.read() == text:
                return
    with open(path, "w", encoding="utf-8") as to:
        to.write(text)


def main():
    service, model_path, operations_path, out_dir = sys.argv[1:5]
    with open(model_path, encoding="utf-8") as text:
        model = json.load(text)
    if len(sys.argv) > 5 and os.path.exists(sys.argv[5]):
        apply_patch(model, sys.argv[5])
    with open(operations_path, encoding="utf-8") as lines:
        generator = Generator(service, model, lines.readlines())
    folder = os.path.join(out_dir, "api")
    os.makedirs(folder, exist_ok=True)
    for suffix, text in ((".h", generator.header()), (".cc", generator.source()),
                         ("_overrides.inc", generator.overrides()),
                         ("_outputs.inc", generator.output_list())):
        write_if_changed(os.path.join(folder, service + suffix), text)


if __name__ == "__main__":
    main()
