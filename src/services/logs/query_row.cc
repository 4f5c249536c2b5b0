#include "services/logs/query_row.h"

#include <cmath>
#include <set>

#include "base/strings.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t groups_max = 100'000,
                      kept_max = 5'000'000;  // Values that percentiles and distinct counts hold.

void collect_calls(const Expr& expr, std::vector<const Expr*>& calls) {
    if (expr.kind == Expr::Kind::call && is_aggregate(expr.name)) {
        calls.push_back(&expr);
        return;
    }
    for (const auto& one : expr.arguments) collect_calls(one, calls);
}

Value percentile(std::vector<double> values, double p) {
    if (values.empty()) return {};
    std::ranges::sort(values);
    const double place = std::ceil(p / 100.0 * static_cast<double>(values.size()));
    const auto index = static_cast<std::size_t>(std::max(place, 1.0)) - 1;
    return Value::of(values[std::min(index, values.size() - 1)]);
}

}  // namespace

Value Row::field(const std::string& name) const {
    if (const auto found = set_.find(name); found != set_.end()) return found->second;
    if (!is_event_) return {};
    if (name == "@timestamp") return Value::of_time(static_cast<double>(position_.time_ms));
    if (name == "@message") return Value::of(message_);
    if (name == "@logStream") return Value::of(*stream_);
    if (name == "@log") return Value::of(group_->account + ":" + group_->name);
    if (name == "@ingestionTime") return Value::of_time(static_cast<double>(ingested_ms_));
    if (name == "@ptr") return Value::of(pointer());
    return discovered(name);
}

/// Fields of JSON events by dots: "a.b", "list.0".
Value Row::discovered(const std::string& name) const {
    if (!looked_) {
        looked_ = true;
        const auto begin = message_.find('{');
        auto parsed = begin == std::string::npos
                          ? Result<base::Json>(base::Json())
                          : base::parse_json(std::string_view(message_).substr(begin));
        if (parsed && parsed->is_object()) json_ = std::move(*parsed);
    }
    if (!json_) return {};
    if (const auto found = json_->find(name); found != json_->end()) return Value::of_json(*found);
    const base::Json* here = &*json_;
    for (const auto& part : base::split(name, '.')) {
        if (here->is_object()) {
            const auto found = here->find(part);
            if (found == here->end()) return {};
            here = &*found;
        } else {
            const auto index = base::parse_integer(part);
            if (!here->is_array() || !index || *index < 0 ||
                static_cast<std::size_t>(*index) >= here->size()) {
                return {};
            }
            here = &(*here)[static_cast<std::size_t>(*index)];
        }
    }
    return Value::of_json(*here);
}

std::string Row::pointer() const {
    return base::base64_encode(
        fmt::format("{}\n{}\n{}\n{}", group_->name, *stream_, position_.time_ms, position_.number));
}

struct Grouping::State {
    double count = 0, sum = 0, squares = 0;
    Value low, high, first, last;
    Position first_at, last_at;
    std::vector<double> values;
    std::set<std::string> distinct;

    /// How many more values it holds now.
    std::size_t add(const Expr& call, const Row& row) {
        const Value value =
            call.arguments.empty() ? Value::of(1.0) : evaluate(call.arguments[0], row);
        if (!value.present()) return 0;
        ++count;
        const auto number = value.as_number();
        sum += number.value_or(0);
        squares += number.value_or(0) * number.value_or(0);
        if (!low.present() || compare(value, low).value_or(0) < 0) low = value;
        if (!high.present() || compare(value, high).value_or(0) > 0) high = value;
        if (!first.present() || row.position() < first_at) {
            first = value;
            first_at = row.position();
        }
        if (!last.present() || last_at < row.position()) {
            last = value;
            last_at = row.position();
        }
        if (call.name == "pct" && number) {
            values.push_back(*number);
            return 1;
        }
        return call.name == "count_distinct" && distinct.insert(value.as_text()).second ? 1 : 0;
    }

    Value result(const Expr& call) const {
        const auto& name = call.name;
        if (name == "count") return Value::of(count);
        if (name == "count_distinct") return Value::of(static_cast<double>(distinct.size()));
        if (count == 0) return {};
        if (name == "sum") return Value::of(sum);
        if (name == "avg") return Value::of(sum / count);
        if (name == "min" || name == "sortsfirst") return low;
        if (name == "max" || name == "sortslast") return high;
        if (name == "earliest") return first;
        if (name == "latest") return last;
        if (name == "stddev")
            return Value::of(std::sqrt(std::max(squares / count - sum / count * sum / count, 0.0)));
        return percentile(values, call.arguments[1].literal.as_number().value_or(0));
    }
};

struct Grouping::Group {
    std::vector<Value> by;
    std::vector<State> states;
};

Grouping::Grouping(const StatsStage& stage) : stage_(stage) {
    for (const auto& column : stage.aggregates) collect_calls(column.expr, calls_);
}
Grouping::~Grouping() = default;

Result<void> Grouping::add(const Row& row) {
    std::vector<Value> by;
    std::string key;
    for (const auto& column : stage_.by) {
        by.push_back(evaluate(column.expr, row));
        key += by.back().as_text() + '\0';
    }
    auto& group = groups_[key];
    if (!group) {
        group = std::make_unique<Group>();
        group->by = std::move(by);
        group->states.resize(calls_.size());
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) kept_ += group->states[i].add(*calls_[i], row);
    if (groups_.size() > groups_max || kept_ > kept_max) {
        return fail(Domain::config, "TooLarge", "stats: too many groups or values");
    }
    return {};
}

std::vector<Row> Grouping::rows() const {
    std::vector<Row> rows;
    for (const auto& [key, group] : groups_) {
        Row row;
        for (std::size_t i = 0; i < calls_.size(); ++i) {
            row.set(calls_[i]->source, group->states[i].result(*calls_[i]));
        }
        for (const auto& column : stage_.aggregates)
            row.set(column.name, evaluate(column.expr, row));
        for (std::size_t i = 0; i < stage_.by.size(); ++i) row.set(stage_.by[i].name, group->by[i]);
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace stormglass::logs
