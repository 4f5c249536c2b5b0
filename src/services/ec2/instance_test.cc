#include "base/strings.h"
#include "services/ec2/testing.h"

namespace stormglass::ec2 {
namespace {

class InstanceTest : public Ec2Test {
protected:
    std::string vpc_id = make_vpc();
    std::string subnet_id = make_subnet(vpc_id, "10.0.1.0/24");

    void make_profile() {
        auto r = request();
        iam::api::CreateInstanceProfileInput profile;
        profile.instance_profile_name = "web";
        ASSERT_TRUE(iam.create_instance_profile(*r, profile));
        ASSERT_TRUE(r->commit());
    }
    std::string make_template() {
        api::CreateLaunchTemplateInput input;
        input.launch_template_name = "web-template";
        auto& data = input.launch_template_data;
        data.image_id = image();
        data.instance_type = "t3.micro";
        data.user_data = base::base64_encode("#!/bin/sh\ntrue\n");
        data.monitoring = api::LaunchTemplatesMonitoringRequest{.enabled = true};
        api::LaunchTemplateInstanceMetadataOptionsRequest metadata;
        metadata.http_tokens = "required";
        metadata.instance_metadata_tags = "enabled";
        data.metadata_options = metadata;
        api::LaunchTemplateBlockDeviceMappingRequest mapping;
        mapping.device_name = "/dev/xvda";
        mapping.ebs = api::LaunchTemplateEbsBlockDeviceRequest{};
        mapping.ebs->volume_size = 30;
        mapping.ebs->encrypted = true;
        mapping.ebs->volume_type = "gp3";
        data.block_device_mappings.push_back(mapping);
        api::LaunchTemplateTagSpecificationRequest tags;
        tags.resource_type = "instance";
        tags.tags.push_back({.key = "Name", .value = "web"});
        data.tag_specifications.push_back(tags);
        return *done(&Service::create_launch_template, input)
                    .launch_template->launch_template_id;
    }
};

TEST_F(InstanceTest, begins_pending_with_an_interface_and_a_volume) {
    const auto reservation = done(&Service::run_instances, launch(subnet_id, 2));
    ASSERT_EQ(reservation.instances.size(), 2u);
    const auto& one = reservation.instances[0];
    EXPECT_EQ(one.state->name, "pending");
    EXPECT_TRUE(one.private_ip_address->starts_with("10.0.1."));
    EXPECT_EQ(one.network_interfaces.size(), 1u);
    EXPECT_EQ(one.block_device_mappings.size(), 1u);
    EXPECT_FALSE(one.public_ip_address);
    EXPECT_EQ(one.metadata_options->http_tokens, "required");  // Amazon Linux 2023's default.
    EXPECT_EQ(done(&Service::describe_volumes, api::DescribeVolumesInput{}).volumes.size(), 2u);
}

TEST_F(InstanceTest, takes_what_its_launch_template_says) {
    const auto template_id = make_template();
    api::RunInstancesInput input;
    input.min_count = input.max_count = 1;
    input.subnet_id = subnet_id;
    input.launch_template = api::LaunchTemplateSpecification{
        .launch_template_id = template_id, .launch_template_name = {}, .version = "$Latest"};
    api::TagSpecification tags;
    tags.resource_type = "instance";
    tags.tags.push_back({.key = "Owner", .value = "me"});
    input.tag_specifications.push_back(tags);
    const auto one = done(&Service::run_instances, input).instances.at(0);
    EXPECT_EQ(one.instance_type, "t3.micro");
    EXPECT_EQ(one.monitoring->state, "enabled");
    EXPECT_EQ(one.metadata_options->instance_metadata_tags, "enabled");
    std::map<std::string, std::string> found;
    for (const auto& tag : one.tags) found[*tag.key] = *tag.value;
    EXPECT_EQ(found["Name"], "web");
    EXPECT_EQ(found["Owner"], "me");
    EXPECT_EQ(found["aws:ec2launchtemplate:version"], "1");
    const auto volume = done(&Service::describe_volumes, api::DescribeVolumesInput{}).volumes[0];
    EXPECT_EQ(volume.size, 30);
    EXPECT_EQ(volume.encrypted, true);
}

TEST_F(InstanceTest, a_template_version_builds_on_its_source) {
    const auto template_id = make_template();
    api::CreateLaunchTemplateVersionInput input;
    input.launch_template_id = template_id;
    input.source_version = "1";
    input.launch_template_data.instance_type = "t3.small";
    done(&Service::create_launch_template_version, input);
    api::DescribeLaunchTemplateVersionsInput wanted;
    wanted.launch_template_id = template_id;
    wanted.versions.push_back("$Latest");
    const auto found =
        done(&Service::describe_launch_template_versions, wanted).launch_template_versions;
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].version_number, 2);
    EXPECT_EQ(found[0].default_version, false);
    EXPECT_EQ(found[0].launch_template_data->instance_type, "t3.small");
    EXPECT_EQ(found[0].launch_template_data->block_device_mappings[0].ebs->volume_size, 30);
    api::ModifyLaunchTemplateInput modify;
    modify.launch_template_id = template_id;
    modify.default_version = "2";
    EXPECT_EQ(done(&Service::modify_launch_template, modify).launch_template->default_version_number,
              2);
}

TEST_F(InstanceTest, the_same_client_token_makes_no_second_instance) {
    auto input = launch(subnet_id);
    input.client_token = "once";
    const auto first = done(&Service::run_instances, input);
    const auto second = done(&Service::run_instances, input);
    EXPECT_EQ(first.instances[0].instance_id, second.instances[0].instance_id);
    EXPECT_EQ(all_instances().size(), 1u);
}

TEST_F(InstanceTest, gets_a_public_address_where_the_subnet_gives_them) {
    api::ModifySubnetAttributeInput input;
    input.subnet_id = subnet_id;
    input.map_public_ip_on_launch = api::AttributeBooleanValue{true};
    done(&Service::modify_subnet_attribute, input);
    const auto one = done(&Service::run_instances, launch(subnet_id)).instances[0];
    EXPECT_TRUE(one.public_ip_address);
}

TEST_F(InstanceTest, a_dry_run_launches_nothing) {
    auto input = launch(subnet_id);
    input.dry_run = true;
    EXPECT_EQ(code_of(call(&Service::run_instances, input)), "DryRunOperation");
    EXPECT_TRUE(all_instances().empty());
}

TEST_F(InstanceTest, what_does_not_exist_is_refused_by_its_own_code) {
    auto input = launch(subnet_id);
    input.image_id = "ami-0123456789abcdef0";
    EXPECT_EQ(code_of(call(&Service::run_instances, input)), "InvalidAMIID.NotFound");
    input = launch("subnet-0123456789abcdef0");
    EXPECT_EQ(code_of(call(&Service::run_instances, input)), "InvalidSubnetID.NotFound");
    input = launch(subnet_id);
    input.iam_instance_profile = api::IamInstanceProfileSpecification{.arn = {}, .name = "nobody"};
    EXPECT_EQ(code_of(call(&Service::run_instances, input)), "InvalidParameterValue");
    input = launch(subnet_id);
    input.key_name = "mine";
    EXPECT_EQ(code_of(call(&Service::run_instances, input)), "InvalidKeyPair.NotFound");
}

TEST_F(InstanceTest, carries_its_profile) {
    make_profile();
    auto input = launch(subnet_id);
    input.iam_instance_profile = api::IamInstanceProfileSpecification{.arn = {}, .name = "web"};
    const auto one = done(&Service::run_instances, input).instances[0];
    EXPECT_EQ(one.iam_instance_profile->arn,
              "arn:aws:iam::123456789012:instance-profile/web");
}

TEST_F(InstanceTest, protection_against_termination_holds) {
    auto input = launch(subnet_id);
    input.disable_api_termination = true;
    api::TerminateInstancesInput end;
    end.instance_ids.push_back(*done(&Service::run_instances, input).instances[0].instance_id);
    EXPECT_EQ(code_of(call(&Service::terminate_instances, end)), "OperationNotPermitted");
}

TEST_F(InstanceTest, filters_see_instances_and_their_reservations) {
    const auto one = done(&Service::run_instances, launch(subnet_id));
    done(&Service::run_instances, launch(subnet_id));
    const auto count = [&](api::Filter wanted) {
        api::DescribeInstancesInput input;
        input.filters = {std::move(wanted)};
        return done(&Service::describe_instances, input).reservations.size();
    };
    EXPECT_EQ(count(filter("reservation-id", {*one.reservation_id})), 1u);
    EXPECT_EQ(count(filter("instance-state-name", {"pending"})), 2u);
    EXPECT_EQ(count(filter("instance-state-name", {"running"})), 0u);
    EXPECT_EQ(count(filter("vpc-id", {vpc_id})), 2u);
}

TEST_F(InstanceTest, status_is_what_was_observed) {
    const auto one = done(&Service::run_instances, launch(subnet_id)).instances[0];
    auto r = request();
    auto record = *need(*r, instances, *one.instance_id);
    record.state = "running";
    save(*r, instances, record);
    ASSERT_TRUE(r->commit());
    const auto status = [&] {
        return *done(&Service::describe_instance_status, api::DescribeInstanceStatusInput{})
                    .instance_statuses[0].instance_status->status;
    };
    EXPECT_EQ(status(), "impaired");
    observed.set_instances({{record.id, 42}});
    EXPECT_EQ(status(), "ok");
    observed.set_instances({{record.id, 42}}, {record.id});
    EXPECT_EQ(status(), "impaired") << "frozen";
}

TEST_F(InstanceTest, an_elastic_ip_goes_to_its_instance_and_back) {
    attach_gateway(vpc_id);
    const auto one = done(&Service::run_instances, launch(subnet_id)).instances[0];
    const auto address = done(&Service::allocate_address, api::AllocateAddressInput{});
    api::AssociateAddressInput associate;
    associate.allocation_id = address.allocation_id;
    associate.instance_id = one.instance_id;
    const auto association = done(&Service::associate_address, associate).association_id;
    EXPECT_EQ(all_instances()[0].public_ip_address, address.public_ip);
    api::ReleaseAddressInput release;
    release.allocation_id = address.allocation_id;
    EXPECT_EQ(code_of(call(&Service::release_address, release)), "InvalidIPAddress.InUse");
    api::DisassociateAddressInput undo;
    undo.association_id = association;
    done(&Service::disassociate_address, undo);
    EXPECT_FALSE(all_instances()[0].public_ip_address);
    done(&Service::release_address, release);
}

TEST_F(InstanceTest, every_type_and_image_filter_names_something_that_is_there) {
    api::DescribeImagesInput images;
    images.filters = {filter("name", {"al2023-ami-*"}), filter("architecture", {"x86_64"}),
                      filter("virtualization-type", {"hvm"}), filter("root-device-type", {"ebs"})};
    images.owners.push_back("amazon");
    EXPECT_EQ(done(&Service::describe_images, images).images.size(), 1u);
    api::DescribeInstanceTypesInput types;
    types.filters = {filter("vcpu-info.default-vcpus", {"4"}),
                     filter("memory-info.size-in-mib", {"16384"})};
    EXPECT_GT(done(&Service::describe_instance_types, types).instance_types.size(), 1u);
}

}  // namespace
}  // namespace stormglass::ec2
