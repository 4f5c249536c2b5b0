variable "region" {
  type    = string
  default = "us-east-1"
}

variable "project" {
  type    = string
  default = "webapp"
}

variable "force_destroy" {
  description = "Allow destroying a non-empty state bucket (tests only)."
  type        = bool
  default     = false
}

variable "deny_insecure_transport" {
  description = "Refuse plain HTTP / old TLS on the state bucket. Off only for endpoints without TLS."
  type        = bool
  default     = true
}
