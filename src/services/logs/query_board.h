// The queries that were started, and how they fare. In memory: a restart forgets them (AWS keeps
// them for days).
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "services/common/reconciler.h"
#include "services/logs/query_run.h"

namespace stormglass::logs {

struct QueryJob {
    std::string id, text, account, region;
    Query query;
    QueryScope scope;
    base::Time created{};
    std::atomic<bool> stop = false;
    // What follows is guarded by the board.
    std::string status = "Scheduled";  // Running, Complete, Failed, Cancelled.
    std::string problem;
    QueryResult result;
};

/// Thread-safe.
class QueryBoard {
public:
    static constexpr std::size_t jobs_max = 100, waiting_max = 30;

    /// False: too many wait already.
    bool add(std::shared_ptr<QueryJob> job);
    std::shared_ptr<QueryJob> find(const std::string& account, const std::string& region,
                                   const std::string& id);
    std::vector<std::shared_ptr<QueryJob>> all(const std::string& account,
                                               const std::string& region);
    /// False: it is over already.
    bool cancel(QueryJob& job);
    /// The next that waits, now Running; null when there is none.
    std::shared_ptr<QueryJob> take();
    void finish(QueryJob& job, Result<QueryResult> outcome);
    template <class Look>
    auto look(const QueryJob& job, Look look) {
        const std::lock_guard guard(mutex_);
        return look(job);
    }

private:
    std::mutex mutex_;
    std::deque<std::shared_ptr<QueryJob>> jobs_;
};

/// Runs them, one after the other.
class QueryRunner final : public services::Reconciler {
public:
    QueryRunner(store::Store& store, QueryBoard& board) : store_(store), board_(board) {}
    std::string_view name() const override { return "logs-queries"; }
    Result<base::Millis> reconcile() override;

private:
    store::Store& store_;
    QueryBoard& board_;
};

}  // namespace stormglass::logs
