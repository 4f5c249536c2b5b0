// The load of a game day: readers and writers, each request a new connection as of a new visitor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/gameday/sample.h"
#include "app/gameday/script.h"

namespace stormglass::gameday {

/// Where the load goes: the balancer's own name, at the front door's port on loopback.
struct Target {
    std::string host;
    int port = 443;
    std::string ca_file;  // Empty: the certificate is not checked (the stack's is self-signed).
};

/// Starts its threads at once. Thread-safe; ends its threads when destroyed.
class LoadRun {
public:
    LoadRun(const Load& load, const Target& target);
    ~LoadRun();
    LoadRun(const LoadRun&) = delete;
    LoadRun& operator=(const LoadRun&) = delete;

    double seconds() const;  // Since it began.
    /// Waits for the requests in flight and gives all samples, by time.
    std::vector<Sample> finish();
    /// Of these ids, those that are not there: each is written once more, and who answers "200, was there already"
    /// kept it, while "201, added" had lost it.
    Result<std::vector<std::string>> missing(const std::vector<std::string>& ids) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace stormglass::gameday
