// Our nftables table as a value, and the text of a transaction that turns one into another.
//
// Loading everything anew costs several milliseconds with a hundred interfaces; a difference of two
// elements costs a fraction of one. Both are one transaction: no packet sees anything in between.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace stormglass::substrate::netns {

struct Table {
    /// A set or, with elements "key : value", a map.
    struct Set {
        std::string kind;  // "set" or "map".
        std::string type;  // "type ifname . ipv4_addr"
        std::set<std::string> elements;
        bool operator==(const Set&) const = default;
    };
    struct Chain {
        std::string hook;  // "type filter hook ...;" of a base chain, else empty.
        std::vector<std::string> rules;
        bool operator==(const Chain&) const = default;
    };
    std::map<std::string, Set> sets;
    std::map<std::string, Chain> chains;
    bool operator==(const Table&) const = default;
};

/// Makes the table, whatever was there of it before.
std::string replacing_text(const Table& table);
/// Turns `from`, which must be what is loaded, into `to`. A set that changes its type or a chain
/// that changes its hook cannot be turned: then it is replacing_text().
std::string changing_text(const Table& from, const Table& to);

}  // namespace stormglass::substrate::netns
