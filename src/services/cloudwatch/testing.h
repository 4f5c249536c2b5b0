// For tests of CloudWatch: topics that remember what was published.
#pragma once

#include <vector>

#include "services/sns/publish_door.h"

namespace stormglass::cloudwatch {

class RecordedTopics final : public sns::PublishDoor {
public:
    Result<std::string> publish_as_service(wire::Request&,
                                           const sns::ServiceNotice& notice) override {
        sent.push_back(notice);
        return "id";
    }
    std::vector<sns::ServiceNotice> sent;
};

}  // namespace stormglass::cloudwatch
