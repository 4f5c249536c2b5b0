#include "services/s3/lifecycle_rules.h"

#include "services/s3/access.h"
#include "services/s3/settings.h"

namespace stormglass::s3 {
namespace {

constexpr std::int64_t newer_versions_max = 100;

/// A rule's filter, whichever of its forms it was sent in.
struct Filter {
    std::string prefix;
    std::map<std::string, std::string> tags;
    std::optional<std::int64_t> greater_than, less_than;

    bool has_more_than_prefix() const { return !tags.empty() || greater_than || less_than; }
    bool matches(const Version& version) const {
        const auto size = static_cast<std::int64_t>(version.size);
        if (!version.key.starts_with(prefix)) return false;
        if ((greater_than && size <= *greater_than) || (less_than && size >= *less_than)) return false;
        return std::all_of(tags.begin(), tags.end(), [&](const auto& tag) {
            const auto found = version.headers.tags.find(tag.first);
            return found != version.headers.tags.end() && found->second == tag.second;
        });
    }
};

Filter filter_of(const api::LifecycleRule& rule) {
    Filter filter;
    if (rule.prefix) filter.prefix = *rule.prefix;
    if (!rule.filter) return filter;
    const auto add_tag = [&](const api::Tag& tag) { filter.tags[tag.key.value_or("")] = tag.value.value_or(""); };
    if (rule.filter->prefix) filter.prefix = *rule.filter->prefix;
    if (rule.filter->tag) add_tag(*rule.filter->tag);
    filter.greater_than = rule.filter->object_size_greater_than;
    filter.less_than = rule.filter->object_size_less_than;
    if (const auto& both = rule.filter->and_) {
        if (both->prefix) filter.prefix = *both->prefix;
        for (const auto& tag : both->tags) add_tag(tag);
        if (both->object_size_greater_than) filter.greater_than = both->object_size_greater_than;
        if (both->object_size_less_than) filter.less_than = both->object_size_less_than;
    }
    return filter;
}

Unexpected invalid(const std::string& message) { return s3_error("InvalidArgument", message, 400); }

Result<void> check_expiration(const api::LifecycleExpiration& expiration, const Filter& filter) {
    const auto& marker = expiration.expired_object_delete_marker;
    const int given = static_cast<int>(expiration.days.has_value()) +
                      static_cast<int>(expiration.date.has_value()) +
                      static_cast<int>(marker.value_or(false));
    if (given > 1 || (given == 0 && !marker)) {
        return s3_error("MalformedXML",
                        "The XML you provided was not well-formed or did not validate against our "
                        "published schema", 400);
    }
    if (expiration.days && *expiration.days < 1) {
        return invalid("'Days' for Expiration action must be a positive integer");
    }
    if (expiration.date && *expiration.date != std::chrono::floor<base::Days>(*expiration.date)) {
        return invalid("'Date' must be at midnight GMT");
    }
    if (marker.value_or(false) && !filter.tags.empty()) {
        return s3_error("InvalidRequest",
                        "ExpiredObjectDeleteMarker cannot be specified with Tags", 400);
    }
    return {};
}

/// Of the current version; expired delete markers are another matter.
bool is_current_due(const api::LifecycleRule& rule, const Version& version, base::Time now) {
    if (!rule.expiration) return false;
    if (rule.expiration->date) return *rule.expiration->date <= now;
    return rule.expiration->days && due_after(version.modified, *rule.expiration->days) <= now;
}

/// A delete marker with nothing under it; Days clears it away too, once it is that old.
bool is_marker_due(const api::LifecycleRule& rule, const Version& marker, base::Time now) {
    return rule.expiration && (rule.expiration->expired_object_delete_marker.value_or(false) ||
                               is_current_due(rule, marker, now));
}

/// `successor` made it noncurrent; `newer` noncurrent versions are younger.
bool is_noncurrent_due(const api::LifecycleRule& rule, const Version& successor, std::size_t newer,
                       base::Time now) {
    const auto& action = rule.noncurrent_version_expiration;
    if (!action || !action->noncurrent_days) return false;
    return static_cast<std::int64_t>(newer) >= action->newer_noncurrent_versions.value_or(0) &&
           due_after(successor.modified, *action->noncurrent_days) <= now;
}

}  // namespace

Result<void> check_actions(const api::LifecycleRule& rule) {
    const Filter filter = filter_of(rule);
    if (rule.expiration) TRY(check_expiration(*rule.expiration, filter));
    if (const auto& action = rule.noncurrent_version_expiration) {
        if (action->noncurrent_days.value_or(0) < 1) {
            return invalid("'NoncurrentDays' for NoncurrentVersionExpiration action must be a "
                           "positive integer");
        }
        const auto newer = action->newer_noncurrent_versions.value_or(1);
        if (newer < 1 || newer > newer_versions_max) {
            return invalid("'NewerNoncurrentVersions' must be between 1 and 100");
        }
    }
    if (const auto& action = rule.abort_incomplete_multipart_upload) {
        if (action->days_after_initiation.value_or(0) < 1) {
            return invalid("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be "
                           "a positive integer");
        }
        if (filter.has_more_than_prefix()) {
            return s3_error("InvalidRequest",
                            "AbortIncompleteMultipartUpload cannot be specified with Tags or object "
                            "sizes", 400);
        }
    }
    return {};
}

Result<std::vector<api::LifecycleRule>> enabled_rules(const Bucket& bucket) {
    std::vector<api::LifecycleRule> enabled;
    const auto found = bucket.settings.find(lifecycle_setting);
    if (found == bucket.settings.end()) return enabled;
    auto all = TRY(from_setting<api::BucketLifecycleConfiguration>("PutBucketLifecycleConfiguration",
                                                                   found->second));
    for (auto& rule : all.rules) {
        if (rule.status == "Enabled") enabled.push_back(std::move(rule));
    }
    return enabled;
}

base::Time due_after(base::Time from, std::int64_t days) {
    return std::chrono::floor<base::Days>(from) + base::Days{days + 1};
}

std::vector<DueVersion> due_versions(const std::vector<api::LifecycleRule>& rules,
                                     const std::vector<Version>& of_key, base::Time now) {
    std::vector<DueVersion> due;
    for (std::size_t i = 0; i < of_key.size(); ++i) {
        const Version& version = of_key[i];
        const bool alone = of_key.size() == 1;
        const bool goes = std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
            if (!filter_of(rule).matches(version)) return false;
            if (i > 0) return is_noncurrent_due(rule, of_key[i - 1], i - 1, now);
            if (version.delete_marker) return alone && is_marker_due(rule, version, now);
            return is_current_due(rule, version, now);
        });
        if (!goes) continue;
        const bool current = i == 0 && !version.delete_marker;
        due.push_back({i, current ? DueVersion::How::as_current : DueVersion::How::for_good});
    }
    return due;
}

bool is_due(const std::vector<api::LifecycleRule>& rules, const Upload& upload, base::Time now) {
    return std::any_of(rules.begin(), rules.end(), [&](const api::LifecycleRule& rule) {
        const auto& action = rule.abort_incomplete_multipart_upload;
        return action && action->days_after_initiation &&
               upload.key.starts_with(filter_of(rule).prefix) &&
               due_after(upload.started, *action->days_after_initiation) <= now;
    });
}

}  // namespace stormglass::s3
