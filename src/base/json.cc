#include "base/json.h"

namespace stormglass::base {

Result<Json> parse_json(std::string_view text) {
    Json value = Json::parse(text, nullptr, false);
    if (value.is_discarded()) return fail(Domain::config, "BadJson", "not valid JSON");
    return value;
}

std::string dump_json(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace stormglass::base
