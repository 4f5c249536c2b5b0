// AWS-looking identifiers and page tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace stormglass::services {

/// "vpc-0a1b2c3d4e5f67890": the prefix, a dash, 17 hex digits beginning with 0.
inline std::string new_id(base::Random& random, std::string_view prefix) {
    return std::string(prefix) + "-0" + random.hex(16);
}

/// One page of `items`: `token` is what an earlier page gave as next (or empty), `size` how many.
/// The token is opaque to callers; a token we did not make is an error for the service to word.
template <class T>
struct Page {
    std::vector<T> items;
    std::string next;  // Empty on the last page.
};

Result<std::size_t> page_start(std::string_view token);
std::string page_token(std::size_t start);

template <class T>
Result<Page<T>> page_of(std::vector<T> items, std::string_view token, std::size_t size) {
    const std::size_t start = TRY(page_start(token));
    Page<T> page;
    for (std::size_t i = start; i < items.size() && i < start + size; ++i) {
        page.items.push_back(std::move(items[i]));
    }
    if (start + size < items.size()) page.next = page_token(start + size);
    return page;
}

}  // namespace stormglass::services
