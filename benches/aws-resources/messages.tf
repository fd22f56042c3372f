# 26 resources.

resource "aws_sqs_queue" "this" {
  for_each = toset(local.services)

  name                       = "${local.name}-${each.key}"
  visibility_timeout_seconds = 60
}

resource "aws_sqs_queue" "dead" {
  name                      = "${local.name}-dead"
  message_retention_seconds = 1209600
}

resource "aws_sns_topic" "this" {
  for_each = toset(["billing", "changes", "orders", "sign-ups"])

  name = "${local.name}-${each.key}"
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = aws_sns_topic.this

  topic_arn = each.value.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.this["mail"].arn
}

resource "aws_ssm_parameter" "queue" {
  for_each = aws_sqs_queue.this

  name  = "/${local.name}/queues/${each.key}"
  type  = "String"
  value = each.value.url
}

resource "aws_ssm_parameter" "table" {
  for_each = aws_dynamodb_table.this

  name  = "/${local.name}/tables/${each.key}"
  type  = "String"
  value = each.value.name
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(["api", "batch", "mail", "web"])

  name              = "/${local.name}/${each.key}"
  retention_in_days = 14
}
