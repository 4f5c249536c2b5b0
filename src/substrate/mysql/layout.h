// Where one server's files lie: what must survive on disk (encrypted), what may be read in the
// clear in memory (run_dir is a tmpfs), and what the server itself sees of both.
#pragma once

#include <string>

#include "substrate/realm.h"

namespace stormglass::substrate::mysql {

/// The folders as the daemon sees them.
struct Layout {
    std::string folder;  // On disk: the server's volume is mounted there (volume.h).
    std::string run;     // On tmpfs, the server's: socket, logs, replication settings.
    std::string stage;   // Mount point while the server's private mounts are put together.
    std::string marks;   // On disk, outside the volume: writable even when that is full. Ours.

    std::string data() const { return folder + "/data"; }
    std::string temporary() const { return folder + "/tmp"; }
    std::string socket() const { return run + "/sock"; }
    std::string init_file() const { return run + "/init.sql"; }
    std::string error_log() const { return run + "/error.log"; }
    std::string general_log() const { return run + "/general.log"; }
    std::string slow_log() const { return run + "/slow.log"; }
    /// There once every page that came from the template is encrypted.
    std::string encrypted_mark() const { return marks + "/encrypted"; }
    /// There until a restored copy has forgotten where it stood in its source's history.
    std::string restored_mark() const { return marks + "/restored"; }
    /// There while writes must wait for the standby.
    std::string synchronous_mark() const { return marks + "/synchronous"; }
    /// The position of a copy that has not replicated yet.
    std::string clone_position() const { return marks + "/clone_position"; }
    /// The volume.
    std::string image() const { return marks + "/image"; }
    /// The parameters that were last applied.
    std::string applied_parameters() const { return marks + "/parameters.json"; }
};

/// The same folders inside the server's mount namespace (launcher.h).
namespace inside {
inline constexpr const char* folder = "/database/server";
inline constexpr const char* data = "/database/server/data";
inline constexpr const char* temporary = "/database/server/tmp";
inline constexpr const char* run = "/database/run";
inline constexpr const char* copy = "/database/copy";    // Of a backup: where the copy goes.
inline constexpr const char* files = "/database/files";  // Empty: all that LOAD_FILE() may read.
inline constexpr const char* key = "/database/key";
}  // namespace inside

inline std::string databases_folder(const Realm& realm) { return realm.data_dir + "/databases"; }
inline std::string volumes_folder(const Realm& realm) {
    return realm.data_dir + "/database-volumes";
}

inline std::string snapshots_folder(const Realm& realm) { return realm.data_dir + "/snapshots"; }

inline Layout snapshot_layout(const Realm& realm, const std::string& id) {
    return {.folder = snapshots_folder(realm) + "/" + id,
            .run = realm.run_dir + "/snapshots/" + id,
            .stage = realm.run_dir + "/snapshots/" + id + ".stage",
            .marks = snapshots_folder(realm) + "/" + id};
}

inline Layout layout_of(const Realm& realm, const std::string& id) {
    return {.folder = databases_folder(realm) + "/" + id,
            .run = realm.run_dir + "/databases/" + id,
            .stage = realm.run_dir + "/databases/" + id + ".stage",
            .marks = volumes_folder(realm) + "/" + id};
}

}  // namespace stormglass::substrate::mysql
