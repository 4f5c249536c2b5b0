variable "name" { type = string }
variable "region" { type = string }
variable "account_id" { type = string }
variable "vpc_id" { type = string }
variable "subnet_ids" { type = list(string) }
variable "alb_sg_id" { type = string }
variable "web_sg_id" { type = string }
variable "instance_profile_arn" { type = string }
variable "certificate_arn" { type = string }
variable "app_port" { type = number }
variable "ami_parameter" { type = string }
variable "instance_type" { type = string }
variable "min_size" { type = number }
variable "max_size" { type = number }
variable "desired_capacity" {
  type    = number
  default = null
}
variable "wait_for_elb_capacity" {
  type    = number
  default = null
}
variable "spot_percentage" {
  description = "null = On-Demand only; 0-100 = share of Spot above a base of one."
  type        = number
  default     = null
}
variable "spot_instance_types" {
  type    = list(string)
  default = ["t3.micro", "t3a.micro"]
}
variable "app_bucket" { type = string }
variable "app_key" { type = string }
variable "app_sha256" { type = string }
variable "app_log_group" { type = string }
variable "db_name" { type = string }
variable "db_username" { type = string }
variable "db_password_parameter" { type = string }
variable "db_endpoint_parameter" { type = string }
variable "deletion_protection" { type = bool }
