// The fuzz target, callable from the unit test's smoke run and from libFuzzer alike.
#pragma once

#include <string>
#include <string_view>

namespace stormglass::net {

/// What a connection answers to `input` when it arrives in pieces of `piece` bytes; without the
/// interim 100s, which depend on timing.
std::string answers_to(std::string_view input, std::size_t piece);
/// The same with one word for all refusals of a head.
std::string without_reason(std::string answers);
/// Serves `input` as a connection's bytes: it must end, and answer the same however it arrives.
void fuzz_connection(std::string_view input);

}  // namespace stormglass::net
