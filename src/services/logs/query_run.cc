#include "services/logs/query_run.h"

#include <re2/re2.h>

#include <set>

#include "services/logs/events.h"
#include "services/logs/query_row.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t rows_held_max = 1'000'000;  // Before a sort or a dedup.

bool is_streaming(const Stage& stage) {
    return std::holds_alternative<FieldsStage>(stage) ||
           std::holds_alternative<FilterStage>(stage) || std::holds_alternative<ParseStage>(stage);
}

void parse_into(const ParseStage& stage, Row& row) {
    const Value from = evaluate(stage.from, row);
    if (!from.present()) return;
    const std::string text = from.as_text();
    const auto count = static_cast<std::size_t>(stage.regex->NumberOfCapturingGroups());
    std::vector<re2::StringPiece> groups(count + 1);
    if (!stage.regex->Match(text, 0, text.size(), re2::RE2::UNANCHORED, groups.data(),
                            static_cast<int>(groups.size()))) {
        return;
    }
    const auto& named = stage.regex->NamedCapturingGroups();
    for (std::size_t i = 0; i < stage.names.size(); ++i) {
        const auto at = named.find(stage.names[i]);
        const auto index = at == named.end() ? i + 1 : static_cast<std::size_t>(at->second);
        if (index < groups.size()) row.set(stage.names[i], Value::of(std::string(groups[index])));
    }
}

/// False: the row is filtered out.
bool pass(const Stage& stage, Row& row) {
    if (const auto* filter = std::get_if<FilterStage>(&stage))
        return evaluate(filter->condition, row).as_bool();
    if (const auto* parse = std::get_if<ParseStage>(&stage)) parse_into(*parse, row);
    if (const auto* fields = std::get_if<FieldsStage>(&stage)) {
        for (const auto& column : fields->columns) {
            const bool plain =
                column.expr.kind == Expr::Kind::field && column.expr.name == column.name;
            if (!plain) row.set(column.name, evaluate(column.expr, row));
        }
    }
    return true;
}

void sort_rows(const SortStage& stage, std::vector<Row>& rows) {
    std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) {
        for (const auto& key : stage.keys) {
            const Value x = evaluate(key.expr, a), y = evaluate(key.expr, b);
            if (x.present() != y.present()) return x.present();  // What is missing comes last.
            const int order = compare(x, y).value_or(0);
            if (order != 0) return key.descending ? order > 0 : order < 0;
        }
        return false;
    });
}

void dedup_rows(const DedupStage& stage, std::vector<Row>& rows) {
    std::set<std::string> seen;
    std::erase_if(rows, [&](const Row& row) {
        std::string key;
        for (const auto& column : stage.by) key += evaluate(column.expr, row).as_text() + '\0';
        return !seen.insert(key).second;
    });
}

Result<void> apply(const Stage& stage, std::vector<Row>& rows) {
    if (is_streaming(stage)) {
        std::erase_if(rows, [&](Row& row) { return !pass(stage, row); });
    } else if (const auto* sort = std::get_if<SortStage>(&stage)) {
        sort_rows(*sort, rows);
    } else if (const auto* limit = std::get_if<LimitStage>(&stage)) {
        if (rows.size() > limit->rows) rows.resize(limit->rows);
    } else if (const auto* dedup = std::get_if<DedupStage>(&stage)) {
        dedup_rows(*dedup, rows);
    } else if (const auto* stats = std::get_if<StatsStage>(&stage)) {
        Grouping grouping(*stats);
        for (const auto& row : rows) TRY(grouping.add(row));
        rows = grouping.rows();
    }
    return {};
}

/// Which columns a result has: what display says, else what stats makes and fields adds.
std::vector<std::string> shown_columns(const Query& query) {
    std::vector<std::string> columns;
    const auto add = [&](const std::vector<Column>& more) {
        for (const auto& column : more) {
            if (std::ranges::find(columns, column.name) == columns.end())
                columns.push_back(column.name);
        }
    };
    for (const auto& stage : query.stages) {
        if (const auto* fields = std::get_if<FieldsStage>(&stage)) {
            if (fields->only) columns.clear();
            add(fields->columns);
        } else if (const auto* stats = std::get_if<StatsStage>(&stage)) {
            columns.clear();
            add(stats->by);
            add(stats->aggregates);
        }
    }
    if (columns.empty()) columns = {"@timestamp", "@message"};
    return columns;
}

class Run {
public:
    Run(const Query& query, const QueryScope& scope, const std::atomic<bool>& stop)
        : query_(query), scope_(scope), stop_(stop) {
        while (first_ < query.stages.size() && is_streaming(query.stages[first_])) ++first_;
        const Stage* at = first_ < query.stages.size() ? &query.stages[first_] : nullptr;
        if (const auto* stats = at != nullptr ? std::get_if<StatsStage>(at) : nullptr)
            grouping_.emplace(*stats);
        const auto* limit = at != nullptr ? std::get_if<LimitStage>(at) : nullptr;
        // Newest first is the order without a sort: then no stream needs to be read further than
        // that.
        if (at == nullptr) enough_ = scope.limit;
        if (limit != nullptr) enough_ = limit->rows;
    }

    Result<QueryResult> run(store::Tx& tx) {
        for (const auto& group : scope_.groups) {
            for (auto& stream : TRY(streams.all(tx, {group.account, group.region, group.name}))) {
                names_.push_back(std::make_unique<std::string>(std::move(stream.name)));
                TRY(read(tx, group, *names_.back()));
            }
        }
        std::size_t next = first_;
        if (grouping_) {
            rows_ = grouping_->rows();
            ++next;
        } else {
            std::ranges::stable_sort(
                rows_, [](const Row& a, const Row& b) { return b.position() < a.position(); });
        }
        for (; next < query_.stages.size(); ++next) TRY(apply(query_.stages[next], rows_));
        if (rows_.size() > scope_.limit) rows_.resize(scope_.limit);
        return show();
    }

private:
    Result<void> read(store::Tx& tx, const Group& group, const std::string& stream) {
        std::size_t here = 0;
        Result<void> outcome;
        const Range range{{scope_.from_ms, 0}, {scope_.to_ms + 1, 0}, store::Direction::backward};
        TRY(scan_events(tx, group, stream, range, [&](const EventView& event) {
            ++result_.scanned;
            result_.bytes += event.message.size();
            Row row(group, stream, event);
            for (std::size_t i = 0; i < first_; ++i) {
                if (!pass(query_.stages[i], row))
                    return stop_ ? store::Step::stop : store::Step::next;
            }
            ++result_.matched;
            if (grouping_) {
                outcome = grouping_->add(row);
            } else {
                rows_.push_back(std::move(row));
                if (rows_.size() > rows_held_max)
                    outcome = fail(Domain::config, "TooLarge", "too many rows");
            }
            return !outcome || stop_ || ++here >= enough_ ? store::Step::stop : store::Step::next;
        }));
        return outcome;
    }

    QueryResult show() {
        const auto columns = shown_columns(query_);
        for (const auto& row : rows_) {
            auto& line = result_.rows.emplace_back();
            for (const auto& name : columns) {
                const Value value = row.field(name);
                if (value.present()) line.emplace_back(name, value.as_text());
            }
            if (row.is_event()) line.emplace_back("@ptr", row.pointer());
        }
        return std::move(result_);
    }

    const Query& query_;
    const QueryScope& scope_;
    const std::atomic<bool>& stop_;
    std::size_t first_ = 0;  // The first stage that needs more than one row.
    std::size_t enough_ = std::numeric_limits<std::size_t>::max();
    std::optional<Grouping> grouping_;
    std::vector<std::unique_ptr<std::string>> names_;  // Of streams; rows point to them.
    std::vector<Row> rows_;
    QueryResult result_;
};

}  // namespace

Result<QueryResult> run_query(store::Tx& tx, const Query& query, const QueryScope& scope,
                              const std::atomic<bool>& stop) {
    return Run(query, scope, stop).run(tx);
}

}  // namespace stormglass::logs
