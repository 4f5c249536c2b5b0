// JSON for records, configuration and status: nlohmann, with std::optional and Time understood.
// A library's exceptions stop here: parse_json returns a Result.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace stormglass::base {

using Json = nlohmann::json;

Result<Json> parse_json(std::string_view text);

/// Compact; what is not UTF-8 is replaced. Here, as parse_json, so that the library's parser and writer are
/// compiled once and not with every record.
std::string dump_json(const Json& value);

/// Parses into a type with from_json; a missing or wrongly typed member is an error, not an abort.
template <class T>
Result<T> from_json_text(std::string_view text) {
    const auto json = parse_json(text);
    if (!json) return std::unexpected(json.error());
    try {
        return json->get<T>();
    } catch (const std::exception& error) {
        return fail(Domain::config, "BadJson", error.what());
    }
}

template <class T>
std::string to_json_text(const T& value) {
    return dump_json(Json(value));
}

}  // namespace stormglass::base

/// Serialises a struct's named members; members missing when reading keep their defaults, so that
/// a record written by an older version still loads.
#define STORMGLASS_JSON(Type, ...) NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Type, __VA_ARGS__)

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
    static void to_json(json& to, const std::optional<T>& from) {
        if (from) {
            to = *from;
        } else {
            to = nullptr;
        }
    }
    static void from_json(const json& from, std::optional<T>& to) {
        if (from.is_null()) {
            to.reset();
        } else {
            to = from.get<T>();
        }
    }
};

template <>
struct adl_serializer<stormglass::base::Time> {
    static void to_json(json& to, const stormglass::base::Time& from) {
        to = from.time_since_epoch().count();
    }
    static void from_json(const json& from, stormglass::base::Time& to) {
        to = stormglass::base::Time{stormglass::base::Millis{from.get<std::int64_t>()}};
    }
};

}  // namespace nlohmann
