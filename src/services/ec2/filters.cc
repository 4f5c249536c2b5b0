#include "services/ec2/filters.h"

#include "base/check.h"
#include "base/strings.h"
#include "services/common/ids.h"

namespace stormglass::ec2 {
namespace {

constexpr std::int64_t page_max = 1000;
constexpr std::size_t filter_values_max = 200;

/// "vpc-id" and "vpcId" are the same filter.
std::string normalised(std::string_view name) {
    std::string plain;
    for (const char c : name) {
        if (c != '-' && c != '_') plain += static_cast<char>(std::tolower(c));
    }
    return plain;
}

std::string text_of(const wire::Shape& shape, const void* value) {
    switch (shape.kind) {
        case wire::Kind::boolean: return *static_cast<const bool*>(value) ? "true" : "false";
        case wire::Kind::integer: return std::to_string(*static_cast<const std::int64_t*>(value));
        case wire::Kind::number: return fmt::format("{}", *static_cast<const double*>(value));
        case wire::Kind::timestamp:
            return base::iso8601_millis(*static_cast<const base::Time*>(value));
        default: return *static_cast<const std::string*>(value);
    }
}

void collect(const wire::Shape& shape, const void* value, std::string_view path,
             std::vector<std::string>& to) {
    if (shape.kind == wire::Kind::list) {
        for (std::size_t i = 0; i < shape.access->size(value); ++i) {
            collect(*shape.element, shape.access->at(value, i), path, to);
        }
        return;
    }
    if (path.empty()) {
        if (shape.kind != wire::Kind::structure) to.push_back(text_of(shape, value));
        return;
    }
    const auto dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    const std::string_view rest =
        dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    for (const auto& member : shape.members) {
        if (member.name != name) continue;
        const void* part = wire::peek(member, value);
        if (part != nullptr) collect(*member.shape, part, rest, to);
        return;
    }
    CHECK(shape.kind != wire::Kind::structure);  // A path that the item does not have.
}

bool any_matches(const std::vector<std::string>& found, const std::vector<std::string>& patterns) {
    return std::any_of(found.begin(), found.end(), [&](const std::string& value) {
        return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
            return base::wildcard_match(pattern, value);
        });
    });
}

std::string_view tags_member(const wire::Shape& item) {
    for (const auto& member : item.members) {
        const std::string_view name(member.name);
        if (name == "Tags" || name == "TagSet") return name;
    }
    return {};
}

bool matches_tag(const wire::Shape& item, const void* value, std::string_view key,
                 const std::vector<std::string>& patterns) {
    for (const auto& member : item.members) {
        if (std::string_view(member.name) != tags_member(item)) continue;
        const void* tags = wire::peek(member, value);
        if (tags == nullptr) return false;
        for (const auto& tag : *static_cast<const wire::List<api::Tag>*>(tags)) {
            if (tag.key == key && any_matches({tag.value.value_or("")}, patterns)) return true;
        }
    }
    return false;
}

/// One filter over one item; `path` is empty for tag:KEY.
bool matches(const wire::Shape& item, const void* value, std::string_view path,
             const api::Filter& filter) {
    if (path == "*") return true;
    if (path.empty()) {
        return matches_tag(item, value, std::string_view(*filter.name).substr(4), filter.values);
    }
    std::vector<std::string> found;
    collect(item, value, path, found);
    return any_matches(found, filter.values);
}

/// The path that a filter's name stands for; empty for "tag:KEY".
Result<std::string> path_of(const wire::Shape& item, std::span<const FilterName> names,
                            const std::string& name) {
    const std::string_view tags = tags_member(item);
    if (!tags.empty()) {
        if (name.starts_with("tag:")) return std::string{};
        if (name == "tag-key") return std::string(tags) + ".Key";
        if (name == "tag-value") return std::string(tags) + ".Value";
    }
    const std::string plain = normalised(name);
    for (const auto& known : names) {
        if (normalised(known.name) == plain) return std::string(known.path);
    }
    return aws_error("InvalidParameterValue", fmt::format("The filter '{}' is invalid", name));
}

const wire::Shape& item_shape(std::string_view operation, std::string_view list_member) {
    const wire::Operation* known = api::model.find(operation);
    CHECK(known != nullptr);
    for (const auto& member : known->output->members) {
        if (member.name == list_member) return *member.shape->element;
    }
    CHECK(list_member.empty());
    return *known->output;
}

}  // namespace

Result<std::vector<bool>> match(std::string_view operation, std::string_view list_member,
                                std::span<const FilterName> names,
                                const wire::List<api::Filter>& filters,
                                std::span<const void* const> items) {
    const wire::Shape& item = item_shape(operation, list_member);
    std::vector<bool> keep(items.size(), true);
    for (const auto& filter : filters) {
        if (!filter.name) {
            return aws_error("InvalidParameterValue", "The filter 'null' is invalid");
        }
        if (filter.values.size() > filter_values_max) {
            return aws_error("FilterLimitExceeded",
                             "The maximum number of filter values specified on a single call is 200");
        }
        const std::string path = TRY(path_of(item, names, *filter.name));
        for (std::size_t i = 0; i < items.size(); ++i) {
            keep[i] = keep[i] && matches(item, items[i], path, filter);
        }
    }
    return keep;
}

Result<PageCut> cut(const PageWish& wish, std::size_t count) {
    const auto start = services::page_start(wish.token);
    if (!start) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Unable to parse pagination token '{}'", wish.token));
    }
    PageCut page{.from = std::min(*start, count), .to = count, .next_token = std::nullopt};
    if (!wish.max_results) return page;
    if (*wish.max_results < 1) {
        return aws_error("InvalidParameterValue",
                         fmt::format("Value ( {} ) for parameter maxResults is invalid. Expecting a "
                                     "value between 5 and 1000.", *wish.max_results));
    }
    page.to = std::min(count, page.from + static_cast<std::size_t>(
                                               std::min(*wish.max_results, page_max)));
    if (page.to < count) page.next_token = services::page_token(page.to);
    return page;
}

}  // namespace stormglass::ec2
