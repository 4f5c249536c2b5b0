#include "wire/body/json.h"

#include <simdjson.h>

#include <cmath>

#include "base/strings.h"

namespace stormglass::wire::body {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

Unexpected malformed(std::string message) {
    return aws_error("SerializationException", std::move(message));
}

class Reader {
public:
    explicit Reader(Problems& problems) : problems_(problems) {}

    Result<void> structure(const element& from, const Shape& shape, void* to, const Path& path,
                           int depth) {
        simdjson::dom::object object;
        if (from.get(object) != simdjson::SUCCESS || depth > depth_max) {
            return malformed("Start of structure or map found where not expected.");
        }
        std::vector<bool> seen(shape.members.size());
        for (std::size_t i = 0; i < seen.size(); ++i) {
            seen[i] = shape.members[i].location != Location::body;  // The binding's, of rest-json.
        }
        for (const auto field : object) {
            if (field.value.is_null()) continue;
            for (std::size_t i = 0; i < shape.members.size(); ++i) {
                const Member& member = shape.members[i];
                if (field.key != member.wire_name || member.location != Location::body) continue;
                seen[i] = true;
                const Path at{&path, member.name};
                TRY(value(field.value, *member.shape, engage(member, to), at, depth + 1));
                break;
            }
        }
        check_required(shape, seen, path, problems_);
        return {};
    }

private:
    Result<void> value(const element& from, const Shape& shape, void* to, const Path& path,
                       int depth) {
        switch (shape.kind) {
            case Kind::structure:
                return structure(from, shape, to, path, depth);
            case Kind::list:
                TRY(list(from, shape, to, path, depth));
                break;
            case Kind::map:
                TRY(map(from, shape, to, path, depth));
                break;
            default:
                TRY(scalar(from, shape, to));
                break;
        }
        check_value(shape, to, path, problems_);
        return {};
    }

    Result<void> list(const element& from, const Shape& shape, void* to, const Path& path,
                      int depth) {
        simdjson::dom::array array;
        if (from.get(array) != simdjson::SUCCESS || depth > depth_max) {
            return malformed("Expected list or null");
        }
        shape.access->mark_present(to);
        std::size_t index = 0;
        for (const auto item : array) {
            const Path at{&path, "", ++index};
            TRY(value(item, *shape.element, shape.access->append(to), at, depth + 1));
        }
        return {};
    }

    Result<void> map(const element& from, const Shape& shape, void* to, const Path& path,
                     int depth) {
        simdjson::dom::object object;
        if (from.get(object) != simdjson::SUCCESS || depth > depth_max) {
            return malformed("Expected map or null");
        }
        shape.access->mark_present(to);
        for (const auto field : object) {
            if (field.value.is_null()) continue;
            const std::string key(field.key);
            const Path at{&path, key.c_str()};
            TRY(value(field.value, *shape.element, shape.access->insert(to, key), at, depth + 1));
        }
        return {};
    }

    static Result<void> scalar(const element& from, const Shape& shape, void* to) {
        switch (shape.kind) {
            case Kind::boolean:
                if (from.get(*static_cast<bool*>(to)) == simdjson::SUCCESS) return {};
                return malformed("Unexpected token where a boolean was expected");
            case Kind::integer:
                return integer(from, *static_cast<std::int64_t*>(to));
            case Kind::number:
                return number(from, *static_cast<double*>(to));
            case Kind::timestamp:
                return timestamp(from, *static_cast<base::Time*>(to));
            default:
                return text(from, shape.kind, *static_cast<std::string*>(to));
        }
    }

    static Result<void> integer(const element& from, std::int64_t& to) {
        if (from.get(to) == simdjson::SUCCESS) return {};
        double number = 0;
        if (from.get(number) == simdjson::SUCCESS && std::abs(number) < 9e15) {
            to = static_cast<std::int64_t>(number);
            return {};
        }
        return malformed("Unexpected token where a number was expected");
    }

    static Result<void> number(const element& from, double& to) {
        if (from.get(to) == simdjson::SUCCESS) return {};
        std::string_view word;
        if (from.get(word) == simdjson::SUCCESS) {
            if (word == "NaN") return to = std::nan(""), Result<void>{};
            if (word == "Infinity") return to = INFINITY, Result<void>{};
            if (word == "-Infinity") return to = -INFINITY, Result<void>{};
        }
        return malformed("Unexpected token where a number was expected");
    }

    static Result<void> timestamp(const element& from, base::Time& to) {
        double seconds = 0;
        if (from.get(seconds) == simdjson::SUCCESS) {
            to = base::from_epoch_seconds(seconds);
            return {};
        }
        std::string_view word;
        if (from.get(word) == simdjson::SUCCESS) {
            if (auto time = base::parse_time(word)) return to = *time, Result<void>{};
        }
        return malformed("Unexpected token where a timestamp was expected");
    }

    static Result<void> text(const element& from, Kind kind, std::string& to) {
        std::string_view view;
        if (from.get(view) != simdjson::SUCCESS) {
            switch (from.type()) {
                case element_type::BOOL:
                    return malformed(from.get_bool().value_unsafe()
                                         ? "TRUE_VALUE cannot be converted to String"
                                         : "FALSE_VALUE cannot be converted to String");
                case element_type::INT64:
                case element_type::UINT64:
                case element_type::DOUBLE:
                    return malformed("NUMBER_VALUE cannot be converted to String");
                default:
                    return malformed("Start of structure or map found where not expected.");
            }
        }
        if (kind == Kind::string) {
            to.assign(view);
            return {};
        }
        auto bytes = base::base64_decode(view);
        if (!bytes) return malformed("Invalid Base64 in a binary value");
        to = std::move(*bytes);
        return {};
    }

    Problems& problems_;
};

void write_value(std::string& to, const Shape& shape, const void* from);

void write_structure(std::string& to, const Shape& shape, const void* from, int depth) {
    to += '{';
    bool first = true;
    for (const Member& member : shape.members) {
        if (member.location != Location::body) continue;
        const void* value = peek(member, from);
        const bool list_at_top = depth == 0 && member.shape->kind == Kind::list;
        if (value == nullptr && !list_at_top) continue;
        if (!first) to += ',';
        first = false;
        append_json_string(to, member.wire_name);
        to += ':';
        if (value == nullptr) {
            to += "[]";
        } else {
            write_value(to, *member.shape, value);
        }
    }
    to += '}';
}

void append_number(std::string& to, double value) {
    if (std::isnan(value)) {
        to += "\"NaN\"";
    } else if (std::isinf(value)) {
        to += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
        const auto before = to.size();
        fmt::format_to(std::back_inserter(to), "{}", value);
        // "1.0", as AWS writes it: a reader that tells integers from fractions must not see one
        // here.
        if (to.find_first_of(".e", before) == std::string::npos) to += ".0";
    }
}

void append_time(std::string& to, const Shape& shape, base::Time time) {
    if (shape.time_format == TimeFormat::iso8601) {
        append_json_string(to, base::iso8601_millis(time));
    } else {
        fmt::format_to(std::back_inserter(to), "{:.3f}", base::epoch_seconds(time));
    }
}

void write_container(std::string& to, const Shape& shape, const void* from) {
    const bool list = shape.kind == Kind::list;
    to += list ? '[' : '{';
    if (list) {
        const std::size_t size = shape.access->size(from);
        for (std::size_t i = 0; i < size; ++i) {
            if (i > 0) to += ',';
            write_value(to, *shape.element, shape.access->at(from, i));
        }
    } else {
        bool first = true;
        shape.access->each(from, [&](const std::string& key, const void* value) {
            if (!first) to += ',';
            first = false;
            append_json_string(to, key);
            to += ':';
            write_value(to, *shape.element, value);
        });
    }
    to += list ? ']' : '}';
}

void write_value(std::string& to, const Shape& shape, const void* from) {
    switch (shape.kind) {
        case Kind::boolean:
            to += *static_cast<const bool*>(from) ? "true" : "false";
            break;
        case Kind::integer:
            fmt::format_to(std::back_inserter(to), "{}", *static_cast<const std::int64_t*>(from));
            break;
        case Kind::number:
            append_number(to, *static_cast<const double*>(from));
            break;
        case Kind::string:
            append_json_string(to, *static_cast<const std::string*>(from));
            break;
        case Kind::blob:
            append_json_string(to, base::base64_encode(*static_cast<const std::string*>(from)));
            break;
        case Kind::timestamp:
            append_time(to, shape, *static_cast<const base::Time*>(from));
            break;
        case Kind::structure:
            write_structure(to, shape, from, 1);
            break;
        case Kind::list:
        case Kind::map:
            write_container(to, shape, from);
            break;
    }
}

}  // namespace

Result<void> read_json(std::string_view text, const Shape& shape, void* object,
                       Problems& problems) {
    thread_local simdjson::dom::parser parser;
    if (base::trim(text).empty()) text = "{}";
    element root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
        return malformed("The request body is not valid JSON");
    }
    return Reader(problems).structure(root, shape, object, Path{}, 0);
}

std::string write_json(const Shape& shape, const void* object) {
    std::string text;
    text.reserve(256);
    write_structure(text, shape, object, 0);
    return text;
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

void append_json_string(std::string& to, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    to += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                to += "\\\"";
                break;
            case '\\':
                to += "\\\\";
                break;
            case '\n':
                to += "\\n";
                break;
            case '\r':
                to += "\\r";
                break;
            case '\t':
                to += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    to += "\\u00";
                    to += digits[static_cast<unsigned char>(c) >> 4U];
                    to += digits[static_cast<unsigned char>(c) & 15U];
                } else {
                    to += c;
                }
        }
    }
    to += '"';
}

}  // namespace stormglass::wire::body
