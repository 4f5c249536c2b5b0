#include "services/autoscaling/cron.h"

#include <array>
#include <chrono>

#include "base/strings.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::int64_t day_seconds = 86400, hour_seconds = 3600, minute_seconds = 60;
constexpr std::int64_t days_ahead = 366 * 5;
constexpr std::array<std::string_view, 7> weekday_names{"SUN", "MON", "TUE", "WED",
                                                        "THU", "FRI", "SAT"};
constexpr std::array<std::string_view, 12> month_names{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

struct Field {
    std::int64_t least, most;
    std::size_t names_from = 0;         // The number of the first name.
    const std::string_view* names = nullptr;
    std::size_t name_count = 0;
};

Unexpected bad(std::string_view part) {
    return fail(Domain::system, "BadCron", fmt::format("'{}' is not understood", part));
}

Result<std::int64_t> value_of(std::string_view text, const Field& field) {
    const std::string upper = base::to_upper(text);
    for (std::size_t i = 0; i < field.name_count; ++i) {
        if (upper == field.names[i]) return static_cast<std::int64_t>(i + field.names_from);
    }
    const auto number = base::parse_integer(text);
    if (!number || *number < field.least || *number > field.most) return bad(text);
    return *number;
}

/// "*", "5", "1-5", each with "/2"; "5/2" means from 5 on.
template <std::size_t N>
Result<void> add_part(std::string_view part, const Field& field, std::bitset<N>& to) {
    const auto slash = part.find('/');
    const std::string_view range = part.substr(0, slash);
    std::int64_t step = 1;
    if (slash != std::string_view::npos) {
        const auto given = base::parse_integer(part.substr(slash + 1));
        if (!given || *given < 1) return bad(part);
        step = *given;
    }
    std::int64_t from = field.least, last = field.most;
    const auto dash = range.find('-');
    if (range != "*") {
        from = TRY(value_of(range.substr(0, dash), field));
        if (dash != std::string_view::npos) {
            last = TRY(value_of(range.substr(dash + 1), field));
        } else if (slash == std::string_view::npos) {
            last = from;
        }
    }
    if (last < from) return bad(part);
    for (auto i = from; i <= last; i += step) to.set(static_cast<std::size_t>(i));
    return {};
}

template <std::size_t N>
Result<void> read_field(std::string_view text, const Field& field, std::bitset<N>& to) {
    for (const auto& part : base::split(text, ',')) TRY(add_part(part, field, to));
    return {};
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    std::vector<std::string> words;
    for (const auto& word : base::split(text, ' ')) {
        if (!word.empty()) words.emplace_back(word);
    }
    if (words.size() != 5) return bad(text);
    Cron cron;
    TRY(read_field(words[0], {.least = 0, .most = 59}, cron.minutes_));
    TRY(read_field(words[1], {.least = 0, .most = 23}, cron.hours_));
    TRY(read_field(words[2], {.least = 1, .most = 31}, cron.days_));
    TRY(read_field(words[3],
                   {.least = 1, .most = 12, .names_from = 1, .names = month_names.data(),
                    .name_count = month_names.size()},
                   cron.months_));
    TRY(read_field(words[4],
                   {.least = 0, .most = 7, .names_from = 0, .names = weekday_names.data(),
                    .name_count = weekday_names.size()},
                   cron.weekdays_));
    if (cron.weekdays_.test(7)) cron.weekdays_.set(0);  // Both are Sunday.
    cron.any_day_ = words[2].starts_with("*");
    cron.any_weekday_ = words[4].starts_with("*");
    return cron;
}

/// As in every cron: with both kinds of day given, either will do.
bool Cron::is_day(std::int64_t days_since_1970) const {
    const std::chrono::sys_days day{std::chrono::days{days_since_1970}};
    const std::chrono::year_month_day date{day};
    if (!months_.test(static_cast<unsigned>(date.month()))) return false;
    const bool in_month = days_.test(static_cast<unsigned>(date.day()));
    const bool in_week = weekdays_.test(std::chrono::weekday{day}.c_encoding());
    if (any_day_ || any_weekday_) return in_month && in_week;
    return in_month || in_week;
}

std::optional<std::int64_t> Cron::next_in_day(std::int64_t day, std::int64_t from) const {
    for (std::int64_t second = 0; second < day_seconds; second += minute_seconds) {
        if (day * day_seconds + second < from) continue;
        if (hours_.test(static_cast<std::size_t>(second / hour_seconds)) &&
            minutes_.test(static_cast<std::size_t>(second % hour_seconds / minute_seconds))) {
            return day * day_seconds + second;
        }
    }
    return std::nullopt;
}

std::optional<base::Time> Cron::next(base::Time time, const TimeZone& zone) const {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    std::int64_t from = (now + zone.offset_at(now)) / minute_seconds * minute_seconds;
    const std::int64_t today = from / day_seconds;
    for (std::int64_t day = today; day < today + days_ahead; ++day) {
        if (!is_day(day)) continue;
        // The hour that clocks show twice may yield a moment that is past: look on.
        while (const auto local = next_in_day(day, from)) {
            const auto moment = zone.to_utc(*local);
            if (moment > now) return base::Time{std::chrono::seconds{moment}};
            from = *local + minute_seconds;
        }
    }
    return std::nullopt;
}

}  // namespace stormglass::autoscaling
