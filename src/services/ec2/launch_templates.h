// Launch templates as RunInstances (and others) resolve them.
#pragma once

#include "services/ec2/access.h"

namespace stormglass::ec2 {

struct TemplateName {
    std::optional<std::string> id, name;
};
Result<LaunchTemplate> find_template(wire::Request& request, const TemplateName& name);
/// `version`: a number, "$Latest" or "$Default"; empty means the default.
Result<LaunchTemplateVersion> find_version(wire::Request& request, const LaunchTemplate& one,
                                           const std::string& version);

/// The members of launch template data that instances here can honour.
Result<void> check_launch_data(std::string_view operation, const api::RequestLaunchTemplateData& data);

}  // namespace stormglass::ec2
