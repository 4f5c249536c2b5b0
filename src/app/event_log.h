// The timeline: the newest events in memory, all of them in DATA_DIR/log/events.jsonl (bounded,
// rotated once), and whoever follows is woken.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/file.h"
#include "services/common/timeline.h"

namespace stormglass::app {

class EventLog final : public services::Timeline {
public:
    static constexpr std::size_t events_kept = 5000;
    static constexpr std::size_t file_bytes_max = 16 * 1024 * 1024;

    /// Empty path: memory only. Reads back the newest events of an earlier daemon.
    explicit EventLog(std::string path);
    void add(services::TimelineEvent event) override;

    struct Numbered { std::uint64_t number; services::TimelineEvent event; };
    /// Events after `number`, oldest first; waits up to `wait` when there are none.
    std::vector<Numbered> after(std::uint64_t number, base::Millis wait);
    /// Ends all waiting, for shutdown.
    void close();

private:
    void append_to_file(const services::TimelineEvent& event);

    const std::string path_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Numbered> events_;
    std::uint64_t next_ = 1;
    base::UniqueFd file_;  // Kept open: a line of it a call.
    std::size_t file_bytes_ = 0;
    bool closed_ = false;
};

}  // namespace stormglass::app
