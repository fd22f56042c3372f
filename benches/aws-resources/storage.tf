# 24 resources. None is an aws_s3_bucket_versioning: the provider sleeps for a second each time that it
# reads one, which would measure nothing but that.

locals {
  buckets = {
    assets  = { is_secret = false }
    backups = { is_secret = true }
    exports = { is_secret = false }
    imports = { is_secret = false }
    logs    = { is_secret = true }
    models  = { is_secret = true }
  }
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket        = "${local.name}-${each.key}"
  force_destroy = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = { for name, bucket in local.buckets : name => bucket if bucket.is_secret }

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this["data"].arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_object" "this" {
  for_each = toset(["index", "motd"])

  bucket       = aws_s3_bucket.this["assets"].id
  key          = "${each.key}.json"
  content_type = "application/json"
  content      = jsonencode({ name = each.key, stage = local.tags.Stage })
}

resource "aws_dynamodb_table" "this" {
  for_each = toset(["customers", "orders", "sessions"])

  name         = "${local.name}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_kms_key" "this" {
  for_each = toset(["data", "logs"])

  description             = "For ${each.key}"
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "this" {
  for_each = aws_kms_key.this

  name          = "alias/${local.name}-${each.key}"
  target_key_id = each.value.key_id
}
