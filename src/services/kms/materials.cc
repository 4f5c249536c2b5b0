#include "services/kms/materials.h"

#include "base/strings.h"

namespace stormglass::kms {
namespace {

constexpr std::size_t material_bytes = 32, material_id_digits = 64;

std::string purpose(const std::string& key_id) { return "kms:" + key_id; }

}  // namespace

Result<Material> Materials::make(const std::string& key_id, base::Time now,
                                 std::string rotation) const {
    Material material;
    material.id = random_.hex(material_id_digits);
    material.wrapped =
        base::base64_encode(TRY(ring_.wrap(purpose(key_id), random_.bytes(material_bytes))));
    material.created = now;
    material.rotation = std::move(rotation);
    return material;
}

Result<std::string> Materials::open(const Key& key, std::size_t generation) const {
    if (generation >= key.materials.size()) {
        return fail(Domain::store, "NoMaterial", "key " + key.id + " has no such material");
    }
    return ring_.unwrap(purpose(key.id),
                        TRY(base::base64_decode(key.materials[generation].wrapped)));
}

}  // namespace stormglass::kms
