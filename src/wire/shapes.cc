// How a member's plain value is reached, by its kind and storage; and the look-ups of tables.
#include "wire/shapes.h"

#include <algorithm>

#include "base/check.h"
#include "wire/operation.h"

namespace stormglass::wire {
namespace {

template <class T>
void* engage_scalar(void* field) {
    auto* holder = static_cast<std::optional<T>*>(field);
    if (!holder->has_value()) holder->emplace();
    return &**holder;
}

template <class T>
const void* peek_scalar(const void* field) {
    const auto* holder = static_cast<const std::optional<T>*>(field);
    return holder->has_value() ? &**holder : nullptr;
}

}  // namespace

void* engage(const Member& member, void* object) {
    void* field = static_cast<char*>(object) + member.offset;
    if (member.storage == Storage::plain) {
        if (member.access != nullptr && member.access->mark_present != nullptr) {
            member.access->mark_present(field);
        }
        return field;
    }
    switch (member.shape->kind) {
        case Kind::boolean:
            return engage_scalar<bool>(field);
        case Kind::integer:
            return engage_scalar<std::int64_t>(field);
        case Kind::number:
            return engage_scalar<double>(field);
        case Kind::string:
        case Kind::blob:
            return engage_scalar<std::string>(field);
        case Kind::timestamp:
            return engage_scalar<base::Time>(field);
        default:
            break;
    }
    if (void* there = const_cast<void*>(member.access->peek(field))) return there;
    return member.access->engage(field);
}

const void* peek(const Member& member, const void* object) {
    const void* field = static_cast<const char*>(object) + member.offset;
    if (member.storage == Storage::plain) {
        const bool container = member.access != nullptr && member.access->given != nullptr;
        return !container || member.access->given(field) ? field : nullptr;
    }
    switch (member.shape->kind) {
        case Kind::boolean:
            return peek_scalar<bool>(field);
        case Kind::integer:
            return peek_scalar<std::int64_t>(field);
        case Kind::number:
            return peek_scalar<double>(field);
        case Kind::string:
        case Kind::blob:
            return peek_scalar<std::string>(field);
        case Kind::timestamp:
            return peek_scalar<base::Time>(field);
        default:
            return member.access->peek(field);
    }
}

const Operation* ServiceModel::find(std::string_view operation) const {
    const auto at = std::lower_bound(
        operations.begin(), operations.end(), operation,
        [](const Operation& one, std::string_view wanted) { return one.name < wanted; });
    return at != operations.end() && at->name == operation ? &*at : nullptr;
}

bool ServiceModel::publishes(std::string_view operation) const {
    return std::any_of(published.begin(), published.end(),
                       [&](const char* one) { return one == operation; });
}

}  // namespace stormglass::wire
