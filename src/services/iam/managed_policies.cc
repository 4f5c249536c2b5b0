// AWS's own managed policies, as far as the reference architecture and everyday use need them. The
// documents say what AWS's say today about the services we run.
#include "services/iam/records.h"

namespace stormglass::iam {
namespace {

constexpr char all_actions[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

std::string allow(const std::string& actions) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)" + actions +
           R"(],"Resource":"*"}]})";
}

ManagedPolicy make(std::string name, std::string path, std::string document) {
    ManagedPolicy policy;
    policy.arn = "arn:aws:iam::aws:policy" + path + name;
    policy.id = "ANPA" + std::string(17 - std::min<std::size_t>(17, name.size()), 'X') +
                name.substr(0, std::min<std::size_t>(17, name.size()));
    policy.name = std::move(name);
    policy.path = std::move(path);
    policy.created = policy.updated = base::Time{base::Seconds{1'423'267'200}};
    policy.versions.push_back({"v1", std::move(document), policy.created});
    return policy;
}

}  // namespace

const std::vector<ManagedPolicy>& aws_policies() {
    static const std::vector<ManagedPolicy> all{
        make("AdministratorAccess", "/", all_actions),
        make("PowerUserAccess", "/",
             R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]})"),
        make("ReadOnlyAccess", "/",
             allow(R"("acm:Describe*","acm:List*","autoscaling:Describe*","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","dynamodb:BatchGet*","dynamodb:Describe*","dynamodb:Get*","dynamodb:List*","dynamodb:Query","dynamodb:Scan","ec2:Describe*","ec2:Get*","elasticloadbalancing:Describe*","iam:Get*","iam:List*","kms:Describe*","kms:Get*","kms:List*","logs:Describe*","logs:FilterLogEvents","logs:Get*","logs:List*","rds:Describe*","rds:List*","s3:Get*","s3:List*","sns:Get*","sns:List*","ssm:Describe*","ssm:Get*","ssm:List*","sts:GetCallerIdentity")")),
        make("IAMFullAccess", "/", allow(R"("iam:*")")),
        make("AmazonEC2FullAccess", "/",
             allow(R"("ec2:*","elasticloadbalancing:*","cloudwatch:*","autoscaling:*")")),
        make("AmazonEC2ReadOnlyAccess", "/",
             allow(R"("ec2:Describe*","elasticloadbalancing:Describe*","cloudwatch:ListMetrics","cloudwatch:GetMetricStatistics","cloudwatch:Describe*","autoscaling:Describe*")")),
        make("AmazonS3FullAccess", "/", allow(R"("s3:*")")),
        make("AmazonS3ReadOnlyAccess", "/", allow(R"("s3:Get*","s3:List*","s3:Describe*")")),
        make("AmazonDynamoDBFullAccess", "/", allow(R"("dynamodb:*")")),
        make("AmazonDynamoDBReadOnlyAccess", "/",
             allow(R"("dynamodb:BatchGetItem","dynamodb:Describe*","dynamodb:List*","dynamodb:GetItem","dynamodb:Query","dynamodb:Scan")")),
        make("AmazonRDSFullAccess", "/", allow(R"("rds:*")")),
        make("AmazonSNSFullAccess", "/", allow(R"("sns:*")")),
        make("AmazonSSMFullAccess", "/", allow(R"("ssm:*")")),
        make("AmazonSSMReadOnlyAccess", "/", allow(R"("ssm:Describe*","ssm:Get*","ssm:List*")")),
        make("AmazonSSMManagedInstanceCore", "/",
             allow(R"("ssm:DescribeAssociation","ssm:GetDeployablePatchSnapshotForInstance","ssm:GetDocument","ssm:DescribeDocument","ssm:GetManifest","ssm:ListAssociations","ssm:ListInstanceAssociations","ssm:PutInventory","ssm:PutComplianceItems","ssm:PutConfigurePackageResult","ssm:UpdateAssociationStatus","ssm:UpdateInstanceAssociationStatus","ssm:UpdateInstanceInformation","ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel","ec2messages:AcknowledgeMessage","ec2messages:DeleteMessage","ec2messages:FailMessage","ec2messages:GetEndpoint","ec2messages:GetMessages","ec2messages:SendReply")")),
        make("CloudWatchFullAccess", "/", allow(R"("autoscaling:Describe*","cloudwatch:*","logs:*","sns:*")")),
        make("CloudWatchReadOnlyAccess", "/",
             allow(R"("autoscaling:Describe*","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","logs:Get*","logs:List*","logs:Describe*","logs:FilterLogEvents","sns:Get*","sns:List*")")),
        make("CloudWatchAgentServerPolicy", "/",
             allow(R"("cloudwatch:PutMetricData","ec2:DescribeVolumes","ec2:DescribeTags","logs:PutLogEvents","logs:PutRetentionPolicy","logs:DescribeLogStreams","logs:DescribeLogGroups","logs:CreateLogStream","logs:CreateLogGroup")")),
        make("CloudWatchLogsFullAccess", "/", allow(R"("logs:*","cloudwatch:GenerateQuery")")),
        make("AmazonRDSEnhancedMonitoringRole", "/service-role/",
             R"({"Version":"2012-10-17","Statement":[{"Sid":"EnableCreationAndManagementOfRDSCloudwatchLogGroups","Effect":"Allow","Action":["logs:CreateLogGroup","logs:PutRetentionPolicy"],"Resource":["arn:aws:logs:*:*:log-group:RDS*"]},{"Sid":"EnableCreationAndManagementOfRDSCloudwatchLogStreams","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams","logs:GetLogEvents"],"Resource":["arn:aws:logs:*:*:log-group:RDS*:log-stream:*"]}]})"),
    };
    return all;
}

}  // namespace stormglass::iam
