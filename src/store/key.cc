#include "store/key.h"

#include <fmt/format.h>

#include "store/store.h"

namespace stormglass::store {
namespace {

constexpr char zero = '\x00';
constexpr char escaped = '\xff';   // After a zero byte: a zero byte of the part.
constexpr char end_mark = '\x01';  // After a zero byte: the end of the part.

void append_part(std::string& to, std::string_view part) {
    for (const char byte : part) {
        to.push_back(byte);
        if (byte == zero) to.push_back(escaped);
    }
    to.push_back(zero);
    to.push_back(end_mark);
}

}  // namespace

Parts::Parts(std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) append_part(encoded_, part);
}

Parts::Parts(const std::vector<std::string>& parts) {
    for (const auto& part : parts) append_part(encoded_, part);
}

std::string key(std::initializer_list<std::string_view> parts) { return Parts(parts).encoded(); }

Result<std::vector<std::string>> parts_of(std::string_view key) {
    const auto refuse = [] { return fail(Domain::store, "BadKey", "not a key made of parts"); };
    std::vector<std::string> parts;
    std::string part;
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] != zero) {
            part.push_back(key[at]);
            continue;
        }
        if (++at == key.size()) return refuse();
        if (key[at] == escaped) {
            part.push_back(zero);
        } else if (key[at] == end_mark) {
            parts.push_back(std::move(part));
            part.clear();
        } else {
            return refuse();
        }
    }
    if (!part.empty()) return refuse();
    return parts;
}

std::string prefix_end(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
    if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

std::string ordered(std::uint64_t number) { return fmt::format("{:016x}", number); }

Result<std::size_t> erase_prefix(Tx& tx, std::string_view prefix) {
    std::size_t count = 0;
    TRY(tx.scan(prefix, prefix_end(prefix), Direction::forward,
                [&](std::string_view found, std::string_view) {
                    tx.erase(found);
                    ++count;
                    return Step::next;
                }));
    return count;
}

}  // namespace stormglass::store
