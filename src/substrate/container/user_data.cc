#include "substrate/container/user_data.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"

namespace stormglass::substrate {
namespace {

constexpr char cloud_folder[] = "/var/lib/cloud";
constexpr char marker[] = "/sem/config_scripts_user";  // cloud-init's own name for it.
constexpr int gzip_window_bits = 15 + 16;              // zlib: 15 is the window, 16 says gzip.

Result<void> make_folder(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
    return fail_errno("mkdir " + path);
}

/// /var/lib/cloud/instances/<id>, with /var/lib/cloud/instance pointing there.
Result<std::string> make_instance_folder(const std::string& root, const std::string& id) {
    const std::string cloud = root + cloud_folder;
    std::error_code error;
    std::filesystem::create_directories(cloud + "/instances", error);
    std::filesystem::create_directories(cloud + "/scripts/per-boot", error);
    if (error) return fail(Domain::system, "mkdir", cloud + ": " + error.message());
    const std::string folder = cloud + "/instances/" + id;
    TRY(make_folder(folder, 0755));
    for (const char* part : {"/scripts", "/sem"}) TRY(make_folder(folder + part, 0700));
    const std::string link = cloud + "/instance";
    ::unlink(link.c_str());  // Of the instance this image was made from.
    if (::symlink(("/var/lib/cloud/instances/" + id).c_str(), link.c_str()) != 0) {
        return fail_errno("link " + link);
    }
    return folder;
}

Result<void> plan_user_data(const std::string& folder, const std::string& packed, BootPlan& plan) {
    const auto unpacked = unpack(packed);
    if (!unpacked) {
        plan.remarks.push_back("user data cannot be unpacked: " + unpacked.error().message);
        return {};
    }
    TRY(base::write_file(folder + "/user-data.txt", *unpacked));  // 0600, as it may hold secrets.
    const std::string path = folder + "/scripts/part-001";
    switch (kind_of(*unpacked)) {
        case UserDataKind::none:
            return {};
        case UserDataKind::cloud_config:
            plan.remarks.push_back(
                "user data is #cloud-config, which is not supported here: nothing of it was done; "
                "use a script that begins with #!");
            return {};
        case UserDataKind::unknown:
            plan.remarks.push_back("user data does not begin with #!: nothing was run");
            return {};
        case UserDataKind::script:
            TRY(base::write_file(path, *unpacked));
            if (::chmod(path.c_str(), 0700) != 0) return fail_errno("chmod " + path);
            plan.scripts.push_back({.path = path, .is_user_data = true});
            return {};
    }
    return {};
}

void plan_per_boot(const std::string& root, BootPlan& plan) {
    std::vector<std::string> paths;
    std::error_code error;
    const std::string folder = root + cloud_folder + "/scripts/per-boot";
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.is_regular_file(error) && ::access(entry.path().c_str(), X_OK) == 0) {
            paths.push_back(entry.path());
        }
    }
    std::ranges::sort(paths);
    for (auto& path : paths) plan.scripts.push_back({.path = std::move(path)});
}

}  // namespace

UserDataKind kind_of(const std::string& user_data) {
    if (user_data.empty()) return UserDataKind::none;
    if (user_data.starts_with("#!")) return UserDataKind::script;
    if (user_data.starts_with("#cloud-config")) return UserDataKind::cloud_config;
    return UserDataKind::unknown;
}

Result<std::string> unpack(const std::string& user_data) {
    if (!user_data.starts_with("\x1f\x8b")) return user_data;
    z_stream stream{};
    if (::inflateInit2(&stream, gzip_window_bits) != Z_OK) {
        return fail(Domain::system, "gzip", "zlib cannot be used");
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(user_data.data()));
    stream.avail_in = static_cast<uInt>(user_data.size());
    std::string text(user_data_max + 1, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    const int status = ::inflate(&stream, Z_FINISH);
    text.resize(stream.total_out);
    ::inflateEnd(&stream);
    if (text.size() > user_data_max) return fail(Domain::system, "gzip", "more than 1 MiB");
    if (status != Z_STREAM_END) return fail(Domain::system, "gzip", "damaged gzip data");
    return text;
}

Result<BootPlan> plan_boot(const std::string& root, const std::string& instance_id,
                           const std::string& user_data) {
    BootPlan plan;
    const std::string folder = TRY(make_instance_folder(root, instance_id));
    plan_per_boot(root, plan);
    plan.first_boot = !base::file_exists(folder + marker);
    if (!plan.first_boot) return plan;
    // Marked before it is run: a script cut short by a power cut is not begun again, as on AWS.
    // Not synced, as nothing else of the disk is yet: that would cost as much as the whole boot.
    TRY(base::write_file(folder + marker, "", base::Access::shared));
    TRY(plan_user_data(folder, user_data, plan));
    return plan;
}

}  // namespace stormglass::substrate
