// Making an instance from another's data: what the caller leaves out is as it was there.
#pragma once

#include "api/rds.h"
#include "services/rds/records.h"

namespace stormglass::rds {

/// An instance like this one, as if it were asked for anew: to be changed by what the caller says.
api::CreateDBInstanceInput as_it_was(const Instance& source);

template <class T>
void prefer(T& to, const std::optional<typename T::value_type>& given) {
    if (given) to = *given;
}

}  // namespace stormglass::rds
