// Mistakes on purpose, so that a test can show that the simulation would find them.
#pragma once

#include "substrate/instances.h"

namespace stormglass::sim {

enum class Sabotage {
    none,
    instances_stay,   // The substrate says that it removed an instance, and did not.
    writes_are_lost,  // The store says that a write is durable, and it is not.
    a_reconciler_sleeps,
};

/// Forgets to remove.
class KeepingInstances final : public substrate::Instances {
public:
    explicit KeepingInstances(substrate::Instances& inner) : inner_(inner) {}

    Result<substrate::InstanceState> launch(const substrate::InstanceSpec& spec) override {
        return inner_.launch(spec);
    }
    Result<substrate::InstanceState> observe(const std::string& id) override {
        return inner_.observe(id);
    }
    Result<void> halt(const std::string& id, substrate::Halt how,
                      std::chrono::milliseconds grace) override {
        return inner_.halt(id, how, grace);
    }
    Result<void> remove(const std::string&) override { return {}; }
    Result<std::vector<std::string>> list() override { return inner_.list(); }
    Result<std::string> console(const std::string& id) override { return inner_.console(id); }
    Result<substrate::ResourceUsage> usage(const std::string& id) override {
        return inner_.usage(id);
    }
    Result<void> forget(const std::string&) override { return {}; }
    Result<void> remove_everything() override { return inner_.remove_everything(); }

private:
    substrate::Instances& inner_;
};

}  // namespace stormglass::sim
