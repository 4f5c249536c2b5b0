output "bucket" { value = aws_s3_bucket.this.id }
output "bucket_arn" { value = aws_s3_bucket.this.arn }
output "app_key" { value = aws_s3_object.app.key }
output "app_sha256" { value = local.digest }
