#include "substrate/process/identity.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

#include "base/strings.h"

namespace stormglass::substrate {
namespace {

constexpr int stat_state_field = 3;  // Counted from 1, as proc(5) does.
constexpr int stat_user_field = 14, stat_system_field = 15;
constexpr int stat_start_field = 22;

struct Stat {
    char state = '?';
    std::uint64_t cpu_ticks = 0;
    std::uint64_t start_ticks = 0;
};

std::optional<Stat> read_stat(int pid) {
    const auto text = base::read_file(fmt::format("/proc/{}/stat", pid));
    if (!text) return std::nullopt;
    const auto name_end = text->rfind(") ");  // The name may itself hold spaces and brackets.
    if (name_end == std::string::npos) return std::nullopt;
    const auto fields = base::split(std::string_view(*text).substr(name_end + 2), ' ');
    if (fields.size() <= stat_start_field - stat_state_field) return std::nullopt;
    Stat stat;
    stat.state = fields[0].empty() ? '?' : fields[0][0];
    for (const int field : {stat_user_field, stat_system_field}) {
        const auto& text_of = fields[static_cast<std::size_t>(field - stat_state_field)];
        std::uint64_t ticks = 0;
        std::from_chars(text_of.data(), text_of.data() + text_of.size(), ticks);
        stat.cpu_ticks += ticks;
    }
    const auto& start = fields[stat_start_field - stat_state_field];
    std::from_chars(start.data(), start.data() + start.size(), stat.start_ticks);
    return stat;
}

const std::string& boot_id() {
    static const std::string id = [] {
        const auto text = base::read_file("/proc/sys/kernel/random/boot_id");
        return text ? std::string(base::trim(*text)) : std::string();
    }();
    return id;
}

}  // namespace

Result<ProcessIdentity> identify(int pid) {
    const auto stat = read_stat(pid);
    if (!stat) return fail(Domain::system, "gone", fmt::format("there is no process {}", pid));
    return ProcessIdentity{pid, stat->start_ticks, boot_id()};
}

std::optional<Vitals> look_at(const ProcessIdentity& identity) {
    const auto stat = read_stat(identity.pid);
    if (!stat || stat->start_ticks != identity.start_ticks || stat->state == 'Z' ||
        stat->state == 'X') {
        return std::nullopt;
    }
    return Vitals{.stopped = stat->state == 'T', .cpu_ticks = stat->cpu_ticks};
}

bool is_running(const ProcessIdentity& identity) {
    if (identity.pid <= 0 || identity.boot_id != boot_id()) return false;
    const auto stat = read_stat(identity.pid);
    return stat && stat->start_ticks == identity.start_ticks && stat->state != 'Z' &&
           stat->state != 'X';
}

std::optional<base::UniqueFd> open_pidfd(const ProcessIdentity& identity) {
    base::UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, identity.pid, 0)));
    // Looked at after opening: from here on the descriptor cannot come to mean another process.
    if (!fd.valid() || !is_running(identity)) return std::nullopt;
    return fd;
}

Result<void> send_signal(const ProcessIdentity& identity, int number) {
    const auto fd = open_pidfd(identity);
    if (!fd) return fail(Domain::system, "gone", fmt::format("process {} ended", identity.pid));
    if (::syscall(SYS_pidfd_send_signal, fd->get(), number, nullptr, 0) != 0) {
        return fail_errno(fmt::format("signal {} to process {}", number, identity.pid));
    }
    return {};
}

bool wait_for_end(const ProcessIdentity& identity, std::chrono::milliseconds limit) {
    const auto fd = open_pidfd(identity);
    if (!fd) return true;
    pollfd waited{fd->get(), POLLIN, 0};
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        const int ready = ::poll(&waited, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return !is_running(identity);
    }
}

}  // namespace stormglass::substrate
