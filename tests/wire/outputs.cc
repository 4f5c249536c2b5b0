// Every service's model, and an empty output of any operation by name: the daemon never needs one
// without knowing its type, so this table is generated for the tests alone (codegen/generate.py,
// _outputs.inc).
#include "outputs.h"

#include <span>

#include "api/acm.h"
#include "api/autoscaling.h"
#include "api/cloudwatch.h"
#include "api/dynamodb.h"
#include "api/ec2.h"
#include "api/elbv2.h"
#include "api/fis.h"
#include "api/iam.h"
#include "api/kms.h"
#include "api/logs.h"
#include "api/rds.h"
#include "api/s3.h"
#include "api/sns.h"
#include "api/ssm.h"
#include "api/sts.h"

namespace stormglass {
namespace {

struct Maker {
    std::string_view operation;
    std::shared_ptr<void> (*make)();
};

template <class T>
std::shared_ptr<void> make() {
    return std::make_shared<T>();
}

}  // namespace

#define OUTPUT(name) {#name, &make<api::name##Output>},
namespace acm {
const Maker makers[] = {
#include "api/acm_outputs.inc"
};
}  // namespace acm
namespace autoscaling {
const Maker makers[] = {
#include "api/autoscaling_outputs.inc"
};
}  // namespace autoscaling
namespace cloudwatch {
const Maker makers[] = {
#include "api/cloudwatch_outputs.inc"
};
}  // namespace cloudwatch
namespace dynamodb {
const Maker makers[] = {
#include "api/dynamodb_outputs.inc"
};
}  // namespace dynamodb
namespace ec2 {
const Maker makers[] = {
#include "api/ec2_outputs.inc"
};
}  // namespace ec2
namespace elbv2 {
const Maker makers[] = {
#include "api/elbv2_outputs.inc"
};
}  // namespace elbv2
namespace fis {
const Maker makers[] = {
#include "api/fis_outputs.inc"
};
}  // namespace fis
namespace iam {
const Maker makers[] = {
#include "api/iam_outputs.inc"
};
}  // namespace iam
namespace kms {
const Maker makers[] = {
#include "api/kms_outputs.inc"
};
}  // namespace kms
namespace logs {
const Maker makers[] = {
#include "api/logs_outputs.inc"
};
}  // namespace logs
namespace rds {
const Maker makers[] = {
#include "api/rds_outputs.inc"
};
}  // namespace rds
namespace s3 {
const Maker makers[] = {
#include "api/s3_outputs.inc"
};
}  // namespace s3
namespace sns {
const Maker makers[] = {
#include "api/sns_outputs.inc"
};
}  // namespace sns
namespace ssm {
const Maker makers[] = {
#include "api/ssm_outputs.inc"
};
}  // namespace ssm
namespace sts {
const Maker makers[] = {
#include "api/sts_outputs.inc"
};
}  // namespace sts
#undef OUTPUT

namespace {

struct Known {
    const wire::ServiceModel* model;
    std::span<const Maker> makers;
};

const Known services[] = {
    {&acm::api::model, acm::makers},
    {&autoscaling::api::model, autoscaling::makers},
    {&cloudwatch::api::model, cloudwatch::makers},
    {&dynamodb::api::model, dynamodb::makers},
    {&ec2::api::model, ec2::makers},
    {&elbv2::api::model, elbv2::makers},
    {&fis::api::model, fis::makers},
    {&iam::api::model, iam::makers},
    {&kms::api::model, kms::makers},
    {&logs::api::model, logs::makers},
    {&rds::api::model, rds::makers},
    {&s3::api::model, s3::makers},
    {&sns::api::model, sns::makers},
    {&ssm::api::model, ssm::makers},
    {&sts::api::model, sts::makers},
};

const Known* find(std::string_view service) {
    for (const auto& known : services) {
        if (service == known.model->name) return &known;
    }
    return nullptr;
}

}  // namespace

const wire::ServiceModel* model_of(std::string_view service) {
    const Known* known = find(service);
    return known == nullptr ? nullptr : known->model;
}

std::shared_ptr<void> make_output(std::string_view service, std::string_view operation) {
    const Known* known = find(service);
    if (known == nullptr) return nullptr;
    for (const auto& maker : known->makers) {
        if (maker.operation == operation) return maker.make();
    }
    return nullptr;
}

}  // namespace stormglass
