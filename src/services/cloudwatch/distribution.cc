#include "services/cloudwatch/distribution.h"

#include <algorithm>
#include <cmath>

#include "services/cloudwatch/packed.h"

namespace stormglass::cloudwatch {
namespace {

constexpr double least = 1e-12;        // Nearer to zero is zero, once values are rounded.
constexpr double index_offset = 1400;  // Makes the index of the least positive value positive.

/// Merges neighbours of equal value; `pairs` are in order.
void join(std::vector<ValueCount>& pairs) {
    std::size_t kept = 0;
    for (const ValueCount& pair : pairs) {
        if (kept > 0 && pairs[kept - 1].value == pair.value) {
            pairs[kept - 1].count += pair.count;
        } else {
            pairs[kept++] = pair;
        }
    }
    pairs.resize(kept);
}

/// Rounded values have numbers: 0 for zero, then by size; odd ones are negative.
std::uint64_t number_of(double value) {
    static const double log_growth = std::log(Distribution::growth);
    const double size = std::abs(value);
    if (size < least) return 0;
    const double index = std::ceil(std::log(size) / log_growth) + index_offset;
    return static_cast<std::uint64_t>(index) * 2 + (value < 0 ? 1 : 0);
}

double value_of(std::uint64_t number) {
    static const double log_growth = std::log(Distribution::growth);
    if (number == 0) return 0;
    const double index = static_cast<double>(number / 2) - index_offset;
    const double size = 2 * std::exp(index * log_growth) / (1 + Distribution::growth);
    return number % 2 == 1 ? -size : size;
}

}  // namespace

double rounded(double value) { return value_of(number_of(value)); }

void Distribution::add(double value, double count) {
    if (rounded_) value = rounded(value);
    const auto at = std::ranges::lower_bound(pairs_, value, {}, &ValueCount::value);
    if (at != pairs_.end() && at->value == value) {
        at->count += count;
        return;
    }
    pairs_.insert(at, {value, count});
    bound();
}

void Distribution::add(const Distribution& other) {
    if (other.pairs_.size() == 1) return add(other.pairs_[0].value, other.pairs_[0].count);
    if (other.empty()) return;
    std::vector<ValueCount> theirs = other.pairs_;
    if (rounded_ && !other.rounded_) {
        for (auto& pair : theirs) pair.value = rounded(pair.value);
    } else if (!rounded_ && other.rounded_) {
        for (auto& pair : pairs_) pair.value = rounded(pair.value);
        rounded_ = true;
    }
    const auto middle = static_cast<std::ptrdiff_t>(pairs_.size());
    pairs_.insert(pairs_.end(), theirs.begin(), theirs.end());
    std::inplace_merge(pairs_.begin(), pairs_.begin() + middle, pairs_.end(),
                       [](const auto& a, const auto& b) { return a.value < b.value; });
    join(pairs_);
    bound();
}

void Distribution::bound() {
    if (!rounded_ && pairs_.size() > exact_max) {
        rounded_ = true;
        for (auto& pair : pairs_) pair.value = rounded(pair.value);
        join(pairs_);
    }
    if (pairs_.size() <= pairs_max) return;
    const auto excess = static_cast<std::ptrdiff_t>(pairs_.size() - pairs_max);
    for (std::ptrdiff_t i = 0; i < excess; ++i) {
        pairs_[static_cast<std::size_t>(excess)].count += pairs_[static_cast<std::size_t>(i)].count;
    }
    pairs_.erase(pairs_.begin(), pairs_.begin() + excess);
}

void Distribution::encode(std::string& to) const {
    std::string body;
    pack(body, static_cast<std::uint64_t>(rounded_));
    for (const auto& pair : pairs_) {
        if (rounded_) {
            pack(body, number_of(pair.value));
        } else {
            pack(body, pair.value);
        }
        const auto whole = static_cast<std::uint64_t>(pair.count);
        const bool is_whole = static_cast<double>(whole) == pair.count;
        // An odd number says that a count in full follows, an even one is twice the count.
        pack(body, is_whole ? whole * 2 : 1);
        if (!is_whole) pack(body, pair.count);
    }
    pack(to, static_cast<std::uint64_t>(body.size()));
    to += body;
}

void Distribution::skip(std::string_view& from) {
    const std::size_t size = unpack_integer(from);
    from.remove_prefix(std::min(size, from.size()));
}

Distribution Distribution::decode(std::string_view& from) {
    Distribution all;
    const std::size_t size = unpack_integer(from);
    std::string_view body = from.substr(0, size);
    from.remove_prefix(body.size());
    all.rounded_ = unpack_integer(body) != 0;
    while (!body.empty()) {
        const double value = all.rounded_ ? value_of(unpack_integer(body)) : unpack_double(body);
        const std::uint64_t count = unpack_integer(body);
        all.pairs_.push_back(
            {value, count % 2 == 1 ? unpack_double(body) : static_cast<double>(count / 2)});
    }
    return all;
}

}  // namespace stormglass::cloudwatch
