// What generated types look like to the codecs: every shape of a service model is described by a
// static table, and each wire protocol walks those tables once for all services.
//
// Storage rules of generated structs: a member that the model requires is held plainly; other
// scalars and structures in std::optional; lists and maps in List and Map, which know whether they
// were sent at all. Integers of both sizes are std::int64_t, both float kinds double, blobs and
// enums std::string, timestamps base::Time.
// Threading: tables are constant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace stormglass::wire {

/// A list that remembers whether it was sent: absent and empty differ in several APIs.
template <class T>
struct List : std::vector<T> {
    using std::vector<T>::vector;
    List() = default;
    List(std::vector<T> values) : std::vector<T>(std::move(values)), present(true) {}
    bool present = false;
    bool given() const { return present || !this->empty(); }
};

template <class T>
struct Map : std::map<std::string, T> {
    using std::map<std::string, T>::map;
    Map() = default;
    Map(std::map<std::string, T> values)
        : std::map<std::string, T>(std::move(values)), present(true) {}
    bool present = false;
    bool given() const { return present || !this->empty(); }
};

/// A structure that (through other structures) contains itself.
template <class T>
class Box {
public:
    Box() = default;
    Box(T value) : held_(std::make_shared<T>(std::move(value))) {}
    explicit operator bool() const { return held_ != nullptr; }
    bool has_value() const { return held_ != nullptr; }
    T& emplace() { return *(held_ = std::make_shared<T>()); }
    T& operator*() { return *held_; }
    const T& operator*() const { return *held_; }
    T* operator->() { return held_.get(); }
    const T* operator->() const { return held_.get(); }

private:
    std::shared_ptr<T> held_;
};

enum class Kind : std::uint8_t {
    boolean, integer, number, string, blob, timestamp, structure, list, map,
};
enum class Location : std::uint8_t { body, header, headers, uri, query_string, status_code };
enum class TimeFormat : std::uint8_t { by_protocol, iso8601, unix_seconds, http_date };
/// How a member is held: see the storage rules above.
enum class Storage : std::uint8_t { plain, optional, boxed };

struct Shape;

/// Type-erased access to containers and optional structures; one set per C++ type.
struct FieldAccess {
    void* (*engage)(void* holder);              // optional<S>/Box<S>: emplaces, returns S*.
    const void* (*peek)(const void* holder);    // S* or null.
    void* (*append)(void* list);                // List<T>: new element.
    std::size_t (*size)(const void* container);
    const void* (*at)(const void* list, std::size_t index);
    void* (*insert)(void* map, std::string key);
    void (*each)(const void* map, const std::function<void(const std::string&, const void*)>& fn);
    bool (*given)(const void* container);
    void (*mark_present)(void* container);
};

struct Member {
    const char* name;        // The model's own.
    const char* wire_name;   // locationName, or the name.
    const char* query_name;  // As the query protocols' requests spell it.
    const Shape* shape;
    std::uint32_t offset;
    Storage storage;
    bool required;
    bool flattened;
    bool xml_attribute;
    bool idempotency_token;
    Location location;
    TimeFormat time_format;
    const FieldAccess* access;  // Of the holder: optional structure, list or map; null for scalars.
};

struct Shape {
    const char* name;
    Kind kind;
    bool is_union = false;
    bool is_long = false;           // Written as a 64-bit integer in CBOR; no other difference.
    std::span<const Member> members{};
    const Member* payload = nullptr;  // rest-xml: the member that is the body.
    bool payload_streams = false;
    const Shape* element = nullptr;   // Of a list, or the value of a map.
    const Shape* key = nullptr;
    const char* element_name = "member";  // Wire names inside lists and maps.
    const char* key_name = "key";
    const char* value_name = "value";
    bool flattened = false;
    const FieldAccess* access = nullptr;       // Of List<T> or Map<T>.
    std::optional<double> min{}, max{};   // Length of strings and containers, value of numbers.
    const char* pattern = nullptr;
    std::span<const char* const> enum_values{};
    TimeFormat time_format = TimeFormat::by_protocol;
    const char* xml_namespace = nullptr;
    const char* xml_name = nullptr;       // Root element, where the model names one.
};

/// Where the member's plain value lies, creating it when absent.
void* engage(const Member& member, void* object);
/// The member's plain value, or null when absent.
const void* peek(const Member& member, const void* object);

namespace access {
template <class T>
constexpr FieldAccess optional_of{
    .engage = [](void* h) -> void* { return &static_cast<std::optional<T>*>(h)->emplace(); },
    .peek = [](const void* h) -> const void* {
        const auto* o = static_cast<const std::optional<T>*>(h);
        return o->has_value() ? &**o : nullptr;
    },
    .append = nullptr, .size = nullptr, .at = nullptr, .insert = nullptr, .each = nullptr,
    .given = nullptr, .mark_present = nullptr};

template <class T>
constexpr FieldAccess box_of{
    .engage = [](void* h) -> void* { return &static_cast<Box<T>*>(h)->emplace(); },
    .peek = [](const void* h) -> const void* {
        const auto* o = static_cast<const Box<T>*>(h);
        return o->has_value() ? &**o : nullptr;
    },
    .append = nullptr, .size = nullptr, .at = nullptr, .insert = nullptr, .each = nullptr,
    .given = nullptr, .mark_present = nullptr};

template <class T>
constexpr FieldAccess list_of{
    .engage = nullptr, .peek = nullptr,
    .append = [](void* l) -> void* { return &static_cast<List<T>*>(l)->emplace_back(); },
    .size = [](const void* l) { return static_cast<const List<T>*>(l)->size(); },
    .at = [](const void* l, std::size_t i) -> const void* {
        return &(*static_cast<const List<T>*>(l))[i];
    },
    .insert = nullptr, .each = nullptr,
    .given = [](const void* l) { return static_cast<const List<T>*>(l)->given(); },
    .mark_present = [](void* l) { static_cast<List<T>*>(l)->present = true; }};

template <class T>
constexpr FieldAccess map_of{
    .engage = nullptr, .peek = nullptr, .append = nullptr,
    .size = [](const void* m) { return static_cast<const Map<T>*>(m)->size(); },
    .at = nullptr,
    .insert = [](void* m, std::string key) -> void* {
        return &(*static_cast<Map<T>*>(m))[std::move(key)];
    },
    .each = [](const void* m, const std::function<void(const std::string&, const void*)>& fn) {
        for (const auto& [key, value] : *static_cast<const Map<T>*>(m)) fn(key, &value);
    },
    .given = [](const void* m) { return static_cast<const Map<T>*>(m)->given(); },
    .mark_present = [](void* m) { static_cast<Map<T>*>(m)->present = true; }};
}  // namespace access

}  // namespace stormglass::wire
