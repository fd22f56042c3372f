resource "aws_s3_bucket" "this" {
  for_each = var.buckets

  bucket        = "${var.name}-${each.key}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = { for name, bucket in var.buckets : name => bucket if bucket.versioned }

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

resource "aws_s3_object" "motd" {
  bucket       = aws_s3_bucket.this["assets"].id
  key          = "motd.json"
  content_type = "application/json"

  content = jsonencode({
    stage   = var.stage
    message = "Welcome to ${var.name}"
  })
}

resource "aws_dynamodb_table" "orders" {
  name         = "${var.name}-orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = var.table_key

  attribute {
    name = var.table_key
    type = "S"
  }
}

# Tells others which firewall guards the databases.
resource "aws_ssm_parameter" "database_firewall" {
  name  = "/${var.name}/database-firewall"
  type  = "String"
  value = aws_security_group.this["database"].id
}
