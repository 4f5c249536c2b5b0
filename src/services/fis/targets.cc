#include "services/fis/targets.h"

#include <algorithm>
#include <pugixml.hpp>
#include <set>

#include "api/fis.h"
#include "base/strings.h"

namespace stormglass::fis {
namespace {

/// One resource as its service describes it.
struct Found {
    std::string arn;
    pugi::xml_node description;
    Texts tags;
};

bool same_word(std::string_view a, std::string_view b) { return base::equals_ignore_case(a, b); }

/// The texts at a path like "Placement.AvailabilityZone"; members of lists are looked through.
void texts_at(const pugi::xml_node& node, const std::vector<std::string>& path, std::size_t at,
              std::vector<std::string>& to) {
    if (at == path.size()) {
        if (node.first_child().type() == pugi::node_pcdata)
            to.emplace_back(node.text().as_string());
        return;
    }
    for (const auto& child : node.children()) {
        const std::string_view name = child.name();
        if (name == "item" || name == "member") {
            texts_at(child, path, at, to);
        } else if (same_word(name, path[at]) ||
                   (same_word(path[at], "State") && same_word(name, "instanceState"))) {
            texts_at(child, path, at + 1, to);
        }
    }
}

bool passes(const Found& found, const Filter& filter) {
    std::vector<std::string> texts;
    texts_at(found.description, base::split(filter.path, '.'), 0, texts);
    return std::ranges::any_of(texts, [&](const std::string& text) {
        return std::ranges::find(filter.values, text) != filter.values.end();
    });
}

Texts tags_in(const pugi::xml_node& list) {
    Texts tags;
    for (const auto& tag : list.children()) {
        const char* key = tag.child("key") ? "key" : "Key";
        const char* value = tag.child("value") ? "value" : "Value";
        tags[tag.child(key).text().as_string()] = tag.child(value).text().as_string();
    }
    return tags;
}

struct Listing {
    const char* service;
    const char* action;
    const char* nodes;  // XPath of the resources.
    const char* id;     // Child that names one.
    const char* arn;  // Format with region, account and id; null: the child named next is the ARN.
    const char* arn_child;
    const char* tags;
};

const Listing* listing_of(std::string_view type) {
    static constexpr Listing instances{"ec2",
                                       "DescribeInstances",
                                       "//instancesSet/item",
                                       "instanceId",
                                       "arn:aws:ec2:{}:{}:instance/{}",
                                       nullptr,
                                       "tagSet"};
    static constexpr Listing subnets{
        "ec2", "DescribeSubnets", "//subnetSet/item", "subnetId", nullptr, "subnetArn", "tagSet"};
    static constexpr Listing databases{"rds",
                                       "DescribeDBInstances",
                                       "//DBInstances/DBInstance",
                                       "DBInstanceIdentifier",
                                       nullptr,
                                       "DBInstanceArn",
                                       "TagList"};
    static constexpr Listing groups{"autoscaling",
                                    "DescribeAutoScalingGroups",
                                    "//AutoScalingGroups/member",
                                    "AutoScalingGroupName",
                                    nullptr,
                                    "AutoScalingGroupARN",
                                    "Tags"};
    if (type == "aws:ec2:instance" || type == "aws:ec2:spot-instance") return &instances;
    if (type == "aws:ec2:subnet") return &subnets;
    if (type == "aws:rds:db") return &databases;
    return type == "aws:ec2:autoscaling-group" ? &groups : nullptr;
}

/// Instances that are gone, or about to be, are no targets.
bool is_target(const pugi::xml_node& node, std::string_view type) {
    const std::string_view lifecycle = node.child("instanceLifecycle").text().as_string();
    if (type == "aws:ec2:spot-instance" && lifecycle != "spot") return false;
    const std::string_view state = node.child("instanceState").child("name").text().as_string();
    return state.empty() || (state != "terminated" && state != "shutting-down");
}

std::string arn_of(const Scene& scene, const Listing& listing, const pugi::xml_node& node) {
    if (listing.arn_child != nullptr) return node.child(listing.arn_child).text().as_string();
    return fmt::format(fmt::runtime(listing.arn), scene.region, scene.account,
                       node.child(listing.id).text().as_string());
}

bool is_in_zone(const Found& found, const std::string& zones) {
    std::vector<std::string> texts;
    texts_at(found.description, {"AvailabilityZone"}, 0, texts);
    const auto wanted = base::split(zones, ',');
    return std::ranges::any_of(texts, [&](const std::string& zone) {
        return std::ranges::find(wanted, zone) != wanted.end();
    });
}

bool fits(const Target& target, const Found& found) {
    if (!target.arns.empty() && std::ranges::find(target.arns, found.arn) == target.arns.end())
        return false;
    for (const auto& [key, value] : target.tags) {
        const auto tag = found.tags.find(key);
        if (tag == found.tags.end() || tag->second != value) return false;
    }
    for (const auto& filter : target.filters) {
        if (!passes(found, filter)) return false;
    }
    for (const auto& [name, value] : target.parameters) {
        if (name.starts_with("availabilityZoneIdentifier") && !is_in_zone(found, value))
            return false;
        if (name == "vpc" && found.description.child("vpcId").text().as_string() != value)
            return false;
    }
    return true;
}

}  // namespace

std::string name_of_arn(const std::string& arn) { return arn.substr(arn.find_last_of("/:") + 1); }

std::optional<std::size_t> selected_count(std::string_view mode, std::size_t found) {
    if (mode == "ALL") return found;
    const auto open = mode.find('(');
    if (open == std::string_view::npos || !mode.ends_with(')')) return std::nullopt;
    const auto number = base::parse_integer(mode.substr(open + 1, mode.size() - open - 2));
    if (!number || *number <= 0) return std::nullopt;
    const auto count = static_cast<std::size_t>(*number);
    if (mode.starts_with("COUNT(")) return std::min(count, found);
    if (!mode.starts_with("PERCENT(") || count > 100) return std::nullopt;
    return found * count / 100;
}

Result<std::vector<std::string>> resolve(Scene& scene, const Target& target, base::Random& random) {
    const Listing* listing = listing_of(target.resource_type);
    if (listing == nullptr) return api::validation("Unknown resource type " + target.resource_type);
    const std::string text = TRY(scene.call(listing->service, listing->action, {}));
    pugi::xml_document document;
    document.load_buffer(text.data(), text.size());
    std::vector<std::string> arns;
    for (const auto& each : document.select_nodes(listing->nodes)) {
        const auto node = each.node();
        const Found found{arn_of(scene, *listing, node), node, tags_in(node.child(listing->tags))};
        if (is_target(node, target.resource_type) && fits(target, found)) arns.push_back(found.arn);
    }
    const std::size_t count = selected_count(target.selection_mode, arns.size()).value_or(0);
    for (std::size_t i = 0; i < count; ++i)
        std::swap(arns[i], arns[i + random.below(arns.size() - i)]);
    arns.resize(count);
    return arns;
}

}  // namespace stormglass::fis
