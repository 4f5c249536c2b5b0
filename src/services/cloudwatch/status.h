// The alarms of `stormglass status`.
#pragma once

#include "services/common/ports.h"

namespace stormglass::cloudwatch {

class AlarmsStatus final : public services::StatusSource {
public:
    std::string_view status_key() const override { return "alarms"; }
    Result<base::Json> status(store::Tx& tx) override;
};

}  // namespace stormglass::cloudwatch
