#include "substrate/mysql/gate.h"

#include <fmt/format.h>

#include "substrate/netns/enter.h"
#include "substrate/netns/firewall.h"

namespace stormglass::substrate::mysql {
namespace {

/// The rules of all servers of one namespace would be one table; here a namespace has one server.
Result<void> load(const DatabaseServerSpec& spec, const netns::Table& table) {
    const auto place = TRY(netns::open_namespace(spec.network_namespace));
    auto firewall = TRY(netns::Firewall::open_in(place.get()));
    return firewall.replace(table);
}

}  // namespace

Result<void> shut_gate(const DatabaseServerSpec& spec) {
    netns::Table table;
    table.chains["clients"] = {
        .hook = "type filter hook input priority 0; policy accept;",
        .rules = {fmt::format("iifname != \"lo\" ip daddr {} tcp dport {} reject with tcp reset",
                              spec.address, spec.port)}};
    return load(spec, table);
}

Result<void> open_gate(const DatabaseServerSpec& spec) { return load(spec, {}); }

}  // namespace stormglass::substrate::mysql
