data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_availability_zones" "available" {
  state = "available"
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  azs        = slice(data.aws_availability_zones.available.names, 0, 2)
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  log_group  = "/${var.name}/app"
  db_name    = "app"
  db_user    = "appadmin"
}

module "network" {
  source = "../modules/network"
  name   = var.name
  region = var.region
  cidr   = var.cidr
  azs    = local.azs
}

module "secrets" {
  source      = "../modules/secrets"
  name        = var.name
  partition   = local.partition
  account_id  = local.account_id
  db_password = var.db_password
  api_keys    = var.api_keys
}

module "artifacts" {
  source     = "../modules/artifacts"
  name       = var.name
  region     = var.region
  account_id = local.account_id
  app_binary = var.app_binary
}

module "security" {
  source                  = "../modules/security"
  name                    = var.name
  region                  = var.region
  partition               = local.partition
  account_id              = local.account_id
  vpc_id                  = module.network.vpc_id
  app_port                = var.app_port
  kms_key_arn             = module.secrets.kms_key_arn
  artifacts_bucket_arn    = module.artifacts.bucket_arn
  certificate_body        = file(var.certificate_file)
  certificate_private_key = var.certificate_key != null ? var.certificate_key : file(var.certificate_key_file)
}

module "database" {
  source              = "../modules/database"
  name                = var.name
  subnet_ids          = module.network.private_subnet_ids
  security_group_id   = module.security.db_sg_id
  instance_class      = var.db_instance_class
  db_name             = local.db_name
  username            = local.db_user
  password            = var.db_password
  kms_key_arn         = module.secrets.kms_key_arn
  monitoring_role_arn = module.security.rds_monitoring_role_arn
  read_replica        = var.read_replica
  deletion_protection = var.protect
  skip_final_snapshot = !var.protect
}

module "web" {
  source                = "../modules/web"
  name                  = var.name
  region                = var.region
  account_id            = local.account_id
  vpc_id                = module.network.vpc_id
  subnet_ids            = module.network.public_subnet_ids
  alb_sg_id             = module.security.alb_sg_id
  web_sg_id             = module.security.web_sg_id
  instance_profile_arn  = module.security.instance_profile_arn
  certificate_arn       = module.security.certificate_arn
  app_port              = var.app_port
  ami_parameter         = var.ami_parameter
  instance_type         = var.instance_type
  min_size              = var.min_size
  max_size              = var.max_size
  desired_capacity      = var.desired_capacity
  wait_for_elb_capacity = var.wait_for_elb_capacity
  spot_percentage       = var.spot_percentage
  app_bucket            = module.artifacts.bucket
  app_key               = module.artifacts.app_key
  app_sha256            = module.artifacts.app_sha256
  app_log_group         = local.log_group
  db_name               = local.db_name
  db_username           = local.db_user
  db_password_parameter = module.secrets.db_password_parameter
  db_endpoint_parameter = module.database.endpoint_parameter
  deletion_protection   = var.protect
}

module "observability" {
  source                  = "../modules/observability"
  name                    = var.name
  region                  = var.region
  account_id              = local.account_id
  vpc_id                  = module.network.vpc_id
  flow_logs_role_arn      = module.security.flow_logs_role_arn
  app_log_group           = local.log_group
  alb_arn_suffix          = module.web.alb_arn_suffix
  target_group_arn_suffix = module.web.target_group_arn_suffix
  asg_name                = module.web.asg_name
  db_identifier           = module.database.identifier
  alert_emails            = var.alert_emails
}
