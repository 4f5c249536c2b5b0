#include <algorithm>

#include "base/strings.h"
#include "services/acm/service.h"
#include "services/common/ids.h"

namespace stormglass::acm {
namespace {

constexpr std::size_t tags_max = 50, page_default = 100;

Result<Certificate> find(wire::Request& request, const std::string& arn) {
    auto found = TRY(certificates.get(request.tx(), {request.account, request.region, arn}));
    if (!found) {
        return api::resource_not_found(fmt::format(
            "Could not find certificate {} in account {}.", arn, request.account));
    }
    return *found;
}

void put(wire::Request& request, const Certificate& certificate) {
    certificates.put(request.tx(), {request.account, request.region, certificate.arn}, certificate);
}

Result<void> add_tags(Certificate& certificate, const wire::List<api::Tag>& tags) {
    for (const auto& tag : tags) certificate.tags[tag.key.value_or("")] = tag.value.value_or("");
    if (certificate.tags.size() <= tags_max) return {};
    return api::too_many_tags("The request exceeds the limit of 50 tags.");
}

/// DescribeCertificate writes RSA-2048, ListCertificates and filters RSA_2048.
std::string listed_algorithm(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

}  // namespace

Result<api::ImportCertificateOutput> Service::import_certificate(
    wire::Request& request, const api::ImportCertificateInput& input) {
    const std::string chain = input.certificate_chain.value_or("");
    const auto facts = TRY(examine(input.certificate, input.private_key, chain, request.now));
    Certificate certificate;
    if (input.certificate_arn) {
        certificate = TRY(find(request, *input.certificate_arn));
        if (!input.tags.empty()) {
            return api::invalid_parameter(
                "You cannot apply tags when reimporting a certificate.");
        }
    } else {
        certificate.arn = request.arn("acm", "certificate/" + random_.uuid());
        certificate.created = request.now;
        TRY(add_tags(certificate, input.tags));
    }
    certificate.certificate = input.certificate;
    certificate.private_key = input.private_key;
    certificate.chain = chain;
    certificate.facts = facts;
    certificate.imported = request.now;
    put(request, certificate);
    api::ImportCertificateOutput output;
    output.certificate_arn = certificate.arn;
    return output;
}

Result<api::DescribeCertificateOutput> Service::describe_certificate(
    wire::Request& request, const api::DescribeCertificateInput& input) {
    const auto certificate = TRY(find(request, input.certificate_arn));
    const Facts& facts = certificate.facts;
    api::DescribeCertificateOutput output;
    auto& detail = output.certificate.emplace();
    detail.certificate_arn = certificate.arn;
    detail.domain_name = facts.domain;
    for (const auto& name : facts.names) detail.subject_alternative_names.push_back(name);
    detail.serial = facts.serial;
    detail.subject = facts.subject;
    detail.issuer = facts.issuer;
    detail.created_at = certificate.created;
    detail.imported_at = certificate.imported;
    detail.status = facts.not_after <= request.now ? "EXPIRED" : "ISSUED";
    detail.not_before = facts.not_before;
    detail.not_after = facts.not_after;
    detail.key_algorithm = facts.key_algorithm;
    detail.signature_algorithm = facts.signature_algorithm;
    detail.in_use_by.present = true;
    for (const auto& user : certificate.in_use_by) detail.in_use_by.push_back(user);
    detail.type = "IMPORTED";
    detail.renewal_eligibility = "INELIGIBLE";
    detail.options.emplace().certificate_transparency_logging_preference = "DISABLED";
    return output;
}

Result<api::GetCertificateOutput> Service::get_certificate(wire::Request& request,
                                                           const api::GetCertificateInput& input) {
    const auto certificate = TRY(find(request, input.certificate_arn));
    api::GetCertificateOutput output;
    output.certificate = certificate.certificate;
    if (!certificate.chain.empty()) output.certificate_chain = certificate.chain;
    return output;
}

Result<api::ListCertificatesOutput> Service::list_certificates(
    wire::Request& request, const api::ListCertificatesInput& input) {
    std::vector<api::CertificateSummary> all;
    const auto& statuses = input.certificate_statuses;
    for (const auto& one : TRY(certificates.all(request.tx(), {request.account, request.region}))) {
        const std::string status = one.facts.not_after <= request.now ? "EXPIRED" : "ISSUED";
        if (!statuses.empty() && std::find(statuses.begin(), statuses.end(), status) == statuses.end()) {
            continue;
        }
        const auto algorithm = listed_algorithm(one.facts.key_algorithm);
        if (input.includes && !input.includes->key_types.empty()) {
            const auto& types = input.includes->key_types;
            if (std::find(types.begin(), types.end(), algorithm) == types.end()) continue;
        }
        auto& summary = all.emplace_back();
        summary.certificate_arn = one.arn;
        summary.domain_name = one.facts.domain;
        for (const auto& name : one.facts.names) summary.subject_alternative_name_summaries.push_back(name);
        summary.has_additional_subject_alternative_names = false;
        summary.status = status;
        summary.type = "IMPORTED";
        summary.key_algorithm = algorithm;
        summary.in_use = !one.in_use_by.empty();
        summary.renewal_eligibility = "INELIGIBLE";
        summary.not_before = one.facts.not_before;
        summary.not_after = one.facts.not_after;
        summary.created_at = one.created;
        summary.imported_at = one.imported;
    }
    auto page = services::page_of(std::move(all), input.next_token.value_or(""),
                                  static_cast<std::size_t>(input.max_items.value_or(page_default)));
    if (!page) return aws_error("ValidationException", "The NextToken is not valid.");
    api::ListCertificatesOutput output;
    for (auto& one : page->items) output.certificate_summary_list.push_back(std::move(one));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

Result<api::DeleteCertificateOutput> Service::delete_certificate(
    wire::Request& request, const api::DeleteCertificateInput& input) {
    const auto certificate = TRY(find(request, input.certificate_arn));
    if (!certificate.in_use_by.empty()) {
        return api::resource_in_use(
            fmt::format("Certificate {} in account {} is in use.", certificate.arn, request.account));
    }
    certificates.erase(request.tx(), {request.account, request.region, certificate.arn});
    return api::DeleteCertificateOutput{};
}

Result<api::AddTagsToCertificateOutput> Service::add_tags_to_certificate(
    wire::Request& request, const api::AddTagsToCertificateInput& input) {
    auto certificate = TRY(find(request, input.certificate_arn));
    TRY(add_tags(certificate, input.tags));
    put(request, certificate);
    return api::AddTagsToCertificateOutput{};
}

Result<api::RemoveTagsFromCertificateOutput> Service::remove_tags_from_certificate(
    wire::Request& request, const api::RemoveTagsFromCertificateInput& input) {
    auto certificate = TRY(find(request, input.certificate_arn));
    for (const auto& tag : input.tags) {
        const auto at = certificate.tags.find(tag.key.value_or(""));
        // With a value, the tag goes only if it has that value.
        if (at != certificate.tags.end() && (!tag.value || *tag.value == at->second)) {
            certificate.tags.erase(at);
        }
    }
    put(request, certificate);
    return api::RemoveTagsFromCertificateOutput{};
}

Result<api::ListTagsForCertificateOutput> Service::list_tags_for_certificate(
    wire::Request& request, const api::ListTagsForCertificateInput& input) {
    const auto certificate = TRY(find(request, input.certificate_arn));
    api::ListTagsForCertificateOutput output;
    for (const auto& [key, value] : certificate.tags) {
        auto& tag = output.tags.emplace_back();
        tag.key = key;
        tag.value = value;
    }
    return output;
}

Result<services::LoadedCertificate> Service::load(wire::Request& request, const std::string& arn) {
    const auto found = TRY(find(request, arn));
    return services::LoadedCertificate{found.arn, found.certificate, found.private_key, found.chain,
                                       found.facts.names};
}

Result<void> Service::set_user(wire::Request& request, const std::string& arn,
                               const std::string& user_arn, bool in_use) {
    auto certificate = TRY(find(request, arn));
    std::erase(certificate.in_use_by, user_arn);
    if (in_use) certificate.in_use_by.push_back(user_arn);
    put(request, certificate);
    return {};
}

}  // namespace stormglass::acm
