// The one place where errno becomes an Error.
#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace stormglass {

Unexpected fail_errno(std::string step) {
    const int number = errno;
    return fail(Domain::system, std::to_string(number), step + ": " + std::strerror(number));
}

}  // namespace stormglass
