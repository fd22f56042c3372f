# 17 resources.

locals {
  services = ["api", "batch", "mail", "search", "web"]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

# Read during apply on the first run, because it needs what the buckets are then.
data "aws_iam_policy_document" "bucket" {
  for_each = toset(["assets", "backups", "exports", "imports"])

  statement {
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]
  }
}

resource "aws_iam_role" "this" {
  for_each = toset(local.services)

  name               = "${local.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_policy" "bucket" {
  for_each = data.aws_iam_policy_document.bucket

  name   = "${local.name}-read-${each.key}"
  policy = each.value.json
}

resource "aws_iam_role_policy_attachment" "assets" {
  for_each = aws_iam_role.this

  role       = each.value.name
  policy_arn = aws_iam_policy.bucket["assets"].arn
}

resource "aws_iam_role_policy" "send" {
  for_each = toset(["api", "mail"])

  name = "send"
  role = aws_iam_role.this[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = aws_sqs_queue.this[each.key].arn
    }]
  })
}

resource "aws_iam_instance_profile" "web" {
  name = "${local.name}-web"
  role = aws_iam_role.this["web"].name
}
