#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace stormglass::base {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "stormglass: broken invariant: %s (%s:%d)\n", condition, file, line);
    std::abort();
}

}  // namespace stormglass::base
