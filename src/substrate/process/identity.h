// A process as one can find it again: a pid alone may be reused, a pid with the kernel's start time
// and the boot's id may not.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace stormglass::substrate {

struct ProcessIdentity {
    int pid = 0;
    std::uint64_t start_ticks = 0;  // Field 22 of /proc/PID/stat.
    std::string boot_id;            // /proc/sys/kernel/random/boot_id
};
STORMGLASS_JSON(ProcessIdentity, pid, start_ticks, boot_id)

/// Of a process that exists now (a zombie counts here).
Result<ProcessIdentity> identify(int pid);
/// Whether that very process still runs; a zombie does not.
bool is_running(const ProcessIdentity& identity);
/// What can be seen of that very process; nothing if it does not run.
struct Vitals {
    bool stopped = false;  // By a signal.
    std::uint64_t cpu_ticks = 0;
};
std::optional<Vitals> look_at(const ProcessIdentity& identity);
/// A pidfd of that very process; nothing if it is gone.
std::optional<base::UniqueFd> open_pidfd(const ProcessIdentity& identity);
/// Sends a signal to that very process; a process that is gone is an error "gone".
Result<void> send_signal(const ProcessIdentity& identity, int number);
/// True once it has ended; false if it still runs after `limit`.
bool wait_for_end(const ProcessIdentity& identity, std::chrono::milliseconds limit);

}  // namespace stormglass::substrate
