// Export tasks: events of a group, written to a bucket as compressed files, a task after the other.
#pragma once

#include "services/common/object_delivery.h"
#include "services/common/reconciler.h"
#include "services/logs/records.h"

namespace stormglass::logs {

struct ExportTask {
    std::string id, name, account, region, group, stream_prefix, bucket, prefix;
    std::int64_t from_ms = 0, to_ms = 0, created_ms = 0, completed_ms = 0;
    std::string status;  // PENDING, RUNNING, COMPLETED, CANCELLED, FAILED.
    std::string message;
};
STORMGLASS_JSON(ExportTask, id, name, account, region, group, stream_prefix, bucket, prefix,
                from_ms, to_ms, created_ms, completed_ms, status, message)
/// Key: {account, region, id}.
inline constexpr store::Table<ExportTask> export_tasks{"logs/export-task"};

class Exports final : public services::Reconciler {
public:
    Exports(store::Store& store, const base::Clock& clock, services::ObjectDelivery& delivery)
        : store_(store), clock_(clock), delivery_(delivery) {}
    std::string_view name() const override { return "logs-exports"; }
    Result<base::Millis> reconcile() override;

private:
    Result<void> write_out(const ExportTask& task);
    Result<void> write_stream(const ExportTask& task, const Group& group,
                              const std::string& stream);
    Result<void> deliver(const ExportTask& task, const std::string& key, std::string body);
    /// False: it was cancelled meanwhile.
    Result<bool> set_status(ExportTask& task, const std::string& status,
                            const std::string& message);

    store::Store& store_;
    const base::Clock& clock_;
    services::ObjectDelivery& delivery_;
};

}  // namespace stormglass::logs
