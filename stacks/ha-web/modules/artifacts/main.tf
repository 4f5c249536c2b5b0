# The application's binary, where instances fetch it at boot. Keyed by its content, so that a new
# build is a new key, hence a new launch template version, hence an instance refresh.
locals {
  digest = filesha256(var.app_binary)
}

resource "aws_s3_bucket" "this" {
  bucket        = "${var.name}-artifacts-${var.account_id}-${var.region}"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_object" "app" {
  bucket      = aws_s3_bucket.this.id
  key         = "guestbook/${local.digest}"
  source      = var.app_binary
  source_hash = local.digest

  # Never a moment without the binary that running launch templates name.
  lifecycle { create_before_destroy = true }

  depends_on = [
    aws_s3_bucket_versioning.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_public_access_block.this,
  ]
}
