// Chance from a seed: the same everywhere and always, unlike std::uniform_int_distribution.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace stormglass::sim {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    /// In [0, bound); bound > 0.
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    /// In [from, to].
    std::int64_t between(std::int64_t from, std::int64_t to) {
        return from + static_cast<std::int64_t>(below(static_cast<std::size_t>(to - from + 1)));
    }
    /// Once in `of` times; never when `of` is 0.
    bool once_in(std::size_t of) { return of != 0 && below(of) == 0; }
    template <class Container>
    const auto& one_of(const Container& all) {
        auto at = all.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(all.size())));
        return *at;
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace stormglass::sim
