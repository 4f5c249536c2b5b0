#include "services/fis/actions.h"

#include "base/strings.h"

namespace stormglass::fis {
namespace {

bool is(const Stage& stage, std::string_view id) { return stage.action.action_id == id; }

bool is_of_instances(const Stage& stage) {
    return stage.action.action_id.ends_with("-instances") &&
           stage.action.action_id.starts_with("aws:ec2:");
}

}  // namespace

std::optional<base::Seconds> parse_period(std::string_view text) {
    if (!text.starts_with("P")) return std::nullopt;
    text.remove_prefix(1);
    std::int64_t total = 0;
    bool in_time = false, any = false;
    while (!text.empty()) {
        if (text.front() == 'T' && !in_time) {
            in_time = true;
            text.remove_prefix(1);
            continue;
        }
        const auto end = text.find_first_not_of("0123456789");
        if (end == 0 || end == std::string_view::npos) return std::nullopt;
        const auto number = base::parse_integer(text.substr(0, end));
        const char unit = text[end];
        const std::int64_t seconds = unit == 'D' && !in_time  ? 86400
                                     : unit == 'H' && in_time ? 3600
                                     : unit == 'M' && in_time ? 60
                                     : unit == 'S' && in_time ? 1
                                                              : 0;
        if (!number || seconds == 0 || *number > 86400) return std::nullopt;
        total += *number * seconds;
        any = true;
        text.remove_prefix(end + 1);
    }
    return any ? std::optional(base::Seconds(total)) : std::nullopt;
}

base::Seconds Stage::time_parameter(const std::string& key) const {
    return parse_period(parameter(key)).value_or(base::Seconds(0));
}

Result<void> remember(Stage& stage) {
    if (is(stage, "aws:network:disrupt-connectivity")) return remember_network(stage);
    return {};
}

Result<void> begin(Stage& stage) {
    if (is_of_instances(stage)) return begin_instances(stage);
    if (is(stage, "aws:network:disrupt-connectivity")) return begin_network(stage);
    if (is(stage, "aws:rds:reboot-db-instances")) return begin_reboot_databases(stage);
    if (is(stage, "aws:ec2:asg-insufficient-instance-capacity-error")) return begin_capacity(stage);
    if (is(stage, "aws:ec2:send-spot-instance-interruptions")) return begin_interruptions(stage);
    return {};  // aws:fis:wait
}

Result<Progress> look(Stage& stage) {
    if (is_of_instances(stage)) return look_instances(stage);
    if (is(stage, "aws:rds:reboot-db-instances")) return look_databases(stage);
    if (is(stage, "aws:ec2:send-spot-instance-interruptions"))
        return Progress::over;  // EC2 does the rest.
    const bool over = stage.now >= stage.run.started + stage.time_parameter("duration");
    return over ? Progress::over : Progress::running;
}

Result<void> end(Stage& stage) {
    if (is_of_instances(stage)) return end_instances(stage);
    if (is(stage, "aws:network:disrupt-connectivity")) return end_network(stage);
    if (is(stage, "aws:ec2:asg-insufficient-instance-capacity-error")) return end_capacity(stage);
    return {};
}

}  // namespace stormglass::fis
