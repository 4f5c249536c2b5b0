// One seed's life: a time of troubles, in which a scheduler chooses what happens next, then peace,
// in which everything must come to rest as it is wanted; then the same again while all is deleted.
#pragma once

#include "database_client.h"
#include "facts.h"
#include "invariants.h"
#include "stack.h"
#include "world.h"

namespace stormglass::sim {

struct Outcome {
    bool ok = true;
    std::string problem;  // The first.
    std::string trace;    // Its end.
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed, Sabotage sabotage = Sabotage::none);

    Outcome run();
    World& world() { return world_; }
    Stack& stack() { return stack_; }

private:
    // Each returns false when something is wrong; problem_ says what.
    bool troubles(std::size_t steps);
    bool settle(std::string_view when, Problems (*wrong)(World&));
    bool check_always();

    void choose_odds();
    void one_step();
    void something_else();
    void call_api();
    void disaster();
    void end_instance();
    void trouble_a_database();
    void advance();
    std::string some_instance();

    World world_;
    Stack stack_;
    Facts facts_;
    DatabaseClient database_client_;
    std::string problem_;
    Odds odds_;                  // While there is trouble.
    std::size_t disasters_ = 0;  // Once in so many steps.
    std::size_t kills_ = 0;
};

}  // namespace stormglass::sim
