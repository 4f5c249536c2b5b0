#include "services/sns/mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/strings.h"

namespace stormglass::sns {
namespace {

constexpr std::string_view ending = ".eml";

/// "=?UTF-8?B?...?=" as envelope.cc writes it, back to text.
std::string plain_header(const std::string& text) {
    constexpr std::string_view begin = "=?UTF-8?B?", end = "?=";
    if (!text.starts_with(begin) || !text.ends_with(end)) return text;
    return base::base64_decode(text.substr(begin.size(), text.size() - begin.size() - end.size()))
        .value_or(text);
}

std::string header_of(const std::string& text, std::string_view name) {
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find("\r\n", at);
        if (end == std::string::npos || end == at) return {};
        const std::string line = text.substr(at, end - at);
        if (line.starts_with(std::string(name) + ": "))
            return plain_header(line.substr(name.size() + 2));
        at = end + 2;
    }
    return {};
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(ending)) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

std::string mail_folder(const std::string& data_dir) { return data_dir + "/mail"; }

Result<void> put_mail(const std::string& folder, base::Time time, const std::string& id,
                      const std::string& text) {
    TRY(base::make_directories(folder));
    const auto path = fmt::format("{}/{}-{}{}", folder, base::amz_date(time), id, ending);
    TRY(base::write_file(path, text, base::Access::secret, base::Sync::yes));
    const auto names = names_in(folder);
    for (std::size_t i = 0; i + mails_kept < names.size(); ++i) {
        TRY(base::remove_all(folder + "/" + names[i]));
    }
    return {};
}

Result<std::vector<Mail>> list_mail(const std::string& folder) {
    std::vector<Mail> mails;
    for (const auto& name : names_in(folder)) {
        const auto path = folder + "/" + name;
        const auto text = base::read_file(path);
        if (!text) continue;  // Gone meanwhile.
        mails.push_back({name.substr(0, name.size() - ending.size()), path,
                         header_of(*text, "Date"), header_of(*text, "To"),
                         header_of(*text, "Subject")});
    }
    return mails;
}

}  // namespace stormglass::sns
