"""The least that scales: a network with two zones, a balancer, and a group of web servers, by API calls."""
import base64

import boto3

SERVER = """#!/bin/bash
mkdir -p /srv/web && cd /srv/web && echo hello > index.html
setsid -f /usr/bin/python3 -m http.server 8080 </dev/null >/dev/null 2>&1
"""


class SmallStack:
    def __init__(self, environment):
        def client(service):
            return boto3.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"],
                                region_name=environment["AWS_REGION"],
                                aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                                aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"])
        self.ec2, self.elb, self.asg = client("ec2"), client("elbv2"), client("autoscaling")

    def network(self):
        self.vpc = self.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        table = self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"][0]
        self.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        zones = [one["ZoneName"] for one in self.ec2.describe_availability_zones()["AvailabilityZones"]][:2]
        self.subnets = [self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.77.%d.0/24" % i, AvailabilityZone=zone)
                        ["Subnet"]["SubnetId"] for i, zone in enumerate(zones)]
        self.security = self.ec2.create_security_group(GroupName="open", Description="open",
                                                       VpcId=self.vpc)["GroupId"]
        self.ec2.authorize_security_group_ingress(GroupId=self.security, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 8080, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])

    def balancer(self):
        made = self.elb.create_load_balancer(Name="small", Subnets=self.subnets, SecurityGroups=[self.security])
        self.target_group = self.elb.create_target_group(
            Name="small", Protocol="HTTP", Port=8080, VpcId=self.vpc, HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2, HealthyThresholdCount=2)["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(TargetGroupArn=self.target_group, Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "5"}])
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        self.elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[
            {"Type": "forward", "TargetGroupArn": self.target_group}])
        self.name = made["LoadBalancers"][0]["DNSName"]
        self.label = arn.split("loadbalancer/")[1] + "/" + self.target_group.rpartition(":")[2]

    def group(self, least, most, requests_per_target):
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        template = self.ec2.create_launch_template(LaunchTemplateName="small", LaunchTemplateData={
            "ImageId": image, "InstanceType": "t3.micro", "SecurityGroupIds": [self.security],
            "UserData": base64.b64encode(SERVER.encode()).decode()})["LaunchTemplate"]["LaunchTemplateId"]
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName="small", MinSize=least, MaxSize=most, VPCZoneIdentifier=",".join(self.subnets),
            LaunchTemplate={"LaunchTemplateId": template, "Version": "1"}, TargetGroupARNs=[self.target_group],
            HealthCheckType="ELB", HealthCheckGracePeriod=300, DefaultInstanceWarmup=60)
        self.asg.put_scaling_policy(
            AutoScalingGroupName="small", PolicyName="requests", PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={
                "TargetValue": requests_per_target,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget",
                                                  "ResourceLabel": self.label}})

    def healthy(self):
        found = self.elb.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return sum(one["TargetHealth"]["State"] == "healthy" for one in found)


def bring_up(environment, least, most, requests_per_target):
    stack = SmallStack(environment)
    stack.network()
    stack.balancer()
    stack.group(least, most, requests_per_target)
    return stack
