// The canonical form of a request's parts, as both ends of Signature Version 4 compute it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/sigv4/sigv4.h"

namespace stormglass::wire::sigv4 {

std::string canonical_path(std::string_view raw_path, Flavour flavour);
/// Sorted, re-encoded; X-Amz-Signature is left out.
std::string canonical_query(std::string_view raw_query);
/// "name:value\n" for each signed header; several of one name are joined by ','.
void append_canonical_headers(std::string& to, const Credential& credential,
                              const HeaderList& headers);

/// The decoded value of the first query parameter called `name`.
std::optional<std::string> query_parameter(std::string_view raw_query, std::string_view name);
/// The first header of that name, in any case.
std::optional<std::string_view> find_header(const HeaderList& headers, std::string_view name);

}  // namespace stormglass::wire::sigv4
