output "alb_sg_id" { value = aws_security_group.alb.id }
output "web_sg_id" { value = aws_security_group.web.id }
output "db_sg_id" { value = aws_security_group.db.id }
output "instance_profile_arn" {
  value      = aws_iam_instance_profile.web.arn
  depends_on = [aws_iam_role_policy_attachment.web] # An instance acts at once on its role's rights.
}
output "web_role_name" { value = aws_iam_role.web.name }
output "web_role_arn" { value = aws_iam_role.web.arn }
output "rds_monitoring_role_arn" {
  value      = aws_iam_role.rds_monitoring.arn
  depends_on = [aws_iam_role_policy_attachment.rds_monitoring]
}
output "flow_logs_role_arn" {
  value      = aws_iam_role.flow_logs.arn
  depends_on = [aws_iam_role_policy.flow_logs]
}
output "certificate_arn" { value = aws_acm_certificate.this.arn }
