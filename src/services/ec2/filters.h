// The Filters of every Describe operation: names map to paths in the item that is answered, so that
// a filter sees exactly what the caller would. Values are alternatives with `*` and `?`; all filters
// must match. `tag:KEY`, `tag-key` and `tag-value` work on every item that has tags.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/ec2.h"

namespace stormglass::ec2 {

/// `name` in any spelling AWS takes ("vpc-id", "vpcId"); `path` through the item's members, lists
/// included: "Associations.SubnetId". The path "*" accepts the filter and lets everything pass.
struct FilterName {
    std::string_view name, path;
};

/// Which of `count` items of the operation's answer match. Unknown names are errors.
Result<std::vector<bool>> match(std::string_view operation, std::string_view list_member,
                                std::span<const FilterName> names,
                                const wire::List<api::Filter>& filters,
                                std::span<const void* const> items);

/// Where a page begins and how long it may be.
struct PageWish {
    std::string token;
    std::optional<std::int64_t> max_results;
};
struct PageCut {
    std::size_t from = 0, to = 0;
    std::optional<std::string> next_token;
};
Result<PageCut> cut(const PageWish& wish, std::size_t count);

template <class Item>
Result<void> keep_matching(wire::List<Item>& items, std::string_view operation,
                           std::string_view list_member, std::span<const FilterName> names,
                           const wire::List<api::Filter>& filters) {
    std::vector<const void*> pointers;
    for (const auto& item : items) pointers.push_back(&item);
    const auto keep = TRY(match(operation, list_member, names, filters, pointers));
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (keep[i] && kept++ != i) items[kept - 1] = std::move(items[i]);
    }
    items.resize(kept);
    items.present = true;
    return {};
}

/// Cuts the page out of `items`; returns the token of the next.
template <class Item>
Result<std::optional<std::string>> paginate(wire::List<Item>& items, const PageWish& wish) {
    auto page = TRY(cut(wish, items.size()));
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(page.to), items.end());
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(page.from));
    return std::move(page.next_token);
}

/// Filters, then cuts the page, for the usual Describe input.
template <class Item, class Input>
Result<std::optional<std::string>> narrow(wire::List<Item>& items, std::string_view operation,
                                          std::string_view list_member,
                                          std::span<const FilterName> names, const Input& input) {
    TRY(keep_matching(items, operation, list_member, names, input.filters));
    return paginate(items, {input.next_token.value_or(""), input.max_results});
}

}  // namespace stormglass::ec2
