// Which of the eligible targets takes the next request: one file per algorithm. A policy belongs to
// one worker thread and one target group, and lives as long as their configuration.
#pragma once

#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "planes/lb/snapshot.h"

namespace stormglass::lb {

/// Not for secrets: only for spreading load.
using FastRandom = std::minstd_rand;

class Policy {
public:
    virtual ~Policy() = default;
    /// `eligible` is never empty.
    virtual const Target* pick(const std::vector<const Target*>& eligible) = 0;
};

std::unique_ptr<Policy> make_round_robin(unsigned start);
std::unique_ptr<Policy> make_least_outstanding(unsigned start);
std::unique_ptr<Policy> make_weighted_random(FastRandom& random);

/// By the API's name; round robin for names it does not know.
std::unique_ptr<Policy> make_policy(std::string_view algorithm, FastRandom& random);

}  // namespace stormglass::lb
