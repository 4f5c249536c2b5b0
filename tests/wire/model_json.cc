#include "model_json.h"

#include <cmath>

#include "base/check.h"
#include "base/strings.h"

namespace stormglass {
namespace {

using base::Json;
using wire::Kind;

Json number_json(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    return number;
}

double number_of(const Json& from) {
    if (from.is_number()) return from.get<double>();
    if (from == "NaN") return std::nan("");
    return from == "Infinity" ? INFINITY : -INFINITY;
}

void fill_container(const wire::Shape& shape, const Json& from, void* to) {
    shape.access->mark_present(to);
    for (const auto& [key, item] : from.items()) {
        void* slot =
            shape.kind == Kind::list ? shape.access->append(to) : shape.access->insert(to, key);
        fill(*shape.element, item, slot);
    }
}

void fill_structure(const wire::Shape& shape, const Json& from, void* to) {
    for (const auto& member : shape.members) {
        const auto at = from.find(member.name);
        if (at != from.end()) fill(*member.shape, *at, wire::engage(member, to));
    }
}

}  // namespace

Json dump(const wire::Shape& shape, const void* value) {
    switch (shape.kind) {
        case Kind::boolean:
            return *static_cast<const bool*>(value);
        case Kind::integer:
            return *static_cast<const std::int64_t*>(value);
        case Kind::number:
            return number_json(*static_cast<const double*>(value));
        case Kind::string:
            return *static_cast<const std::string*>(value);
        case Kind::blob:
            return base::base64_encode(*static_cast<const std::string*>(value));
        case Kind::timestamp:
            return base::epoch_seconds(*static_cast<const base::Time*>(value));
        case Kind::list: {
            Json list = Json::array();
            for (std::size_t i = 0; i < shape.access->size(value); ++i) {
                list.push_back(dump(*shape.element, shape.access->at(value, i)));
            }
            return list;
        }
        case Kind::map: {
            Json map = Json::object();
            shape.access->each(value, [&](const std::string& key, const void* item) {
                map[key] = dump(*shape.element, item);
            });
            return map;
        }
        case Kind::structure:
            break;
    }
    Json object = Json::object();
    for (const auto& member : shape.members) {
        if (const void* item = wire::peek(member, value)) {
            object[member.name] = dump(*member.shape, item);
        }
    }
    return object;
}

void fill(const wire::Shape& shape, const Json& from, void* to) {
    switch (shape.kind) {
        case Kind::boolean:
            *static_cast<bool*>(to) = from.get<bool>();
            return;
        case Kind::integer:
            *static_cast<std::int64_t*>(to) = from.get<std::int64_t>();
            return;
        case Kind::number:
            *static_cast<double*>(to) = number_of(from);
            return;
        case Kind::string:
            *static_cast<std::string*>(to) = from.get<std::string>();
            return;
        case Kind::timestamp:
            *static_cast<base::Time*>(to) = base::from_epoch_seconds(from.get<double>());
            return;
        case Kind::blob: {
            auto bytes = base::base64_decode(from.get<std::string>());
            CHECK(bytes.has_value());
            *static_cast<std::string*>(to) = std::move(*bytes);
            return;
        }
        case Kind::list:
        case Kind::map:
            return fill_container(shape, from, to);
        case Kind::structure:
            return fill_structure(shape, from, to);
    }
}

}  // namespace stormglass
