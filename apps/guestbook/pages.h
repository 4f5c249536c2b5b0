// The HTML of the one page there is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "entries.h"

namespace guestbook {

struct PageContent {
    std::string instance, zone, endpoint;
    std::optional<DatabaseFacts> database;  // Nothing: it does not answer.
    std::vector<Entry> entries;
    std::string notice;         // An error for the author of a refused entry.
    std::string name, message;  // What the form holds.
    std::string entry_id;       // The id of the entry that the form will send.
    std::string nonce;          // Lets the page's own style pass the content security policy.
};

std::string render_page(const PageContent& content);

}  // namespace guestbook
