// A row of a query on its way through the stages: an event, or a line of what stats made.
#pragma once

#include <map>
#include <optional>

#include "services/logs/events.h"
#include "services/logs/query.h"

namespace stormglass::logs {

class Row final : public FieldSource {
public:
    Row() = default;
    Row(const Group& group, const std::string& stream, const EventView& event)
        : is_event_(true),
          group_(&group),
          stream_(&stream),
          position_(event.position),
          ingested_ms_(event.ingested_ms),
          message_(event.message) {}

    Value field(const std::string& name) const override;
    void set(const std::string& name, Value value) { set_[name] = std::move(value); }
    bool is_event() const { return is_event_; }
    Position position() const { return position_; }
    /// What GetLogRecord would take.
    std::string pointer() const;

private:
    Value discovered(const std::string& name) const;

    bool is_event_ = false;
    const Group* group_ = nullptr;
    const std::string* stream_ = nullptr;
    Position position_;
    std::int64_t ingested_ms_ = 0;
    std::string message_;
    std::map<std::string, Value> set_;
    mutable bool looked_ = false;
    mutable std::optional<base::Json> json_;
};

/// Gathers rows into groups.
class Grouping {
public:
    explicit Grouping(const StatsStage& stage);
    ~Grouping();
    /// An error when there are too many groups or values.
    Result<void> add(const Row& row);
    std::vector<Row> rows() const;

private:
    struct State;
    struct Group;
    const StatsStage& stage_;
    std::vector<const Expr*> calls_;  // The aggregates, wherever they stand in the columns.
    std::map<std::string, std::unique_ptr<Group>> groups_;
    std::size_t kept_ = 0;
};

}  // namespace stormglass::logs
