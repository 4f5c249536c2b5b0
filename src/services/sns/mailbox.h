// The local mailbox: where e-mail subscriptions deliver when the user gave no SMTP server. A file a
// mail under the data directory, readable by its owner alone; `stormglass mail` lists and shows
// them.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace stormglass::sns {

inline constexpr std::size_t mails_kept = 1000;

struct Mail {
    std::string id, path;           // The id is the file's name without ".eml".
    std::string date, to, subject;  // As its headers say.
};

std::string mail_folder(const std::string& data_dir);
/// Durable when it returns; the same id again replaces the mail. The oldest beyond `mails_kept` go.
Result<void> put_mail(const std::string& folder, base::Time time, const std::string& id,
                      const std::string& text);
/// Oldest first; no folder is no mail.
Result<std::vector<Mail>> list_mail(const std::string& folder);

}  // namespace stormglass::sns
