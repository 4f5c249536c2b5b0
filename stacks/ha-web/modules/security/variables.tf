variable "name" { type = string }
variable "region" { type = string }
variable "partition" { type = string }
variable "account_id" { type = string }
variable "vpc_id" { type = string }
variable "app_port" { type = number }
variable "kms_key_arn" { type = string }
variable "artifacts_bucket_arn" { type = string }
variable "certificate_body" { type = string }
variable "certificate_private_key" {
  type      = string
  sensitive = true
}
