#include "app/cost/prices.h"

#include <array>
#include <utility>

namespace stormglass::app::cost {
namespace {

using Price = std::pair<std::string_view, double>;

constexpr std::array instances{
    Price{"t2.nano", 0.0058},  Price{"t2.micro", 0.0116},   Price{"t2.small", 0.023},   Price{"t2.medium", 0.0464},
    Price{"t2.large", 0.0928}, Price{"t3.nano", 0.0052},    Price{"t3.micro", 0.0104},  Price{"t3.small", 0.0208},
    Price{"t3.medium", 0.0416}, Price{"t3.large", 0.0832},  Price{"t3.xlarge", 0.1664}, Price{"t3a.nano", 0.0047},
    Price{"t3a.micro", 0.0094}, Price{"t3a.small", 0.0188}, Price{"t3a.medium", 0.0376}, Price{"t3a.large", 0.0752},
    Price{"m5.large", 0.096},  Price{"m5.xlarge", 0.192},   Price{"m6i.large", 0.096},  Price{"m6i.xlarge", 0.192},
    Price{"c5.large", 0.085},  Price{"c5.xlarge", 0.17},    Price{"c6i.large", 0.085},  Price{"c6i.xlarge", 0.17},
    Price{"r5.large", 0.126},  Price{"r5.xlarge", 0.252}};

constexpr std::array databases{
    Price{"db.t3.micro", 0.017},  Price{"db.t3.small", 0.034},   Price{"db.t3.medium", 0.068},
    Price{"db.t3.large", 0.136},  Price{"db.t4g.micro", 0.016},  Price{"db.t4g.small", 0.032},
    Price{"db.t4g.medium", 0.065}, Price{"db.t4g.large", 0.129}, Price{"db.m5.large", 0.171},
    Price{"db.m5.xlarge", 0.342}, Price{"db.m6g.large", 0.152},  Price{"db.r5.large", 0.24}};

constexpr std::array volumes{Price{"gp3", 0.08},  Price{"gp2", 0.10}, Price{"io1", 0.125},
                             Price{"io2", 0.125}, Price{"st1", 0.045}, Price{"sc1", 0.015}, Price{"standard", 0.05}};

template <class Table>
std::optional<double> look_up(const Table& table, std::string_view name) {
    for (const auto& [key, price] : table) {
        if (key == name) return price;
    }
    return std::nullopt;
}

}  // namespace

std::optional<double> instance_price(std::string_view type) { return look_up(instances, type); }
std::optional<double> database_price(std::string_view instance_class) { return look_up(databases, instance_class); }
std::optional<double> volume_price(std::string_view type) { return look_up(volumes, type); }

}  // namespace stormglass::app::cost
