// `stormglass instance-init`: what the daemon starts for each instance. It makes the instance's
// namespaces, builds its root and stays inside as process 1.
#pragma once

namespace stormglass::substrate {

/// Takes no arguments: BootConfig on stdin, descriptors as in boot_config.h. Returns the exit
/// status of the process, once as the short-lived maker of the namespaces and once as process 1 in
/// them.
int run_instance_init(int argc, char** argv);

}  // namespace stormglass::substrate
