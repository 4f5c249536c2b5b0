// Files and descriptors: whole-file reads, atomic durable writes, owned descriptors.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace stormglass::base {

/// Owns a file descriptor; closes it once.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void reset();

private:
    int fd_ = -1;
};

enum class Sync { no, yes };  // Sync::yes: durable when the call returns.
/// Who may read a file: `secret` is 0600, `shared` is 0644.
enum class Access { secret, shared };

Result<std::string> read_file(const std::string& path);
/// Writes beside `path` and renames: a reader sees the old content or the new, never a part.
Result<void> write_file(const std::string& path, std::string_view content,
                        Access access = Access::secret, Sync sync = Sync::no);
/// Creates the folder and its parents (0700 for those it makes).
Result<void> make_directories(const std::string& path);
bool file_exists(const std::string& path);
/// Deletes a file or a whole folder; absent is fine. Never crosses into another mount.
Result<void> remove_all(const std::string& path);
Result<void> write_all(int fd, std::string_view content);

}  // namespace stormglass::base
