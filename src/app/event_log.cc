#include "app/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/strings.h"

namespace stormglass::app {

EventLog::EventLog(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    const auto text = base::read_file(path_);
    if (!text) return;
    file_bytes_ = text->size();
    for (const auto& line : base::split(*text, '\n')) {
        auto event = base::from_json_text<services::TimelineEvent>(line);
        if (!event) continue;  // The last line of a killed daemon may be cut.
        events_.push_back({next_++, std::move(*event)});
        if (events_.size() > events_kept) events_.pop_front();
    }
}

void EventLog::add(services::TimelineEvent event) {
    const std::lock_guard lock(mutex_);
    append_to_file(event);
    events_.push_back({next_++, std::move(event)});
    if (events_.size() > events_kept) events_.pop_front();
    changed_.notify_all();
}

void EventLog::append_to_file(const services::TimelineEvent& event) {
    if (path_.empty()) return;
    if (file_bytes_ > file_bytes_max) {
        ::rename(path_.c_str(), (path_ + ".1").c_str());
        file_bytes_ = 0;
        file_.reset();
    }
    if (!file_.valid()) {
        file_ = base::UniqueFd(
            ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    }
    if (!file_.valid()) return;  // The timeline is a convenience: a full disk must not stop the region.
    const std::string line = base::to_json_text(event) + "\n";
    if (base::write_all(file_.get(), line)) file_bytes_ += line.size();
}

std::vector<EventLog::Numbered> EventLog::after(std::uint64_t number, base::Millis wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] {
        return closed_ || (!events_.empty() && events_.back().number > number);
    });
    std::vector<Numbered> found;
    for (const auto& one : events_) {
        if (one.number > number) found.push_back(one);
    }
    return found;
}

void EventLog::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

}  // namespace stormglass::app
