// The continuous backup of an instance: closed binary logs, fetched from a server and kept sealed
// with the instance's key, and applied to a restored copy up to a moment. A file is named after the
// transaction it begins behind, so that files of several servers (before and after a failover) form
// one history; what they have twice is skipped by its position.
#pragma once

#include "substrate/databases.h"
#include "substrate/mysql/connection.h"
#include "substrate/mysql/layout.h"

namespace stormglass::substrate::mysql {

struct ArchivePlace {
    std::string folder;   // On disk.
    std::string scratch;  // In memory: what is open for a moment lies there.
};

inline std::string archives_folder(const Realm& realm) { return realm.data_dir + "/log-archives"; }

inline ArchivePlace archive_place(const Realm& realm, const std::string& archive) {
    return {.folder = archives_folder(realm) + "/" + archive,
            .scratch = realm.run_dir + "/log-archives/" + archive};
}

/// Fetches what the archive does not have yet. Returns the position up to which it is complete.
Result<std::string> archive_log(Connection& connection, const DatabaseServerSpec& spec,
                                const std::string& socket, const ArchivePlace& place);
/// Applies what lies behind `begin` and was begun before `until` (seconds since 1970). May be
/// repeated: it goes on where it was. "LogGap": the archive does not reach back to `begin`.
Result<void> replay_log(Connection& connection, const DatabaseServerSpec& spec,
                        const std::string& socket, const ArchivePlace& place,
                        const LogReplay& replay);
/// Deletes files that nobody needs who begins at `position` or later.
Result<void> prune_log(const std::string& folder, const std::string& position);

}  // namespace stormglass::substrate::mysql
