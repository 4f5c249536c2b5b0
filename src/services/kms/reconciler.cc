#include "services/kms/reconciler.h"

#include "wire/request.h"

namespace stormglass::kms {
namespace {

constexpr base::Millis rest = std::chrono::minutes(1);

bool ends(const Key& key, base::Time now) {
    return key.state == state::pending_deletion && key.deletion_date && *key.deletion_date <= now;
}

bool rotates(const Key& key, base::Time now) {
    return key.state == state::enabled && key.next_rotation && *key.next_rotation <= now;
}

Result<void> erase(store::Tx& tx, const Key& key) {
    keys.erase(tx, {key.account, key.region, key.id});
    TRY(grants.erase_all(tx, {key.account, key.region, key.id}));
    std::vector<std::string> names;
    TRY(aliases.scan(tx, {key.account, key.region}, [&](Alias& alias) {
        if (alias.target == key.id) names.push_back(alias.name);
    }));
    for (const auto& name : names) aliases.erase(tx, {key.account, key.region, name});
    return {};
}

}  // namespace

Result<base::Millis> Reconciler::reconcile() {
    const base::Time now = clock_.now();
    std::vector<Key> due;
    const auto tx = store_.read();
    TRY(keys.scan(*tx, {}, [&](Key& key) {
        if (ends(key, now) || rotates(key, now)) due.push_back(std::move(key));
    }));
    for (const auto& key : due) TRY(bring_up_to_date(key));
    return rest;
}

Result<void> Reconciler::bring_up_to_date(const Key& seen) {
    const base::Time now = clock_.now();
    auto request = wire::make_internal_request(store_, wire::TxMode::write, "kms", seen.account,
                                               seen.region, now);
    if (request == nullptr) return fail(Domain::store, "Busy", "no write transaction for kms");
    auto key = TRY(keys.get(request->tx(), {seen.account, seen.region, seen.id}));
    if (!key) return {};
    std::string text;
    if (ends(*key, now)) {
        TRY(erase(request->tx(), *key));
        text = "deleted, as scheduled";
    } else if (rotates(*key, now)) {
        key->materials.push_back(TRY(materials_.make(key->id, now, "AUTOMATIC")));
        key->next_rotation = now + base::Days{key->rotation_period_days};
        keys.put(request->tx(), {key->account, key->region, key->id}, *key);
        text = "rotated, as scheduled";
    } else {
        return {};
    }
    TRY(request->commit());
    timeline_.add({now, "api", key->id, "KMS key " + key->id + " " + text, key->region});
    return {};
}

}  // namespace stormglass::kms
