#include "services/cloudwatch/alarm_loop.h"

#include "services/cloudwatch/message.h"
#include "services/cloudwatch/suppression.h"
#include "services/cloudwatch/tiers.h"

namespace stormglass::cloudwatch {
namespace {

constexpr base::Seconds minute{60}, after_minute{20}, short_step{10}, after_short_step{3};
constexpr base::Millis suppression_rest{1'000};
constexpr int composite_rounds_max = 10;  // A composite alarm may depend on another.
constexpr std::string_view scaling_prefix = "arn:aws:autoscaling:";

base::Time after(base::Time now, base::Seconds step, base::Seconds offset) {
    base::Time next = floor_to(now, step) + offset;
    while (next <= now) next += step;
    return next;
}

/// "Tuesday 24 November, 2026 22:15:00 UTC"
std::string long_date(base::Time time) {
    constexpr const char* days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                    "Thursday", "Friday", "Saturday"};
    constexpr const char* months[] = {"January",   "February", "March",    "April",
                                      "May",       "June",     "July",     "August",
                                      "September", "October",  "November", "December"};
    const auto day = std::chrono::floor<base::Days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::weekday weekday{day};
    return fmt::format("{} {} {}, {} {} UTC", days[weekday.c_encoding()],
                       static_cast<unsigned>(date.day()),
                       months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), base::iso8601_seconds(time).substr(11, 8));
}

}  // namespace

Result<std::unique_ptr<wire::Request>> AlarmLoop::writer(const std::string& account,
                                                         const std::string& region) {
    auto request = wire::make_internal_request(needs_.store, wire::TxMode::write, "cloudwatch",
                                               account, region, needs_.clock.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "the writer's lock is not free");
    return request;
}

Result<void> AlarmLoop::evaluate_all(Which which) {
    std::vector<Alarm> all;
    TRY(alarms.scan(*needs_.store.read(), {}, [&](Alarm& alarm) {
        if (!alarm.is_composite() && (which == Which::all || is_high_resolution(alarm))) {
            all.push_back(std::move(alarm));
        }
    }));
    for (const auto& alarm : all) TRY(evaluate(alarm));
    return {};
}

Result<void> AlarmLoop::evaluate(const Alarm& seen) {
    auto look = look_at(*needs_.store.read(), seen, needs_.clock.now());
    if (!look) {  // An expression that fails, as on AWS: it is not known.
        look = AlarmLook{};
        look->verdict.state = "INSUFFICIENT_DATA";
        look->reason = "Insufficient Data: " + look.error().message;
    }
    if (!look->verdict.state || *look->verdict.state == seen.state) {
        return scale_again(seen, look->newest);
    }
    const auto request = TRY(writer(seen.account, seen.region));
    auto alarm = TRY(find_alarm(*request, seen.name));
    // Changed or deleted meanwhile: the next pass looks again.
    if (!alarm || alarm->configured != seen.configured || alarm->state != seen.state) return {};
    std::optional<std::string> data;
    if (!look->data.empty()) data = look->data;
    TRY(transitions_.change(*request, *alarm,
                            {*look->verdict.state, look->reason, data, look->newest}));
    return request->commit();
}

/// Scaling policies run every minute for as long as the state lasts.
Result<void> AlarmLoop::scale_again(const Alarm& seen, std::optional<double> newest) {
    if (!seen.actions_enabled || needs_.scaling == nullptr) return {};
    const auto& actions = actions_of(seen);
    const auto is_scaling = [](const std::string& one) { return one.starts_with(scaling_prefix); };
    if (std::ranges::none_of(actions, is_scaling)) return {};
    const auto request = TRY(writer(seen.account, seen.region));
    auto alarm = TRY(find_alarm(*request, seen.name));
    if (!alarm || alarm->state != seen.state) return {};
    if (newest) alarm->value = newest;
    for (const auto& action : actions) {
        if (!is_scaling(action)) continue;
        const auto said = perform(*request, *alarm, action);
        const std::string text = said ? *said : said.error().message;
        if (text == alarm->scaling_said) continue;
        transitions_.record_action(*request, *alarm, action, said ? "" : text, said ? text : "");
        alarm->scaling_said = text;
    }
    put_alarm(request->tx(), *alarm);
    return request->commit();
}

Result<void> AlarmLoop::follow_composites() {
    for (int round = 0; round < composite_rounds_max; ++round) {
        const auto look = needs_.store.read();
        bool changed = false;
        has_suppressors_ = false;
        for (const auto& mark : TRY(composites.all(*look))) {
            const auto alarm = TRY(alarms.get(*look, {mark.account, mark.region, mark.name}));
            if (!alarm || !alarm->is_composite()) continue;
            changed = TRY(follow(*alarm)) || changed;
            if (!alarm->suppressor) continue;
            has_suppressors_ = true;
            TRY(suppress(*alarm));
        }
        if (!changed) return {};
    }
    return {};
}

/// Returns whether the composite alarm changed its state.
Result<bool> AlarmLoop::follow(const Alarm& seen) {
    const auto rule = CompositeRule::parse(*seen.rule);
    if (!rule) return false;
    const auto look = needs_.store.read();
    std::optional<Alarm> newest;
    std::map<std::string, std::string> states;
    for (const auto& child : rule->children()) {
        const auto found = TRY(alarms.get(*look, {seen.account, seen.region, child}));
        if (!found) continue;
        states[child] = found->state;
        if (!newest || found->state_transitioned > newest->state_transitioned) newest = found;
    }
    const bool holds = rule->holds([&](const std::string& name) -> std::optional<std::string> {
        const auto state = states.find(name);
        if (state == states.end()) return std::nullopt;
        return state->second;
    });
    const std::string state = holds ? "ALARM" : "OK";
    if (state == seen.state) return false;
    const auto request = TRY(writer(seen.account, seen.region));
    auto alarm = TRY(find_alarm(*request, seen.name));
    if (!alarm || alarm->configured != seen.configured || alarm->state != seen.state) return false;
    NewState to{state,
                fmt::format("{} was created and its alarm rule evaluates to {}", seen.arn, state),
                std::nullopt, std::nullopt};
    if (newest) {
        if (seen.state != "INSUFFICIENT_DATA" || newest->state_transitioned > seen.configured) {
            to.reason = fmt::format("{} transitioned to {} at {}", newest->arn, newest->state,
                                    long_date(newest->state_transitioned));
        }
        to.data = base::dump_json(
            {{"triggeringAlarms",
              {{{"arn", newest->arn},
                {"state",
                 {{"value", newest->state}, {"timestamp", zoned(newest->state_transitioned)}}}}}}});
    }
    TRY(transitions_.change(*request, *alarm, to));
    TRY(request->commit());
    return true;
}

Result<void> AlarmLoop::suppress(const Alarm& seen) {
    const auto request = TRY(writer(seen.account, seen.region));
    auto alarm = TRY(find_alarm(*request, seen.name));
    if (!alarm || !alarm->suppressor) return {};
    const auto suppressor = TRY(find_alarm(*request, alarm_name_of(*alarm->suppressor)));
    const auto decision =
        decide_suppression(*alarm, suppressor && suppressor->state == "ALARM", request->now);
    const bool same = decision.by == alarm->suppressed_by && !decision.announce && !decision.settle;
    if (same) return {};
    alarm->suppressed_by = decision.by;
    alarm->suppressed_reason = decision.reason;
    alarm->suppressed_since = decision.since;
    const std::string before = alarm->announced;
    if (decision.settle) alarm->announced = alarm->state;
    if (decision.announce) {
        TRY(transitions_.announce(*request, *alarm, before));
    } else {
        put_alarm(request->tx(), *alarm);
    }
    return request->commit();
}

Result<base::Millis> AlarmLoop::reconcile() {
    const base::Time now = needs_.clock.now();
    if (now >= next_minute_) {
        next_minute_ = after(now, minute, after_minute);
        next_seconds_ = after(now, short_step, after_short_step);
        TRY(evaluate_all(Which::all));
    } else if (now >= next_seconds_) {
        next_seconds_ = after(now, short_step, after_short_step);
        TRY(evaluate_all(Which::high_resolution));
    }
    TRY(follow_composites());
    TRY(run_pending());
    const base::Millis rest = std::min(next_minute_, next_seconds_) - needs_.clock.now();
    return real_rest(has_suppressors_ ? std::min(rest, suppression_rest) : rest,
                     needs_.clock_speed);
}

}  // namespace stormglass::cloudwatch
