#include "substrate/container/instance_folder.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "substrate/container/boot_config.h"

namespace stormglass::substrate {
namespace {

constexpr std::size_t id_max = 100;
constexpr char record_file[] = "/record.json";

bool is_safe(const std::string& id) {
    const auto allowed = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    };
    return !id.empty() && id.size() <= id_max && std::ranges::all_of(id, allowed);
}

}  // namespace

Result<InstanceFolder> InstanceFolder::of(const Realm& realm, const std::string& id) {
    if (!is_safe(id)) return fail(Domain::system, "bad-id", "'" + id + "' cannot be an instance");
    return InstanceFolder(all(realm) + "/" + id, id);
}

bool InstanceFolder::has_layers() const { return base::file_exists(upper()); }

Result<void> InstanceFolder::make() const {
    for (const char* part : {"/upper", "/work", "/mount"})
        TRY(base::make_directories(path_ + part));
    // The upper layer's own mode is the mode of / inside: other users must be able to enter it.
    if (::chmod(upper().c_str(), 0755) != 0) return fail_errno("chmod " + upper());
    return {};
}

Result<std::optional<InstanceRecord>> InstanceFolder::load() const {
    const std::string path = path_ + record_file;
    if (!base::file_exists(path)) return std::nullopt;
    const std::string text = TRY(base::read_file(path));
    auto record = base::from_json_text<InstanceRecord>(text);
    if (record) return std::move(*record);
    // The machine went down while it was written: what it named is gone as well.
    spdlog::warn("{} cannot be read and is ignored: {}", path, record.error().message);
    return std::nullopt;
}

Result<void> InstanceFolder::save(const InstanceRecord& record) const {
    return base::write_file(path_ + record_file, base::to_json_text(record));
}

std::optional<int> InstanceFolder::exit_status() const {
    const auto text = base::read_file(path_ + "/" + exit_file);
    if (!text) return std::nullopt;
    const auto status = base::parse_integer(base::trim(*text));
    return status ? std::optional<int>(static_cast<int>(*status)) : std::nullopt;
}

void InstanceFolder::forget_exit_status() const { (void)base::remove_all(path_ + "/" + exit_file); }

Result<void> InstanceFolder::remove_layers() const {
    for (const char* part :
         {record_file, "/work", "/mount", "/volume", "/volume.img", "/volume.img.new", "/upper"})
        TRY(base::remove_all(path_ + part));
    return {};
}

}  // namespace stormglass::substrate
