# 24 resources.

locals {
  buckets = {
    assets  = { is_versioned = false }
    backups = { is_versioned = true }
    exports = { is_versioned = false }
    imports = { is_versioned = false }
    logs    = { is_versioned = true }
    models  = { is_versioned = true }
  }
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket        = "${local.name}-${each.key}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = { for name, bucket in local.buckets : name => bucket if bucket.is_versioned }

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
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
