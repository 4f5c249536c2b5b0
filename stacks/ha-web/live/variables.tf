variable "region" {
  type    = string
  default = "us-east-1"
}
variable "name" {
  description = "Prefix of every name in this stack."
  type        = string
  default     = "webapp"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name))
    error_message = "2 to 20 lower-case letters, digits and hyphens, beginning with a letter."
  }
}
variable "cidr" {
  type    = string
  default = "10.20.0.0/16"
}
variable "app_port" {
  type    = number
  default = 8080
}
variable "app_binary" {
  description = "The application: one self-contained Linux binary (apps/guestbook)."
  type        = string
  default     = "../../../build/guestbook"
}
variable "db_password" {
  type      = string
  sensitive = true
  validation {
    condition     = can(regex("^[!#-.0-?A-~]{8,41}$", var.db_password))
    error_message = "8 to 41 printable ASCII characters without slash, double quote, at sign and space."
  }
}
variable "db_instance_class" {
  type    = string
  default = "db.t3.micro"
}
variable "api_keys" {
  description = "Keys of third parties, kept as SecureStrings under /NAME/api/."
  type        = map(string)
  sensitive   = true
  default     = {}
}
variable "certificate_file" {
  description = "PEM certificate of the site; certificate.sh makes a self-signed one."
  type        = string
  default     = "../certs/app.crt.pem"
}
variable "certificate_key_file" {
  type    = string
  default = "../certs/app.key.pem"
}
variable "certificate_key" {
  description = "The key itself, where it should not lie in a file; goes before certificate_key_file."
  type        = string
  sensitive   = true
  default     = null
}
variable "ami_parameter" {
  type    = string
  default = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}
variable "instance_type" {
  type    = string
  default = "t3.micro"
}
variable "min_size" {
  type    = number
  default = 2
}
variable "max_size" {
  type    = number
  default = 6
}
variable "desired_capacity" {
  description = "null leaves the number to the scaling policies, from min_size on; a number is enforced by every apply."
  type        = number
  default     = null
}
variable "wait_for_elb_capacity" {
  description = "Healthy targets to wait for before the ASG counts as created."
  type        = number
  default     = null
}
variable "spot_percentage" {
  type    = number
  default = null
}
variable "read_replica" {
  type    = bool
  default = false
}
variable "alert_emails" {
  type    = list(string)
  default = ["oncall@example.test", "ops@example.test"]
}
variable "protect" {
  description = "Deletion protection and final snapshot: true in production."
  type        = bool
  default     = false
}
