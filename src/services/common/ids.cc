#include "services/common/ids.h"

#include "base/strings.h"

namespace stormglass::services {
namespace {
constexpr std::string_view token_mark = "sg1:";
}

Result<std::size_t> page_start(std::string_view token) {
    if (token.empty()) return std::size_t{0};
    const auto plain = base::base64_decode(token);
    if (!plain || !plain->starts_with(token_mark)) {
        return fail(Domain::config, "BadToken", "not a page token");
    }
    const auto start = base::parse_integer(std::string_view(*plain).substr(token_mark.size()));
    if (!start || *start < 0) return fail(Domain::config, "BadToken", "not a page token");
    return static_cast<std::size_t>(*start);
}

std::string page_token(std::size_t start) {
    return base::base64_encode(std::string(token_mark) + std::to_string(start));
}

}  // namespace stormglass::services
