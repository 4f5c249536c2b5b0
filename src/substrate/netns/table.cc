// Writes nftables transactions. In a change, references are dropped before what they refer to.
#include "substrate/netns/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/strings.h"

namespace stormglass::substrate::netns {
namespace {

constexpr char table_name[] = "inet stormglass";

std::string elements_text(const std::set<std::string>& elements) {
    return "{ " + base::join({elements.begin(), elements.end()}, ", ") + " }";
}

/// nft refuses an empty list of elements.
void elements_command(std::string& out, const char* verb, const std::string& set,
                      const std::set<std::string>& elements) {
    if (elements.empty()) return;
    out += fmt::format("{} element {} {} {}\n", verb, table_name, set, elements_text(elements));
}

std::set<std::string> difference(const std::set<std::string>& a, const std::set<std::string>& b) {
    std::set<std::string> only_in_a;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                        std::inserter(only_in_a, only_in_a.end()));
    return only_in_a;
}

void declare_set(std::string& out, const std::string& name, const Table::Set& set) {
    out += fmt::format("add {} {} {} {{ {}; }}\n", set.kind, table_name, name, set.type);
}

void declare_chain(std::string& out, const std::string& name, const Table::Chain& chain) {
    out += fmt::format("add chain {} {}", table_name, name);
    out += chain.hook.empty() ? "\n" : fmt::format(" {{ {} }}\n", chain.hook);
}

void fill_chain(std::string& out, const std::string& name, const Table::Chain& chain) {
    for (const auto& rule : chain.rules)
        out += fmt::format("add rule {} {} {}\n", table_name, name, rule);
}

bool can_be_turned(const Table& from, const Table& to) {
    for (const auto& [name, set] : to.sets) {
        const auto old = from.sets.find(name);
        if (old != from.sets.end() &&
            (old->second.type != set.type || old->second.kind != set.kind))
            return false;
    }
    for (const auto& [name, chain] : to.chains) {
        const auto old = from.chains.find(name);
        if (old != from.chains.end() && old->second.hook != chain.hook) return false;
    }
    return true;
}

void declare_new(std::string& out, const Table& from, const Table& to) {
    for (const auto& [name, set] : to.sets)
        if (!from.sets.contains(name)) declare_set(out, name, set);
    for (const auto& [name, chain] : to.chains)
        if (!from.chains.contains(name)) declare_chain(out, name, chain);
}

/// Empties what changes or goes.
void drop_old(std::string& out, const Table& from, const Table& to) {
    for (const auto& [name, set] : from.sets) {
        const auto now = to.sets.find(name);
        elements_command(
            out, "delete", name,
            now == to.sets.end() ? set.elements : difference(set.elements, now->second.elements));
    }
    for (const auto& [name, chain] : from.chains) {
        const auto now = to.chains.find(name);
        if (now == to.chains.end() || now->second.rules != chain.rules)
            out += fmt::format("flush chain {} {}\n", table_name, name);
    }
}

void fill_new(std::string& out, const Table& from, const Table& to) {
    for (const auto& [name, chain] : to.chains) {
        const auto old = from.chains.find(name);
        if (old == from.chains.end() || old->second.rules != chain.rules)
            fill_chain(out, name, chain);
    }
    for (const auto& [name, set] : to.sets) {
        const auto old = from.sets.find(name);
        elements_command(
            out, "add", name,
            old == from.sets.end() ? set.elements : difference(set.elements, old->second.elements));
    }
}

void delete_old(std::string& out, const Table& from, const Table& to) {
    for (const auto& [name, chain] : from.chains)
        if (!to.chains.contains(name)) out += fmt::format("delete chain {} {}\n", table_name, name);
    for (const auto& [name, set] : from.sets)
        if (!to.sets.contains(name))
            out += fmt::format("delete {} {} {}\n", set.kind, table_name, name);
}

}  // namespace

std::string replacing_text(const Table& table) {
    // Declared first, so that deleting it never fails.
    std::string out = fmt::format("add table {0}\ndelete table {0}\nadd table {0}\n", table_name);
    declare_new(out, {}, table);
    fill_new(out, {}, table);
    return out;
}

std::string changing_text(const Table& from, const Table& to) {
    if (!can_be_turned(from, to)) return replacing_text(to);
    std::string out;
    declare_new(out, from, to);
    drop_old(out, from, to);
    fill_new(out, from, to);
    delete_old(out, from, to);
    return out;
}

}  // namespace stormglass::substrate::netns
