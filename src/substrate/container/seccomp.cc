// The system calls an instance is refused. A list of denials rather than permissions: an instance
// must run any software, and the capabilities already guard most of these; the filter is the second
// wall, above all against user namespaces, which would hand capabilities back.
#include <linux/sched.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "substrate/container/confinement.h"

namespace stormglass::substrate {
namespace {

constexpr const char* refused[] = {
    // The kernel itself.
    "bpf", "create_module", "delete_module", "finit_module", "init_module", "kexec_file_load",
    "kexec_load", "lookup_dcookie", "perf_event_open", "reboot", "syslog", "uselib", "userfaultfd",
    "vm86", "vm86old", "_sysctl", "acct", "nfsservctl", "query_module", "get_kernel_syms", "iopl",
    "ioperm", "swapon", "swapoff", "quotactl", "quotactl_fd", "io_uring_setup", "io_uring_enter",
    "io_uring_register",
    // Mounts and namespaces.
    "mount", "umount", "umount2", "pivot_root", "move_mount", "open_tree", "mount_setattr",
    "fsconfig", "fsmount", "fsopen", "fspick", "setns", "unshare", "name_to_handle_at",
    "open_by_handle_at", "fanotify_init",
    // Keys, which namespaces do not divide.
    "add_key", "keyctl", "request_key",
    // Clocks, memory placement, other processes' insides.
    "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64", "settimeofday", "stime",
    "adjtimex", "mbind", "migrate_pages", "move_pages", "set_mempolicy", "kcmp", "process_vm_readv",
    "process_vm_writev",
    // Legacy interfaces with a history of holes.
    "sysfs", "ustat"};

constexpr unsigned long namespace_flags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;

using Filter = std::unique_ptr<void, void (*)(void*)>;

Result<void> check(int result, const std::string& step) {
    if (result >= 0) return {};
    errno = -result;
    return fail_errno("seccomp: " + step);
}

/// clone() may not make namespaces; clone3() hides its flags from the filter, so it is said not to
/// exist, and the C library falls back to clone().
Result<void> refuse_namespaces(const Filter& filter) {
    for (unsigned long flag = 1; flag != 0 && flag <= namespace_flags; flag <<= 1) {
        if ((flag & namespace_flags) == 0) continue;
        TRY(check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                     SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag)),
                  "clone"));
    }
    return check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0),
                 "clone3");
}

/// TIOCSTI types into a terminal that may be the operator's, through `stormglass shell`.
Result<void> refuse_terminal_input(const Filter& filter) {
    constexpr unsigned long tiocsti = 0x5412;
    constexpr unsigned long low_half = 0xffffffff;  // The kernel looks at no more than this.
    return check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                                    SCMP_A1(SCMP_CMP_MASKED_EQ, low_half, tiocsti)),
                 "ioctl");
}

}  // namespace

Result<void> restrict_system_calls() {
    const Filter filter(::seccomp_init(SCMP_ACT_ALLOW), &::seccomp_release);
    if (!filter) return fail(Domain::system, "seccomp", "seccomp cannot be used");
    // Set-user-id programs must keep working; the caller still has CAP_SYS_ADMIN.
    TRY(check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0), "no_new_privs"));
    // A foreign architecture's calls would pass by another table: none is admitted but ours.
    TRY(check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
              "other architectures"));
    for (const char* name : refused) {
        const int number = ::seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR)
            continue;  // Unknown to this library, so to this kernel's age.
        TRY(check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), number, 0), name));
    }
    TRY(refuse_namespaces(filter));
    TRY(refuse_terminal_input(filter));
    return check(::seccomp_load(filter.get()), "load");
}

Result<void> confine() {
    // Without this, root inside could open the program of init through /proc/1/exe.
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail_errno("hide /proc/self");
    TRY(restrict_system_calls());
    return drop_capabilities();
}

}  // namespace stormglass::substrate
