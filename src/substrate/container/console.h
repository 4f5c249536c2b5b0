// An instance's console: a log on the host that its init writes and rotates, and the cloud-init
// output log inside. Both are bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/file.h"

namespace stormglass::substrate {

inline constexpr std::size_t console_file_max = 1 << 20;    // Then it becomes console.log.1.
inline constexpr std::size_t console_shown_max = 64 << 10;  // What GetConsoleOutput gives.
inline constexpr std::size_t inside_log_max = 16 << 20;     // Of the instance's own disk.

/// For the init: opened before it leaves the host's file system. One thread.
class ConsoleLog {
public:
    static Result<ConsoleLog> open(const std::string& host_folder);
    /// The log inside, once the instance's root is ours.
    void open_inside(const std::string& path);
    void write(std::string_view text);
    /// A line of the init's own.
    void say(std::string_view text);
    /// Writes the exit file beside the log.
    void write_exit(int status);

private:
    void rotate();

    base::UniqueFd folder_, file_, inside_;
    std::size_t written_ = 0;
    std::size_t written_inside_ = 0;
};

/// For the daemon: the last `console_shown_max` bytes of what is there; none if there is no log.
Result<std::string> read_console(const std::string& host_folder);

}  // namespace stormglass::substrate
