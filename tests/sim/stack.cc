#include "stack.h"

namespace stormglass::sim {

std::string Stack::id(const std::string& name) const {
    const auto known = known_.find(name);
    return known == known_.end() ? std::string() : known->second;
}

Answer Stack::ask(const std::string& service, const std::string& action, const Params& params) {
    return world_.query(service, action, params);
}

Progress Stack::act(const std::string& service, const std::string& action, const Params& params) {
    const auto answer = ask(service, action, params);
    if (answer.ok()) return Progress::changed;
    last_refusal_ = action + ": " + answer.body();
    return Progress::waiting;
}

Progress Stack::make(const std::string& name, const std::string& service, const std::string& action,
                     const Params& params, const char* path) {
    const auto answer = ask(service, action, params);
    if (answer.ok()) {
        known_[name] = answer.text(path);
        return Progress::changed;
    }
    last_refusal_ = action + ": " + answer.body();
    return Progress::waiting;
}

Progress Stack::unmake(const std::string& name, const std::string& service,
                       const std::string& action, const Params& params) {
    const auto known = known_.find(name);
    const std::string before = known == known_.end() ? std::string() : known->second;
    known_.erase(name);  // From here on either is right.
    verified_.erase(name);
    const auto outcome = act(service, action, params);
    if (outcome != Progress::changed && !before.empty()) known_[name] = before;
    return outcome;
}

bool Stack::found(const std::string& name, const std::string& id) {
    const auto known = known_.find(name);
    if (known != known_.end() && known->second != id) {
        world_.complain(
            fmt::format("{} {} was acknowledged; now there is '{}'", name, known->second, id));
    }
    if (id.empty()) {
        known_.erase(name);
        return false;
    }
    known_[name] = id;
    verified_.insert(name);
    return true;
}

Progress Stack::tagged(const Named& part, Params params) {
    if (verified_.contains(part.name)) return Progress::done;
    const auto answer =
        ask("ec2", part.describe, {{"Filter.1.Name", "tag:Name"}, {"Filter.1.Value.1", part.name}});
    if (found(part.name, answer.text(part.path.c_str()))) return Progress::done;
    params.push_back({"TagSpecification.1.ResourceType", part.type});
    params.push_back({"TagSpecification.1.Tag.1.Key", "Name"});
    params.push_back({"TagSpecification.1.Tag.1.Value", part.name});
    return make(part.name, "ec2", part.create, params, part.create_path.c_str());
}

void Stack::want_nothing() {
    wanted.network = wanted.balancer = wanted.group = wanted.database = false;
}

void Stack::change_mind() {
    auto& dice = world_.dice;
    constexpr std::size_t desired_max = 4;
    switch (dice.below(10)) {
        case 0:
        case 1:
        case 2:
            wanted.desired = dice.below(desired_max + 1);
            break;
        case 3:
            wanted.multi_az = !wanted.multi_az;
            break;
        case 4:
            wanted.database = !wanted.database;
            break;
        case 5:
            wanted.group = !wanted.group;
            break;
        case 6:
            wanted.balancer = !wanted.balancer;
            break;
        case 7:
            wanted.password = fmt::format("Corr3ct-Horse-{}", dice.below(1000));
            break;
        default: {
            const std::string port = std::to_string(8080 + dice.below(4));
            if (wanted.ports.erase(port) == 0) wanted.ports.insert(port);
            verified_.erase("sim-ports");
        }
    }
    world_.trace.add(fmt::format(
        "wish: desired {} group {} balancer {} database {} multi-az {} ports {}", wanted.desired,
        wanted.group, wanted.balancer, wanted.database, wanted.multi_az, wanted.ports.size()));
}

Progress Stack::step() {
    if (stepping_) return Progress::waiting;
    struct Under {  // Ends with a crash too.
        explicit Under(bool& flag_) : flag(flag_) { flag = true; }
        ~Under() { flag = false; }
        bool& flag;
    };
    const Under under(stepping_);
    return look_and_act();
}

Progress Stack::look_and_act() {
    using Part = Progress (Stack::*)();
    std::vector<Part> parts;
    if (wanted.network) parts.push_back(&Stack::keep_network);
    parts.push_back(wanted.balancer ? &Stack::keep_balancer : &Stack::remove_balancer);
    parts.push_back(wanted.group ? &Stack::keep_group : &Stack::remove_group);
    parts.push_back(wanted.database ? &Stack::keep_database : &Stack::remove_database);
    if (!wanted.network) {
        parts.push_back(&Stack::remove_instances);
        parts.push_back(&Stack::remove_target_group);
        parts.push_back(&Stack::remove_network);
    }
    Progress outcome = Progress::done;
    for (const auto part : parts) {
        const auto progress = (this->*part)();
        if (progress == Progress::changed) return progress;
        if (progress == Progress::waiting) outcome = progress;
        // Nothing stands without its network; it goes last, when nothing else is there.
        const bool blocked = part == &Stack::keep_network || part == &Stack::remove_database;
        if (outcome == Progress::waiting && (blocked || !wanted.network)) return outcome;
    }
    return outcome;
}

}  // namespace stormglass::sim
