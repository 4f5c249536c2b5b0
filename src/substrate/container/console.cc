#include "substrate/container/console.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "substrate/container/boot_config.h"

namespace stormglass::substrate {
namespace {

constexpr int append_flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;

std::size_t size_of(const base::UniqueFd& fd) {
    struct stat found {};
    return ::fstat(fd.get(), &found) == 0 ? static_cast<std::size_t>(found.st_size) : 0;
}

/// The last `max` bytes of a file.
std::string tail(const std::string& path, std::size_t max) {
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return {};
    const std::size_t size = size_of(fd);
    std::string text(std::min(size, max), '\0');
    const auto got =
        ::pread(fd.get(), text.data(), text.size(), static_cast<off_t>(size - text.size()));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

}  // namespace

Result<ConsoleLog> ConsoleLog::open(const std::string& host_folder) {
    ConsoleLog log;
    log.folder_ = base::UniqueFd(::open(host_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!log.folder_.valid()) return fail_errno("open " + host_folder);
    log.file_ = base::UniqueFd(::openat(log.folder_.get(), console_file, append_flags, 0600));
    if (!log.file_.valid()) return fail_errno("open the console log in " + host_folder);
    log.written_ = size_of(log.file_);
    return log;
}

void ConsoleLog::open_inside(const std::string& path) {
    inside_ = base::UniqueFd(::open(path.c_str(), append_flags, 0640));
    written_inside_ = size_of(inside_);
}

void ConsoleLog::write(std::string_view text) {
    if (written_ + text.size() > console_file_max) rotate();
    // Nobody is left to tell when the host's disk is full; the instance itself goes on.
    if (base::write_all(file_.get(), text)) written_ += text.size();
    if (inside_.valid() && written_inside_ + text.size() <= inside_log_max &&
        base::write_all(inside_.get(), text)) {
        written_inside_ += text.size();
    }
}

void ConsoleLog::say(std::string_view text) { write(fmt::format("[stormglass] {}\n", text)); }

void ConsoleLog::write_exit(int status) {
    const base::UniqueFd fd(
        ::openat(folder_.get(), exit_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    (void)base::write_all(fd.get(), std::to_string(status));
}

void ConsoleLog::rotate() {
    ::renameat(folder_.get(), console_file, folder_.get(), console_rotated_file);
    base::UniqueFd next(::openat(folder_.get(), console_file, append_flags, 0600));
    if (!next.valid()) return;
    file_ = std::move(next);
    written_ = 0;
}

Result<std::string> read_console(const std::string& host_folder) {
    std::string text = tail(host_folder + "/" + console_file, console_shown_max);
    if (text.size() < console_shown_max) {
        text =
            tail(host_folder + "/" + console_rotated_file, console_shown_max - text.size()) + text;
    }
    return text;
}

}  // namespace stormglass::substrate
