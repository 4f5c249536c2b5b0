// What holds for every operation's input: a member that we do not act on is refused by name, and a
// dry run ends before anything is changed.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/result.h"

namespace stormglass::ec2 {

/// `supported` names the members of the operation's input (as the model spells them) that the
/// handler acts on. Any other member is an UnsupportedOperation unless it says nothing: absent,
/// empty, zero or false (which clients like to send). Then, if DryRun is set: DryRunOperation.
Result<void> check_input(std::string_view operation, const void* input,
                         std::initializer_list<std::string_view> supported);

/// The same for a structure inside an input: `name` is the member's, for the message; `path` leads
/// from the input's shape to the structure's ("LaunchTemplateData", "NetworkInterfaces").
Result<void> check_nested(std::string_view operation, std::string_view path, const void* object,
                          std::initializer_list<std::string_view> supported);

}  // namespace stormglass::ec2
