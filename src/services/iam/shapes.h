// Records as the API shows them, and small things every file of this service uses.
#pragma once

#include "services/common/ids.h"
#include "services/iam/service.h"

namespace stormglass::iam {

constexpr std::size_t page_default = 100;

api::Role role_shape(const Entity& entity);
api::User user_shape(const Entity& entity);
api::Group group_shape(const Entity& entity);
wire::List<api::Tag> tag_list(const Tags& tags);
Result<Tags> tags_of(const wire::List<api::Tag>& list);
/// Adds to `tags`; LimitExceeded past 50.
Result<void> merge_tags(Tags& tags, const wire::List<api::Tag>& list);

/// Fills one page of a list operation's output: items, is_truncated and marker.
template <class Output, class Item, class Input>
Result<Output> paged(const Input& input, std::vector<Item> items,
                     wire::List<Item> Output::* member) {
    const std::size_t size =
        input.max_items ? static_cast<std::size_t>(*input.max_items) : page_default;
    auto page = services::page_of(std::move(items), input.marker.value_or(""), size);
    if (!page) return aws_error("ValidationError", "Invalid Marker.");
    Output output;
    static_cast<std::vector<Item>&>(output.*member) = std::move(page->items);
    (output.*member).present = true;
    output.is_truncated = !page->next.empty();
    if (!page->next.empty()) output.marker = page->next;
    return output;
}

/// All entities of a kind below a path.
Result<std::vector<Entity>> list_entities(store::Tx& tx, const std::string& account,
                                          const char* kind, const std::string& path_prefix);

}  // namespace stormglass::iam
