#!/usr/bin/env bash
# AWS's scenario "AZ Availability: Power Interruption" for this stack: an FIS experiment that takes one zone's instances,
# its launch capacity, its subnets' connectivity and, with a forced failover, its database server away for a while.
#
#   az_power_interruption.sh ZONE [MINUTES]      e.g. us-east-1a 5
#
# Needs the AWS CLI with credentials that may use IAM, FIS and what the experiment does. Makes a role and a template, both
# named after the project, runs the experiment, shows how its actions fare, and deletes both. Exit code 0: it completed.
# NAME (webapp): the stack's `name`; its resources bear it as the tag Project.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
zone=$1 minutes=${2:-5} name=${NAME:-webapp}
role=$name-fis
say() { printf '%s\n' "$*"; }

cleanup() {
  [ -z "${template:-}" ] || aws fis delete-experiment-template --id "$template" >/dev/null || true
  aws iam delete-role-policy --role-name "$role" --policy-name experiment >/dev/null 2>&1 || true
  aws iam delete-role --role-name "$role" >/dev/null 2>&1 || true
}
trap cleanup EXIT

say "role $role"
role_arn=$(aws iam create-role --role-name "$role" --query Role.Arn --output text --assume-role-policy-document '{
  "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
  "Principal": {"Service": "fis.amazonaws.com"}}]}')
aws iam put-role-policy --role-name "$role" --policy-name experiment --policy-document '{
  "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
    "ec2:Describe*", "ec2:StopInstances", "ec2:StartInstances", "ec2:InjectApiError", "ec2:CreateNetworkAcl",
    "ec2:CreateNetworkAclEntry", "ec2:CreateTags", "ec2:DeleteNetworkAcl", "ec2:ReplaceNetworkAclAssociation",
    "rds:DescribeDBInstances", "rds:RebootDBInstance", "autoscaling:DescribeAutoScalingGroups"]}]}'

primary_zone=$(aws rds describe-db-instances --db-instance-identifier "$name-mysql" --query 'DBInstances[0].AvailabilityZone' \
  --output text 2>/dev/null || true)
database_action='' database_target=''
if [ "$primary_zone" = "$zone" ]; then
  say "the database's primary is in $zone: it is failed over, too"
  database_target=', "database": {"resourceType": "aws:rds:db", "resourceTags": {"Project": "'$name'"}, "selectionMode": "ALL"}'
  database_action=', "failover": {"actionId": "aws:rds:reboot-db-instances", "parameters": {"forceFailover": "true"},
    "targets": {"DBInstances": "database"}}'
fi

say "template: $zone for $minutes minutes"
template=$(aws fis create-experiment-template --query experimentTemplate.id --output text --cli-input-json "{
  \"clientToken\": \"$(date +%s%N)\", \"description\": \"AZ Availability: Power Interruption, $zone\",
  \"roleArn\": \"$role_arn\", \"tags\": {\"Project\": \"$name\"}, \"stopConditions\": [{\"source\": \"none\"}],
  \"experimentOptions\": {\"emptyTargetResolutionMode\": \"skip\"},
  \"targets\": {
    \"instances\": {\"resourceType\": \"aws:ec2:instance\", \"resourceTags\": {\"Project\": \"$name\"}, \"selectionMode\": \"ALL\",
      \"filters\": [{\"path\": \"Placement.AvailabilityZone\", \"values\": [\"$zone\"]},
                  {\"path\": \"State.Name\", \"values\": [\"running\"]}]},
    \"groups\": {\"resourceType\": \"aws:ec2:autoscaling-group\", \"resourceTags\": {\"Project\": \"$name\"},
      \"selectionMode\": \"ALL\"},
    \"subnets\": {\"resourceType\": \"aws:ec2:subnet\", \"resourceTags\": {\"Project\": \"$name\"}, \"selectionMode\": \"ALL\",
      \"parameters\": {\"availabilityZoneIdentifier\": \"$zone\"}}$database_target},
  \"actions\": {
    \"no-capacity\": {\"actionId\": \"aws:ec2:asg-insufficient-instance-capacity-error\",
      \"parameters\": {\"duration\": \"PT${minutes}M\", \"availabilityZoneIdentifiers\": \"$zone\"},
      \"targets\": {\"AutoScalingGroups\": \"groups\"}},
    \"stop-instances\": {\"actionId\": \"aws:ec2:stop-instances\",
      \"parameters\": {\"startInstancesAfterDuration\": \"PT${minutes}M\", \"completeIfInstancesTerminated\": \"true\"},
      \"targets\": {\"Instances\": \"instances\"}},
    \"cut-off\": {\"actionId\": \"aws:network:disrupt-connectivity\",
      \"parameters\": {\"scope\": \"all\", \"duration\": \"PT${minutes}M\"},
      \"targets\": {\"Subnets\": \"subnets\"}}$database_action}}")

experiment=$(aws fis start-experiment --client-token "$(date +%s%N)" --experiment-template-id "$template" \
  --query experiment.id --output text)
say "experiment $experiment"
last=''
while :; do
  now=$(aws fis get-experiment --id "$experiment" --query \
    'experiment.[state.status, actions.*.[actionId, state.status][]]' --output text | tr '\n\t' '  ')
  [ "$now" = "$last" ] || say "$(date +%T) $now"
  last=$now
  case ${now%% *} in completed) exit 0 ;; failed | stopped)
    aws fis get-experiment --id "$experiment" --query experiment.state --output json >&2
    exit 1 ;;
  esac
  sleep 2
done
