#include "services/autoscaling/time_zone.h"

#include <algorithm>

#include "base/file.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::string_view zones_folder = "/usr/share/zoneinfo/";
constexpr std::size_t header_size = 44, counts_at = 20;
constexpr std::size_t type_size = 6, leap_size_extra = 4;
constexpr std::int64_t day_seconds = 86400;

/// Big endian, signed, of 1, 4 or 8 bytes.
std::int64_t number(std::string_view data, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value = value << 8 | static_cast<unsigned char>(data[at + i]);
    }
    const std::size_t unused = 64 - 8 * size;
    return static_cast<std::int64_t>(value << unused) >> unused;
}

/// The six counts of a TZif header.
struct Counts {
    std::size_t is_utc, is_standard, leaps, moments, types, letters;

    static Counts read(std::string_view data, std::size_t header) {
        const auto at = [&](std::size_t i) {
            return static_cast<std::size_t>(number(data, header + counts_at + 4 * i, 4));
        };
        return {at(0), at(1), at(2), at(3), at(4), at(5)};
    }
    std::size_t size(std::size_t moment_size) const {
        return moments * (moment_size + 1) + types * type_size + letters +
               leaps * (moment_size + leap_size_extra) + is_standard + is_utc;
    }
};

bool is_zone_name(std::string_view name) {
    const auto allowed = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '_' ||
               c == '+' || c == '-';
    };
    return !name.empty() && name.front() != '/' && std::ranges::all_of(name, allowed);
}

}  // namespace

Result<TimeZone> TimeZone::parse(std::string_view data) {
    const auto bad = [] { return fail(Domain::system, "BadZone", "not a time zone file"); };
    if (data.size() < header_size || !data.starts_with("TZif")) return bad();
    std::size_t header = 0, moment_size = 4;
    if (data[4] >= '2') {  // A second part with 64 bits follows.
        header = header_size + Counts::read(data, 0).size(4);
        moment_size = 8;
        if (data.size() < header + header_size) return bad();
    }
    const Counts counts = Counts::read(data, header);
    std::size_t at = header + header_size;
    if (counts.types == 0 || data.size() < at + counts.size(moment_size)) return bad();
    const std::size_t indexes = at + counts.moments * moment_size;
    const std::size_t types = indexes + counts.moments;
    const auto offset_of = [&](std::size_t type) {
        return number(data, types + std::min(type, counts.types - 1) * type_size, 4);
    };
    TimeZone zone;
    zone.first_offset_ = offset_of(0);
    for (std::size_t i = 0; i < counts.moments; ++i) {
        zone.moments_.push_back(number(data, at + i * moment_size, moment_size));
        zone.offsets_.push_back(offset_of(static_cast<unsigned char>(data[indexes + i])));
    }
    return zone;
}

Result<TimeZone> TimeZone::load(const std::string& name) {
    if (name == "UTC" || name == "Etc/UTC") return TimeZone{};
    if (!is_zone_name(name)) return fail(Domain::system, "BadZone", "not a name: " + name);
    const auto data = TRY(base::read_file(std::string(zones_folder) + name));
    return parse(data);
}

std::int64_t TimeZone::offset_at(std::int64_t utc) const {
    const auto after = std::upper_bound(moments_.begin(), moments_.end(), utc);
    if (after == moments_.begin()) return first_offset_;
    return offsets_[static_cast<std::size_t>(after - moments_.begin()) - 1];
}

std::int64_t TimeZone::to_utc(std::int64_t local) const {
    const std::int64_t before = offset_at(local - day_seconds);
    const std::int64_t after = offset_at(local + day_seconds);
    for (const auto offset : {std::max(before, after), std::min(before, after)}) {
        if (offset_at(local - offset) == offset) return local - offset;
    }
    return local - before;
}

}  // namespace stormglass::autoscaling
