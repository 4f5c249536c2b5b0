#include "wire/body/xml.h"

#include <cmath>
#include <pugixml.hpp>

#include "base/strings.h"
#include "wire/body/json.h"

namespace stormglass::wire::body {
namespace {

std::string scalar_text(const Shape& shape, TimeFormat format, const void* value) {
    switch (shape.kind) {
        case Kind::boolean:
            return *static_cast<const bool*>(value) ? "true" : "false";
        case Kind::integer:
            return std::to_string(*static_cast<const std::int64_t*>(value));
        case Kind::number: {
            const double number = *static_cast<const double*>(value);
            if (std::isnan(number)) return "NaN";
            if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
            const bool whole =
                std::isfinite(number) && number == std::floor(number) && std::abs(number) < 1e15;
            return whole ? fmt::format("{:.1f}", number) : fmt::format("{}", number);
        }
        case Kind::blob:
            return base::base64_encode(*static_cast<const std::string*>(value));
        case Kind::timestamp: {
            const auto time = *static_cast<const base::Time*>(value);
            if (format == TimeFormat::http_date) return base::http_date(time);
            if (format == TimeFormat::unix_seconds) {
                return fmt::format("{}", base::epoch_seconds(time));
            }
            return base::iso8601_millis(time);
        }
        default:
            return *static_cast<const std::string*>(value);
    }
}

bool is_noncharacter(std::string_view utf8) {
    return utf8.starts_with("\xEF\xBF\xBE") || utf8.starts_with("\xEF\xBF\xBF");
}

void open(std::string& to, std::string_view name) {
    to += '<';
    to += name;
    to += '>';
}
void close(std::string& to, std::string_view name) {
    to += "</";
    to += name;
    to += '>';
}

class Writer {
public:
    Writer(std::string& to, EmptyLists empty) : to_(to), empty_(empty) {}

    void members(const Shape& shape, const void* object) {
        for (const Member& member : shape.members) {
            if (member.location != Location::body || member.xml_attribute) continue;
            const void* value = peek(member, object);
            if (value != nullptr) {
                element(member.wire_name, *member.shape, member.flattened,
                        member.time_format != TimeFormat::by_protocol ? member.time_format
                                                                      : member.shape->time_format,
                        value);
            } else if (member.shape->kind == Kind::list && !member.flattened &&
                       empty_ == EmptyLists::everything) {
                to_ += '<';
                to_ += member.wire_name;
                to_ += "/>";
            }
        }
    }

    void element(std::string_view name, const Shape& shape, bool flattened, TimeFormat format,
                 const void* value) {
        switch (shape.kind) {
            case Kind::list:
                return list(name, shape, flattened, value);
            case Kind::map:
                return map(name, shape, flattened, value);
            case Kind::structure:
                to_ += '<';
                to_ += name;
                attributes(shape, value);
                to_ += '>';
                members(shape, value);
                return close(to_, name);
            default:
                open(to_, name);
                append_xml_text(to_, scalar_text(shape, format, value));
                return close(to_, name);
        }
    }

private:
    void attributes(const Shape& shape, const void* object) {
        for (const Member& member : shape.members) {
            const void* value = member.xml_attribute ? peek(member, object) : nullptr;
            if (value == nullptr) continue;
            // Attributes are "xsi:type" in S3's grants, and nothing else.
            to_ += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ";
            to_ += member.wire_name;
            to_ += "=\"";
            append_xml_text(to_, scalar_text(*member.shape, TimeFormat::by_protocol, value));
            to_ += '"';
        }
    }

    void list(std::string_view name, const Shape& shape, bool flattened, const void* value) {
        const std::size_t size = shape.access->size(value);
        if (!flattened) open(to_, name);
        for (std::size_t i = 0; i < size; ++i) {
            element(flattened ? name : std::string_view(shape.element_name), *shape.element, false,
                    shape.element->time_format, shape.access->at(value, i));
        }
        if (!flattened) close(to_, name);
    }

    void map(std::string_view name, const Shape& shape, bool flattened, const void* value) {
        if (!flattened) open(to_, name);
        const std::string_view entry = flattened ? name : std::string_view("entry");
        shape.access->each(value, [&](const std::string& key, const void* item) {
            open(to_, entry);
            open(to_, shape.key_name);
            append_xml_text(to_, key);
            close(to_, shape.key_name);
            element(shape.value_name, *shape.element, false, shape.element->time_format, item);
            close(to_, entry);
        });
        if (!flattened) close(to_, name);
    }

    std::string& to_;
    const EmptyLists empty_;
};

Unexpected malformed() {
    return aws_error("MalformedXML",
                     "The XML you provided was not well-formed or did not validate against our "
                     "published schema");
}

/// Element names without their prefix: some clients qualify them.
std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Reader {
public:
    explicit Reader(Problems& problems) : problems_(problems) {}

    Result<void> structure(const pugi::xml_node& node, const Shape& shape, void* to,
                           const Path& path, int depth) {
        if (depth > depth_max) return malformed();
        std::vector<bool> seen(shape.members.size());
        for (std::size_t i = 0; i < shape.members.size(); ++i) {
            const Member& member = shape.members[i];
            if (member.location != Location::body) {
                seen[i] = true;  // Bound elsewhere; checked there.
                continue;
            }
            const Path at{&path, member.name};
            if (member.xml_attribute) {
                const auto attribute = node.attribute(member.wire_name);
                if (!attribute) continue;
                seen[i] = true;
                TRY(scalar(attribute.value(), *member.shape, engage(member, to)));
                continue;
            }
            for (const auto child : node.children()) {
                if (local_name(child) != member.wire_name) continue;
                const bool again = seen[i];
                seen[i] = true;
                if (member.flattened && member.shape->kind == Kind::list) {
                    TRY(item(child, *member.shape, engage(member, to), at, depth));
                } else if (!again) {
                    TRY(value(child, *member.shape, engage(member, to), at, depth + 1));
                }
            }
        }
        check_required(shape, seen, path, problems_);
        return {};
    }

private:
    Result<void> item(const pugi::xml_node& node, const Shape& list, void* to, const Path& path,
                      int depth) {
        const Path at{&path, "", list.access->size(to) + 1};
        return value(node, *list.element, list.access->append(to), at, depth + 1);
    }

    Result<void> value(const pugi::xml_node& node, const Shape& shape, void* to, const Path& path,
                       int depth) {
        switch (shape.kind) {
            case Kind::structure:
                return structure(node, shape, to, path, depth);
            case Kind::list:
                shape.access->mark_present(to);
                for (const auto child : node.children()) {
                    if (local_name(child) == shape.element_name) {
                        TRY(item(child, shape, to, path, depth));
                    }
                }
                break;
            case Kind::map:
                return malformed();  // No rest-xml request has one in its body.
            default:
                TRY(scalar(node.text().get(), shape, to));
        }
        check_value(shape, to, path, problems_);
        return {};
    }

    static Result<void> scalar(const std::string& raw, const Shape& shape, void* to) {
        const std::string text(shape.kind == Kind::string ? raw : base::trim(raw));
        switch (shape.kind) {
            case Kind::boolean:
                if (!base::equals_ignore_case(text, "true") &&
                    !base::equals_ignore_case(text, "false")) {
                    return malformed();
                }
                *static_cast<bool*>(to) = base::equals_ignore_case(text, "true");
                return {};
            case Kind::integer: {
                const auto number = base::parse_integer(text);
                if (!number) return malformed();
                *static_cast<std::int64_t*>(to) = *number;
                return {};
            }
            case Kind::number: {
                char* end = nullptr;
                *static_cast<double*>(to) = std::strtod(text.c_str(), &end);
                return text.empty() || *end != '\0' ? Result<void>(malformed()) : Result<void>{};
            }
            case Kind::timestamp: {
                const auto time = base::parse_time(text);
                if (!time) return malformed();
                *static_cast<base::Time*>(to) = *time;
                return {};
            }
            case Kind::blob: {
                auto bytes = base::base64_decode(text);
                if (!bytes) return malformed();
                *static_cast<std::string*>(to) = std::move(*bytes);
                return {};
            }
            default:
                *static_cast<std::string*>(to) = text;
                return {};
        }
    }

    Problems& problems_;
};

}  // namespace

void append_xml_text(std::string& to, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        switch (c) {
            case '\xEF':
                if (is_noncharacter(text.substr(i))) {
                    i += 2;
                } else {
                    to += c;
                }
                break;
            case '&':
                to += "&amp;";
                break;
            case '<':
                to += "&lt;";
                break;
            case '>':
                to += "&gt;";
                break;
            case '"':
                to += "&quot;";
                break;
            case '\r':
                to += "&#13;";
                break;
            default:
                // Control characters cannot stand in XML 1.0 at all, not even escaped; nor can
                // U+FFFE, U+FFFF.
                if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') to += c;
        }
    }
}

void write_xml_members(std::string& to, const Shape& shape, const void* object, EmptyLists empty) {
    Writer(to, empty).members(shape, object);
}

void write_xml_element(std::string& to, std::string_view name, const Shape& shape,
                       const void* object, EmptyLists empty) {
    Writer(to, empty).element(name, shape, false, shape.time_format, object);
}

Result<void> read_xml(std::string_view text, const Shape& shape, void* object, Problems& problems) {
    if (!is_utf8(text)) return malformed();
    pugi::xml_document document;
    // No DTD: entities are never expanded, so a document cannot grow when read.
    if (!document.load_buffer(text.data(), text.size(),
                              pugi::parse_default | pugi::parse_ws_pcdata_single)) {
        return malformed();
    }
    return Reader(problems).structure(document.document_element(), shape, object, Path{}, 0);
}

}  // namespace stormglass::wire::body
