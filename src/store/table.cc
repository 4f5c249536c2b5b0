#include "store/table.h"

#include "base/strings.h"

namespace stormglass::store {

Error bad_record(std::string_view key, const Error& cause) {
    const auto parts = parts_of(key);
    const std::string name = parts ? base::join(*parts, "/") : base::hex_encode(key);
    return Error{Domain::store, "BadRecord", "record " + name + ": " + cause.message, 0, {}};
}

}  // namespace stormglass::store
