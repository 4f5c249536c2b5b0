// What a process's threads have done: to tell one that is stopped from one that is busy.
#pragma once

#include <cstdint>

namespace stormglass::substrate::mysql {

struct Activity {
    std::uint64_t run_ns = 0;   // Of all its threads.
    bool wants_to_run = false;  // One of them runs, or waits for a processor.
};
Activity activity_of(int pid);

}  // namespace stormglass::substrate::mysql
