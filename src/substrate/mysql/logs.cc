#include "substrate/mysql/logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr off_t read_max = 1 << 20;
constexpr off_t size_max = 16 << 20;
constexpr off_t part_max = 256 << 10;

std::string path_of(const Layout& layout, DatabaseLog log) {
    switch (log) {
        case DatabaseLog::error:
            return layout.error_log();
        case DatabaseLog::general:
            return layout.general_log();
        case DatabaseLog::slowquery:
            return layout.slow_log();
    }
    return layout.error_log();
}

}  // namespace

Result<std::string> read_log_end(const Layout& layout, DatabaseLog log) {
    const auto path = path_of(layout, log);
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid() && errno == ENOENT) return "";
    struct stat about {};
    if (!fd.valid() || ::fstat(fd.get(), &about) != 0) return fail_errno("read " + path);
    const off_t from = std::max<off_t>(0, about.st_size - read_max);
    std::string text(static_cast<std::size_t>(about.st_size - from), '\0');
    const ssize_t got = ::pread(fd.get(), text.data(), text.size(), from);
    if (got < 0) return fail_errno("read " + path);
    text.resize(static_cast<std::size_t>(got));
    return text;
}

Result<Databases::LogText> read_log_part(const Layout& layout, DatabaseLog log, std::int64_t from) {
    const auto path = path_of(layout, log);
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid() && errno == ENOENT) return Databases::LogText{"", 0};
    struct stat about {};
    if (!fd.valid() || ::fstat(fd.get(), &about) != 0) return fail_errno("read " + path);
    if (about.st_size < from) {
        // Cut to its newer part (which was read), or a new file of a machine that was started anew.
        from = from > size_max / 2 ? about.st_size : 0;
    }
    std::string text(static_cast<std::size_t>(std::min<off_t>(part_max, about.st_size - from)), 0);
    const ssize_t got = ::pread(fd.get(), text.data(), text.size(), from);
    if (got < 0) return fail_errno("read " + path);
    text.resize(static_cast<std::size_t>(got));
    const auto line_end = text.rfind('\n');
    if (line_end != text.npos) text.resize(line_end + 1);
    if (line_end == text.npos && static_cast<off_t>(text.size()) < part_max) text.clear();
    return Databases::LogText{text, from + static_cast<std::int64_t>(text.size())};
}

void trim_logs(const Layout& layout) {
    for (const auto log : {DatabaseLog::error, DatabaseLog::general, DatabaseLog::slowquery}) {
        const auto path = path_of(layout, log);
        struct stat about {};
        if (::lstat(path.c_str(), &about) != 0 || about.st_size <= size_max) continue;
        const auto kept = read_log_end(layout, log).value_or("");
        const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
        if (!fd.valid() || ::ftruncate(fd.get(), 0) != 0) continue;
        (void)base::write_all(fd.get(), kept);
    }
}

}  // namespace stormglass::substrate::mysql
