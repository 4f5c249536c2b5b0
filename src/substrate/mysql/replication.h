// Semi-synchronous GTID replication between the two servers of an instance, and taking over.
#pragma once

#include "substrate/databases.h"
#include "substrate/mysql/connection.h"

namespace stormglass::substrate::mysql {

/// Where the standby gets its transactions, and from which one on.
struct ReplicationSource {
    std::string host;
    std::uint16_t port = 0;
    std::string password;
    std::string position;        // The primary's newest transaction.
    std::string clone_position;  // Of a copy that has not replicated yet; else empty.
};

/// As Databases::replicate_from(); `connection` is to the standby.
Result<void> attach(Connection& connection, const ReplicationSource& source);

/// As Databases::promote(); `variables` are the effective ones, for the durability to return to.
Result<void> take_over(Connection& connection, const std::map<std::string, std::string>& variables);

/// A primary's writes that wait for its standby's word, and how many have ever got it.
struct Confirmations {
    std::int64_t waiting = 0, count = 0;
};

/// Fills what SQL can tell.
Result<void> observe_server(Connection& connection, DatabaseServerState& state,
                            Confirmations& confirmations);

/// A GTID position of our one domain: "0-SERVER-SEQUENCE"; sequence 0 when there is none.
struct Gtid {
    std::uint64_t server = 0, sequence = 0;
    bool operator==(const Gtid&) const = default;
};
Gtid parse_gtid(std::string_view text);

}  // namespace stormglass::substrate::mysql
