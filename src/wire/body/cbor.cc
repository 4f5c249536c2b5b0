#include "wire/body/cbor.h"

#include <bit>
#include <cmath>

#include "base/json.h"
#include "wire/body/json.h"

namespace stormglass::wire::body {
namespace {

using base::Json;

// Major types of RFC 8949 section 3.1.
constexpr unsigned unsigned_integer = 0, negative_integer = 1, byte_string = 2, text_string = 3,
                   array = 4, map = 5, tag = 6;
constexpr unsigned epoch_tag = 1;

Unexpected malformed(const char* what) { return aws_error("SerializationException", what); }

void append_head(std::string& to, unsigned major, std::uint64_t value) {
    const auto lead = [&](unsigned low) { to += static_cast<char>(major << 5U | low); };
    const auto big_endian = [&](int bytes) {
        for (int i = bytes - 1; i >= 0; --i) to += static_cast<char>(value >> (8 * i));
    };
    if (value < 24) return lead(static_cast<unsigned>(value));
    if (value < 1ULL << 8U) return lead(24), big_endian(1);
    if (value < 1ULL << 16U) return lead(25), big_endian(2);
    if (value < 1ULL << 32U) return lead(26), big_endian(4);
    lead(27);
    big_endian(8);
}

void append_double(std::string& to, double value) {
    to += static_cast<char>(0xFB);
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 7; i >= 0; --i) to += static_cast<char>(bits >> (8 * i));
}

void write_value(std::string& to, const Shape& shape, const void* from, int depth);

void write_structure(std::string& to, const Shape& shape, const void* from, int depth) {
    to += static_cast<char>(0xBF);  // Indefinite length: members are counted by writing them.
    for (const Member& member : shape.members) {
        const void* value = peek(member, from);
        const bool list_at_top = depth == 0 && member.shape->kind == Kind::list;
        if (value == nullptr && !list_at_top) continue;
        append_cbor_string(to, member.wire_name);
        if (value == nullptr) {
            append_head(to, array, 0);
        } else {
            write_value(to, *member.shape, value, depth + 1);
        }
    }
    to += static_cast<char>(0xFF);
}

void write_value(std::string& to, const Shape& shape, const void* from, int depth) {
    switch (shape.kind) {
        case Kind::boolean:
            to += static_cast<char>(*static_cast<const bool*>(from) ? 0xF5 : 0xF4);
            break;
        case Kind::integer: {
            const auto value = *static_cast<const std::int64_t*>(from);
            if (value >= 0) {
                append_head(to, unsigned_integer, static_cast<std::uint64_t>(value));
            } else {
                append_head(to, negative_integer, static_cast<std::uint64_t>(-(value + 1)));
            }
            break;
        }
        case Kind::number:
            append_double(to, *static_cast<const double*>(from));
            break;
        case Kind::timestamp:
            append_head(to, tag, epoch_tag);
            append_double(to, base::epoch_seconds(*static_cast<const base::Time*>(from)));
            break;
        case Kind::string:
            append_cbor_string(to, *static_cast<const std::string*>(from));
            break;
        case Kind::blob: {
            const auto& bytes = *static_cast<const std::string*>(from);
            append_head(to, byte_string, bytes.size());
            to += bytes;
            break;
        }
        case Kind::structure:
            write_structure(to, shape, from, depth);
            break;
        case Kind::list: {
            const std::size_t size = shape.access->size(from);
            append_head(to, array, size);
            for (std::size_t i = 0; i < size; ++i) {
                write_value(to, *shape.element, shape.access->at(from, i), depth + 1);
            }
            break;
        }
        case Kind::map:
            append_head(to, map, shape.access->size(from));
            shape.access->each(from, [&](const std::string& key, const void* value) {
                append_cbor_string(to, key);
                write_value(to, *shape.element, value, depth + 1);
            });
            break;
    }
}

/// Bytes to a tree. Written by hand because nlohmann's reader refuses tag 1, which every timestamp
/// of this protocol carries.
class Parser {
public:
    explicit Parser(std::string_view bytes) : bytes_(bytes) {}

    std::optional<Json> document() {
        auto value = item(0);
        return value && at_ == bytes_.size() ? value : std::nullopt;
    }

private:
    static constexpr unsigned indefinite = 31;
    static constexpr unsigned char break_byte = 0xFF;

    std::optional<std::uint64_t> big_endian(std::size_t size) {
        if (bytes_.size() - at_ < size) return std::nullopt;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            value = value << 8U | static_cast<unsigned char>(bytes_[at_++]);
        }
        return value;
    }

    std::optional<std::uint64_t> argument(unsigned low) {
        if (low < 24) return low;
        return low < 28 ? big_endian(std::size_t{1} << (low - 24)) : std::nullopt;
    }

    bool take_break() {
        if (at_ >= bytes_.size() || static_cast<unsigned char>(bytes_[at_]) != break_byte)
            return false;
        ++at_;
        return true;
    }

    std::optional<std::string> chunk(std::uint64_t size) {
        if (bytes_.size() - at_ < size) return std::nullopt;
        std::string text(bytes_.substr(at_, size));
        at_ += size;
        return text;
    }

    std::optional<std::string> text_of(unsigned major, unsigned low) {
        if (low != indefinite) {
            const auto size = argument(low);
            return size ? chunk(*size) : std::nullopt;
        }
        std::string whole;
        while (!take_break()) {
            if (at_ >= bytes_.size()) return std::nullopt;
            const auto head = static_cast<unsigned char>(bytes_[at_++]);
            if (head >> 5U != major || (head & 31U) == indefinite) return std::nullopt;
            const auto part = text_of(major, head & 31U);
            if (!part) return std::nullopt;
            whole += *part;
        }
        return whole;
    }

    std::optional<Json> container(unsigned major, unsigned low, int depth) {
        const auto size =
            low == indefinite ? std::optional<std::uint64_t>(UINT64_MAX) : argument(low);
        if (!size || (low != indefinite && *size > bytes_.size())) return std::nullopt;
        Json all = major == map ? Json::object() : Json::array();
        for (std::uint64_t i = 0; i < *size; ++i) {
            if (low == indefinite && take_break()) break;
            auto first = item(depth + 1);
            if (!first) return std::nullopt;
            if (major == array) {
                all.push_back(std::move(*first));
                continue;
            }
            auto second = item(depth + 1);
            if (!first->is_string() || !second) return std::nullopt;
            all[first->get<std::string>()] = std::move(*second);
        }
        return all;
    }

    static double half(std::uint64_t bits) {
        const int exponent = static_cast<int>(bits >> 10U & 31U);
        const double fraction = static_cast<double>(bits & 1023U);
        double value = exponent == 0    ? std::ldexp(fraction, -24)
                       : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                        : std::ldexp(fraction + 1024, exponent - 25);
        return (bits & 0x8000U) != 0 ? -value : value;
    }

    std::optional<Json> simple(unsigned low) {
        if (low == 20 || low == 21) return Json(low == 21);
        if (low == 22 || low == 23) return Json(nullptr);
        const auto bits = low >= 25 && low <= 27 ? argument(low) : std::nullopt;
        if (!bits) return std::nullopt;
        if (low == 25) return Json(half(*bits));
        if (low == 26) return Json(std::bit_cast<float>(static_cast<std::uint32_t>(*bits)));
        return Json(std::bit_cast<double>(*bits));
    }

    std::optional<Json> item(int depth) {
        if (depth > depth_max || at_ >= bytes_.size()) return std::nullopt;
        const auto head = static_cast<unsigned char>(bytes_[at_++]);
        const unsigned major = head >> 5U, low = head & 31U;
        switch (major) {
            case unsigned_integer:
            case negative_integer: {
                const auto value = argument(low);
                if (!value || *value > INT64_MAX) return std::nullopt;
                const auto number = static_cast<std::int64_t>(*value);
                return Json(major == unsigned_integer ? number : -1 - number);
            }
            case byte_string:
            case text_string: {
                auto text = text_of(major, low);
                if (!text) return std::nullopt;
                if (major == text_string) {
                    return is_utf8(*text) ? std::optional<Json>(std::move(*text)) : std::nullopt;
                }
                return Json::binary(std::vector<std::uint8_t>(text->begin(), text->end()));
            }
            case array:
            case map:
                return container(major, low, depth);
            case tag:
                return argument(low) ? item(depth + 1) : std::nullopt;
            default:
                return simple(low);
        }
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

class Reader {
public:
    explicit Reader(Problems& problems) : problems_(problems) {}

    Result<void> structure(const Json& from, const Shape& shape, void* to, const Path& path,
                           int depth) {
        if (!from.is_object() || depth > depth_max) return malformed("expected a map");
        std::vector<bool> seen(shape.members.size());
        for (std::size_t i = 0; i < shape.members.size(); ++i) {
            const Member& member = shape.members[i];
            const auto at = from.find(member.wire_name);
            if (at == from.end() || at->is_null()) continue;
            seen[i] = true;
            const Path below{&path, member.name};
            TRY(value(*at, *member.shape, engage(member, to), below, depth + 1));
        }
        check_required(shape, seen, path, problems_);
        return {};
    }

private:
    Result<void> value(const Json& from, const Shape& shape, void* to, const Path& path,
                       int depth) {
        switch (shape.kind) {
            case Kind::structure:
                return structure(from, shape, to, path, depth);
            case Kind::list: {
                if (!from.is_array() || depth > depth_max) return malformed("expected an array");
                shape.access->mark_present(to);
                std::size_t index = 0;
                for (const Json& item : from) {
                    const Path at{&path, "", ++index};
                    TRY(value(item, *shape.element, shape.access->append(to), at, depth + 1));
                }
                break;
            }
            case Kind::map:
                if (!from.is_object() || depth > depth_max) return malformed("expected a map");
                shape.access->mark_present(to);
                for (const auto& [key, item] : from.items()) {
                    const Path at{&path, key.c_str()};
                    TRY(value(item, *shape.element, shape.access->insert(to, key), at, depth + 1));
                }
                break;
            default:
                TRY(scalar(from, shape, to));
        }
        check_value(shape, to, path, problems_);
        return {};
    }

    static Result<void> scalar(const Json& from, const Shape& shape, void* to) {
        const auto done = [] { return Result<void>{}; };
        switch (shape.kind) {
            case Kind::boolean:
                if (!from.is_boolean()) return malformed("expected a boolean");
                return *static_cast<bool*>(to) = from.get<bool>(), done();
            case Kind::integer:
                if (!from.is_number()) return malformed("expected an integer");
                return *static_cast<std::int64_t*>(to) = from.get<std::int64_t>(), done();
            case Kind::number:
                if (!from.is_number()) return malformed("expected a number");
                return *static_cast<double*>(to) = from.get<double>(), done();
            case Kind::timestamp:
                if (!from.is_number()) return malformed("expected a timestamp");
                *static_cast<base::Time*>(to) = base::from_epoch_seconds(from.get<double>());
                return done();
            case Kind::blob:
                if (!from.is_binary()) return malformed("expected a byte string");
                *static_cast<std::string*>(to) =
                    std::string(from.get_binary().begin(), from.get_binary().end());
                return done();
            default:
                if (!from.is_string()) return malformed("expected a text string");
                return *static_cast<std::string*>(to) = from.get<std::string>(), done();
        }
    }

    Problems& problems_;
};

}  // namespace

Result<void> read_cbor(std::string_view bytes, const Shape& shape, void* object,
                       Problems& problems) {
    const auto root =
        bytes.empty() ? std::optional<Json>(Json::object()) : Parser(bytes).document();
    if (!root) return malformed("The request body is not valid CBOR");
    return Reader(problems).structure(*root, shape, object, Path{}, 0);
}

std::string write_cbor(const Shape& shape, const void* object) {
    std::string bytes;
    write_structure(bytes, shape, object, 0);
    return bytes;
}

void append_cbor_string(std::string& to, std::string_view text) {
    append_head(to, text_string, text.size());
    to += text;
}

}  // namespace stormglass::wire::body
