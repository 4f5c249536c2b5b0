#include "services/cloudwatch/history.h"

#include "services/cloudwatch/service.h"
#include "services/common/ids.h"

namespace stormglass::cloudwatch {
namespace {

constexpr base::Days kept_max{30};
constexpr std::size_t forgotten_at_once = 20;
constexpr std::size_t page_max = 100;

std::string time_part(base::Time time) {
    return store::ordered(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

bool is_wanted(const HistoryItem& item, const api::DescribeAlarmHistoryInput& input) {
    const bool of_type =
        input.alarm_types.empty()
            ? item.alarm_type == "MetricAlarm"
            : std::ranges::find(input.alarm_types, item.alarm_type) != input.alarm_types.end();
    return of_type && (!input.alarm_name || *input.alarm_name == item.alarm) &&
           (!input.history_item_type || *input.history_item_type == item.type) &&
           (!input.start_date || item.time >= *input.start_date) &&
           (!input.end_date || item.time <= *input.end_date);
}

}  // namespace

Result<void> add_history(wire::Request& request, base::Random& random, HistoryItem item) {
    item.time = request.now;
    auto& tx = request.tx();
    std::vector<std::vector<std::string>> old;
    TRY(history.scan(tx, {request.account, request.region},
                     [&](const std::vector<std::string>& parts, HistoryItem& one) {
                         if (one.time + kept_max > request.now || old.size() == forgotten_at_once) {
                             return store::Step::stop;
                         }
                         old.push_back(parts);
                         return store::Step::next;
                     }));
    for (const auto& parts : old) history.erase(tx, store::Parts(parts));
    history.put(tx, {request.account, request.region, time_part(item.time), random.hex(8)}, item);
    return {};
}

Result<api::DescribeAlarmHistoryOutput> Service::describe_alarm_history(
    wire::Request& request, const api::DescribeAlarmHistoryInput& input) {
    std::vector<HistoryItem> all;
    TRY(history.scan(request.tx(), {request.account, request.region}, [&](HistoryItem& item) {
        if (is_wanted(item, input)) all.push_back(std::move(item));
    }));
    if (input.scan_by.value_or("TimestampDescending") == "TimestampDescending") {
        std::ranges::reverse(all);
    }
    const auto size = static_cast<std::size_t>(input.max_records.value_or(page_max));
    const auto page = services::page_of(std::move(all), input.next_token.value_or(""), size);
    if (!page) return api::invalid_next_token("The next token is invalid.");
    api::DescribeAlarmHistoryOutput output;
    output.alarm_history_items.present = true;
    for (const auto& item : page->items) {
        api::AlarmHistoryItem out;
        out.alarm_name = item.alarm;
        out.alarm_type = item.alarm_type;
        out.timestamp = item.time;
        out.history_item_type = item.type;
        out.history_summary = item.summary;
        out.history_data = item.data;
        output.alarm_history_items.push_back(std::move(out));
    }
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::cloudwatch
