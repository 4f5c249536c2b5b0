// Looks at running servers, and remembers for how long something has been wrong with each: silent,
// cut off, its disk refusing, its standby not confirming. A hung server is told from a busy one by
// what its threads do while a question waits: those of a busy one run, or want to.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "substrate/mysql/connection.h"
#include "substrate/mysql/layout.h"
#include "substrate/mysql/reach.h"
#include "substrate/mysql/replication.h"

namespace stormglass::substrate::mysql {

/// Of one server process. One thread at a time.
class Probe {
public:
    using Clock = std::chrono::steady_clock;

    /// Fills `state`, whose `pid` is known; takes a second at most.
    void look(const DatabaseServerSpec& spec, const Layout& layout, DatabaseServerState& state);

private:
    /// When something was last well; nothing while nobody has looked.
    class Since {
    public:
        void well(Clock::time_point now) { at_ = now; }
        std::chrono::milliseconds bad_for(Clock::time_point now) {
            if (!at_) at_ = now;
            return std::chrono::duration_cast<std::chrono::milliseconds>(now - *at_);
        }

    private:
        std::optional<Clock::time_point> at_;
    };

    /// False: no answer. An answer without content (the server refuses us) leaves `answers` false.
    bool ask(const Layout& layout, DatabaseServerState& state);
    bool stands_still() const;
    void look_at_storage(const Layout& layout, DatabaseServerState& state);
    bool storage_takes_writes();
    void look_at_replication(DatabaseServerState& state);

    int pid_ = 0;
    std::unique_ptr<Connection> connection_;
    Reach reach_;
    Since answered_, reached_, stored_, joined_, confirmed_;
    Clock::time_point storage_looked_{};
    bool storage_well_ = true;
    Confirmations now_;  // As the server just told.
    std::int64_t confirmed_before_ = 0;
};

/// Of all servers. Threading: any thread.
class Probes {
public:
    void look(const DatabaseServerSpec& spec, const Layout& layout, DatabaseServerState& state);
    void forget(const std::string& id);

private:
    struct Entry {
        std::mutex mutex;
        Probe probe;
    };
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace stormglass::substrate::mysql
