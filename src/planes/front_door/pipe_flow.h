// One direction of a connection: bytes move from one socket to another through a pipe (splice(2)),
// so that they are never copied into this process. A full pipe stops the reading: backpressure.
#pragma once

#include <cstdint>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::front_door {

class PipeFlow {
public:
    Result<void> open();

    enum class Outcome {
        moved,   // Something happened: look again.
        idle,    // Waits for an event of either socket.
        ended,   // All was passed on, the end included.
        broken,  // A reset, or nobody to write to.
    };
    /// `readable` and `writable` are the sockets' last known states, cleared when they block.
    Outcome move(int from, int to, bool& readable, bool& writable);
    std::int64_t moved_bytes() const { return moved_bytes_; }

private:
    bool fill(int from, bool& readable);
    bool drain(int to, bool& writable);

    base::UniqueFd out_end_;
    base::UniqueFd in_end_;
    std::size_t held_ = 0;  // In the pipe.
    bool source_ended_ = false;
    bool ended_ = false;
    bool broken_ = false;
    std::int64_t moved_bytes_ = 0;
};

}  // namespace stormglass::front_door
