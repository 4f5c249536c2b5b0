#include "services/ec2/shape_json.h"

#include "api/ec2.h"
#include "base/check.h"
#include "base/strings.h"

namespace stormglass::ec2 {
namespace {

const wire::Shape& at_path(const wire::Shape& root, std::string_view path) {
    const wire::Shape* shape = &root;
    if (path.empty()) return *shape;
    for (const auto& name : base::split(path, '.')) {
        while (shape->kind == wire::Kind::list) shape = shape->element;
        const auto member =
            std::find_if(shape->members.begin(), shape->members.end(),
                         [&](const wire::Member& one) { return one.name == name; });
        CHECK(member != shape->members.end());
        shape = member->shape;
    }
    while (shape->kind == wire::Kind::list) shape = shape->element;
    return *shape;
}

base::Json structure_to_json(const wire::Shape& shape, const void* object) {
    auto json = base::Json::object();
    for (const auto& member : shape.members) {
        const void* value = wire::peek(member, object);
        if (value == nullptr) continue;
        const bool empty_list = member.shape->kind == wire::Kind::list &&
                                member.shape->access->size(value) == 0;
        if (!empty_list) json[member.name] = shape_to_json(*member.shape, value);
    }
    return json;
}

}  // namespace

base::Json shape_to_json(const wire::Shape& shape, const void* object) {
    switch (shape.kind) {
        case wire::Kind::boolean: return *static_cast<const bool*>(object);
        case wire::Kind::integer: return *static_cast<const std::int64_t*>(object);
        case wire::Kind::number: return *static_cast<const double*>(object);
        case wire::Kind::timestamp: return *static_cast<const base::Time*>(object);
        case wire::Kind::structure: return structure_to_json(shape, object);
        case wire::Kind::list: {
            auto json = base::Json::array();
            for (std::size_t i = 0; i < shape.access->size(object); ++i) {
                json.push_back(shape_to_json(*shape.element, shape.access->at(object, i)));
            }
            return json;
        }
        case wire::Kind::string:
        case wire::Kind::blob: return *static_cast<const std::string*>(object);
        case wire::Kind::map: break;  // EC2's structures have none.
    }
    return nullptr;
}

void shape_from_json(const wire::Shape& shape, const base::Json& json, void* object) {
    switch (shape.kind) {
        case wire::Kind::boolean: *static_cast<bool*>(object) = json.get<bool>(); break;
        case wire::Kind::integer:
            *static_cast<std::int64_t*>(object) = json.get<std::int64_t>();
            break;
        case wire::Kind::number: *static_cast<double*>(object) = json.get<double>(); break;
        case wire::Kind::timestamp:
            *static_cast<base::Time*>(object) = json.get<base::Time>();
            break;
        case wire::Kind::structure:
            for (const auto& member : shape.members) {
                const auto value = json.find(member.name);
                if (value == json.end() || value->is_null()) continue;
                shape_from_json(*member.shape, *value, wire::engage(member, object));
            }
            break;
        case wire::Kind::list:
            for (const auto& value : json) {
                shape_from_json(*shape.element, value, shape.access->append(object));
            }
            if (shape.access->mark_present != nullptr) shape.access->mark_present(object);
            break;
        case wire::Kind::string:
        case wire::Kind::blob:
            *static_cast<std::string*>(object) = json.get<std::string>();
            break;
        case wire::Kind::map: break;
    }
}

const wire::Shape& input_shape(std::string_view operation, std::string_view path) {
    const wire::Operation* known = api::model.find(operation);
    CHECK(known != nullptr);
    return at_path(*known->input, path);
}

const wire::Shape& output_shape(std::string_view operation, std::string_view path) {
    const wire::Operation* known = api::model.find(operation);
    CHECK(known != nullptr);
    return at_path(*known->output, path);
}

}  // namespace stormglass::ec2
