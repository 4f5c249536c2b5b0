#include "services/ec2/input.h"

#include "api/ec2.h"
#include "base/check.h"
#include "base/strings.h"

namespace stormglass::ec2 {
namespace {

/// Does the value ask for nothing?
bool says_nothing(const wire::Shape& shape, const void* value) {
    switch (shape.kind) {
        case wire::Kind::boolean: return !*static_cast<const bool*>(value);
        case wire::Kind::integer: return *static_cast<const std::int64_t*>(value) == 0;
        case wire::Kind::number: return *static_cast<const double*>(value) == 0;
        case wire::Kind::string:
        case wire::Kind::blob: return static_cast<const std::string*>(value)->empty();
        case wire::Kind::list:
        case wire::Kind::map: return shape.access->size(value) == 0;
        case wire::Kind::timestamp: return false;
        case wire::Kind::structure:
            return std::all_of(shape.members.begin(), shape.members.end(),
                               [&](const wire::Member& member) {
                                   const void* part = wire::peek(member, value);
                                   return part == nullptr || says_nothing(*member.shape, part);
                               });
    }
    return false;
}

const wire::Member* member_named(const wire::Shape& shape, std::string_view name) {
    for (const auto& member : shape.members) {
        if (member.name == name) return &member;
    }
    return nullptr;
}

Result<void> check_members(std::string_view where, const wire::Shape& shape, const void* object,
                           std::initializer_list<std::string_view> supported) {
    for (const auto& member : shape.members) {
        if (std::find(supported.begin(), supported.end(), member.name) != supported.end()) continue;
        if (std::string_view(member.name) == "DryRun") continue;
        const void* value = wire::peek(member, object);
        if (value == nullptr || says_nothing(*member.shape, value)) continue;
        return aws_error("UnsupportedOperation",
                         fmt::format("Stormglass does not support the parameter {} of {}",
                                     member.name, where));
    }
    return {};
}

}  // namespace

Result<void> check_input(std::string_view operation, const void* input,
                         std::initializer_list<std::string_view> supported) {
    const wire::Operation* known = api::model.find(operation);
    CHECK(known != nullptr);
    TRY(check_members(operation, *known->input, input, supported));
    const wire::Member* dry_run = member_named(*known->input, "DryRun");
    if (dry_run == nullptr) return {};
    const void* value = wire::peek(*dry_run, input);
    if (value == nullptr || !*static_cast<const bool*>(value)) return {};
    return aws_error("DryRunOperation",
                     "Request would have succeeded, but DryRun flag is set.", 412);
}

Result<void> check_nested(std::string_view operation, std::string_view path, const void* object,
                          std::initializer_list<std::string_view> supported) {
    const wire::Operation* known = api::model.find(operation);
    CHECK(known != nullptr);
    const wire::Shape* shape = known->input;
    for (const auto& name : base::split(path, '.')) {
        const wire::Member* member = member_named(*shape, name);
        CHECK(member != nullptr);
        shape = member->shape;
        while (shape->kind == wire::Kind::list) shape = shape->element;
    }
    return check_members(fmt::format("{} ({})", operation, path), *shape, object, supported);
}

}  // namespace stormglass::ec2
