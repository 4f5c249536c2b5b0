// Invariants: on in every build, never about input from outside.
#pragma once

namespace stormglass::base {
/// Writes the condition and its place to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace stormglass::base

#define CHECK(condition)                                                             \
    do {                                                                             \
        if (!(condition)) [[unlikely]]                                               \
            ::stormglass::base::check_failed(#condition, __FILE__, __LINE__);        \
    } while (false)
