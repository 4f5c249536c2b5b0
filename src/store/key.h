// Keys from parts. The encoding keeps the order of the parts (first part first, then the second,
// ...) and marks where each ends, so that the key of {"t", "a"} is a prefix of {"t", "a", "b"} but
// never of {"t", "ab"}; any bytes may appear in a part.
//
// Each part is its bytes, with 00 written as 00 FF, then 00 01. (As in FoundationDB's tuple layer;
// an end mark of two bytes keeps parts of any content apart.)
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stormglass::store {

class Tx;

/// The parts of a key, or its first parts. Made in place: table.get(tx, {account, region, id}).
class Parts {
public:
    Parts() = default;
    Parts(std::initializer_list<std::string_view> parts);  // NOLINT: implicit on purpose.
    explicit Parts(const std::vector<std::string>& parts);
    /// The parts one after another, each with its end mark.
    const std::string& encoded() const { return encoded_; }

private:
    std::string encoded_;
};

std::string key(std::initializer_list<std::string_view> parts);
/// Undoes key(); fails on bytes that key() does not make.
Result<std::vector<std::string>> parts_of(std::string_view key);
/// The least key after all keys that begin with `prefix`; empty (no bound) if there is none.
std::string prefix_end(std::string_view prefix);
/// A part whose byte order is the number's order: 16 hexadecimal digits.
std::string ordered(std::uint64_t number);
/// Erases every key that begins with `prefix`; an empty prefix erases all. Returns how many.
Result<std::size_t> erase_prefix(Tx& tx, std::string_view prefix);

}  // namespace stormglass::store
