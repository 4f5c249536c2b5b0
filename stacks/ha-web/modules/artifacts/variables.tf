variable "name" { type = string }
variable "region" { type = string }
variable "account_id" { type = string }
variable "app_binary" {
  description = "Path of the application's binary on the machine that runs Terraform."
  type        = string
}
