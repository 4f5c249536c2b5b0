// Where one instance's things lie on the host, and the record by which a later daemon finds it.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "substrate/process/identity.h"
#include "substrate/realm.h"

namespace stormglass::substrate {

struct InstanceRecord {
    std::string id;
    ProcessIdentity init;
    bool limits_enforced = false;
};
STORMGLASS_JSON(InstanceRecord, id, init, limits_enforced)

/// data_dir/instances/<id>: volume.img (the root volume; where there is none, upper and work are
/// the writable layer), mount, console.log, record.json.
class InstanceFolder {
public:
    /// Refuses an id that could name another place.
    static Result<InstanceFolder> of(const Realm& realm, const std::string& id);
    static std::string all(const Realm& realm) { return realm.data_dir + "/instances"; }

    const std::string& path() const { return path_; }
    std::string upper() const { return path_ + "/upper"; }
    std::string group() const { return "instance/" + id_; }

    bool has_layers() const;
    Result<void> make() const;
    Result<std::optional<InstanceRecord>> load() const;
    Result<void> save(const InstanceRecord& record) const;
    /// As the init wrote it when it ended by itself; nothing if it was killed.
    std::optional<int> exit_status() const;
    void forget_exit_status() const;
    /// Deletes the writable layer and the record; the console log stays.
    Result<void> remove_layers() const;

private:
    InstanceFolder(std::string path, std::string id) : path_(std::move(path)), id_(std::move(id)) {}
    std::string path_, id_;
};

}  // namespace stormglass::substrate
