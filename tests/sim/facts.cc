#include "facts.h"

namespace stormglass::sim {
namespace {
constexpr std::size_t names = 4;
}

void Facts::write() {
    const std::string name = fmt::format("/sim/{}", world_.dice.below(names));
    auto& possible = possible_[name];
    if (possible.empty()) possible.insert(std::nullopt);
    if (world_.dice.once_in(5)) {
        possible.insert(std::nullopt);
        const auto answer = world_.json("ssm", "AmazonSSM.DeleteParameter", {{"Name", name}});
        if (answer.ok() || answer.code() == "ParameterNotFound") possible = {std::nullopt};
        return;
    }
    const std::string value = std::to_string(++written_);
    possible.insert(value);
    const bool secret = name.ends_with("0");
    const auto answer = world_.json("ssm", "AmazonSSM.PutParameter",
                                    {{"Name", name},
                                     {"Value", value},
                                     {"Overwrite", true},
                                     {"Type", secret ? "SecureString" : "String"}});
    if (answer.ok()) possible = {value};
}

void Facts::check() {
    for (auto& [name, possible] : possible_) {
        const auto answer = world_.json("ssm", "AmazonSSM.GetParameter",
                                        {{"Name", name}, {"WithDecryption", true}});
        Value value;
        if (answer.ok()) value = answer.json().at("Parameter").at("Value").get<std::string>();
        if (!possible.contains(value)) {
            world_.complain(fmt::format("parameter {} is {}, which was never the last written",
                                        name, value.value_or("absent")));
        }
        possible = {value};
    }
}

}  // namespace stormglass::sim
