data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

# Read during apply on the first run, because it needs what the buckets and the table are then.
data "aws_iam_policy_document" "server" {
  dynamic "statement" {
    for_each = aws_s3_bucket.this

    content {
      sid       = "Bucket${title(statement.key)}"
      actions   = ["s3:GetObject", "s3:ListBucket"]
      resources = [statement.value.arn, "${statement.value.arn}/*"]
    }
  }

  statement {
    sid       = "Orders"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [aws_dynamodb_table.orders.arn]
  }
}

resource "aws_iam_role" "this" {
  for_each = toset(["server", "batch"])

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_policy" "server" {
  name   = "${var.name}-server"
  policy = data.aws_iam_policy_document.server.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = aws_iam_role.this

  role       = each.value.name
  policy_arn = aws_iam_policy.server.arn
}

resource "aws_iam_instance_profile" "server" {
  name = "${var.name}-server"
  role = aws_iam_role.this["server"].name
}
