#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace stormglass::base {
namespace {

Result<void> sync_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0) return fail_errno("sync " + folder.string());
    return {};
}

}  // namespace

void UniqueFd::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::string> read_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return fail_errno("open " + path);
    std::string content;
    char part[65536];
    for (;;) {
        const ssize_t got = ::read(fd.get(), part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read " + path);
        if (got == 0) return content;
        content.append(part, static_cast<std::size_t>(got));
    }
}

Result<void> write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t put = ::write(fd, content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno("write");
        content.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Result<void> write_file(const std::string& path, std::string_view content, Access access,
                        Sync sync) {
    const std::string beside = path + ".new." + std::to_string(::gettid());
    const mode_t mode = access == Access::secret ? 0600 : 0644;
    const UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd.valid()) return fail_errno("create " + beside);
    if (::fchmod(fd.get(), mode) != 0) return fail_errno("chmod " + beside);
    TRY(write_all(fd.get(), content));
    if (sync == Sync::yes && ::fsync(fd.get()) != 0) return fail_errno("sync " + beside);
    if (::rename(beside.c_str(), path.c_str()) != 0) return fail_errno("rename " + path);
    if (sync == Sync::yes) TRY(sync_folder_of(path));
    return {};
}

Result<void> make_directories(const std::string& path) {
    const mode_t before = ::umask(0077);
    std::error_code error;
    std::filesystem::create_directories(path, error);
    ::umask(before);
    if (error) return fail(Domain::system, "mkdir", path + ": " + error.message());
    return {};
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<void> remove_all(const std::string& path) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return fail(Domain::system, "remove", path + ": " + error.message());
    return {};
}

}  // namespace stormglass::base
