#include "app/models.h"

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

namespace stormglass::app {

const std::vector<const wire::ServiceModel*>& all_models() {
    static const std::vector<const wire::ServiceModel*> models{
        &acm::api::model, &autoscaling::api::model, &cloudwatch::api::model, &dynamodb::api::model,
        &ec2::api::model, &elbv2::api::model, &fis::api::model, &iam::api::model, &kms::api::model, &logs::api::model,
        &rds::api::model, &s3::api::model, &sns::api::model, &ssm::api::model, &sts::api::model};
    return models;
}

}  // namespace stormglass::app
