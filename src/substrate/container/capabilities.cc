// Capabilities kept in an instance: those of a usual container, less MKNOD. NET_ADMIN is not among
// them, since the instance's addresses and routes belong to its network interface, not to it.
#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <memory>

#include "substrate/container/confinement.h"

namespace stormglass::substrate {
namespace {

constexpr std::array<cap_value_t, 13> kept = {
    CAP_AUDIT_WRITE,      CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,  CAP_KILL,
    CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SETFCAP,      CAP_SETGID, CAP_SETPCAP, CAP_SETUID,
    CAP_SYS_CHROOT};

}  // namespace

Result<void> drop_capabilities() {
    for (cap_value_t value = 0; ::cap_get_bound(value) >= 0; ++value) {
        if (std::ranges::find(kept, value) != kept.end()) continue;
        if (::cap_drop_bound(value) != 0)
            return fail_errno("drop a capability from the bounding set");
    }
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
        return fail_errno("clear ambient capabilities");
    }
    const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> set(::cap_init(),
                                                                            &::cap_free);
    for (const cap_flag_t flag : {CAP_EFFECTIVE, CAP_PERMITTED}) {
        ::cap_set_flag(set.get(), flag, kept.size(), kept.data(), CAP_SET);
    }
    if (::cap_set_proc(set.get()) != 0) return fail_errno("set capabilities");
    return {};
}

}  // namespace stormglass::substrate
