// Starts a program that does not depend on us: own session, no parent of ours, only the descriptors
// it is given. Safe in a process with many threads.
//
// The new process waits until `before_exec` has returned in the caller. If the caller dies first,
// so does the new process: there is never one that nobody has written down.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "substrate/process/identity.h"

namespace stormglass::substrate {

struct SpawnRequest {
    std::string program;                   // A path; see find_program().
    std::vector<std::string> argv;         // argv[0] included.
    std::vector<std::string> environment;  // "NAME=value"
    std::string network_namespace;         // Path; empty = ours.
    std::optional<unsigned> uid, gid;
    std::vector<int> descriptors;  // Become 0, 1, 2, ...; no other is passed on. Stay the caller's.
};

/// Runs in the caller while the new process waits: join a cgroup, write a record.
using BeforeExec = std::function<Result<void>(const ProcessIdentity&)>;

/// Returns once the program runs. A step that fails before that, exec itself included, is an error
/// that names the step, its object and why.
Result<ProcessIdentity> spawn_detached(const SpawnRequest& request, const BeforeExec& before_exec);

/// The executable that `name` means: itself if it holds a '/', else found on `path`.
Result<std::string> find_program(const std::string& name, const std::string& path);

inline constexpr std::size_t pipe_text_max = 1 << 20;  // What a pipe can be made to hold.

/// The read end of a pipe that already holds `text`: how a secret reaches a new process without
/// being on disk or in argv, and without anybody staying to write.
Result<base::UniqueFd> pipe_with(const std::string& text);

}  // namespace stormglass::substrate
