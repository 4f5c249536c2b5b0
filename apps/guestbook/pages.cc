// The HTML of the one page there is: no scripts, nothing fetched from elsewhere.
#include "pages.h"

#include "text.h"

namespace guestbook {
namespace {

constexpr const char* style = R"css(
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#f6f4ef;--card:#fff;--line:#e2ddd2;
--accent:#0b6e6e;--bad:#a3261d}
@media(prefers-color-scheme:dark){:root{--ink:#e7e9ec;--soft:#9aa5b1;--paper:#12161c;--card:#1a2029;
--line:#2b3440;--accent:#4fc3bd;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem}
h1{font:600 2.1rem/1.2 Georgia,serif;margin:0 0 .25rem}
.lead{color:var(--soft);margin:0 0 1.5rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem;margin:0 0 1.75rem}
dl div,form,article{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem}
dt{font-size:.75rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft)}
dd{margin:.1rem 0 0;font:.92rem/1.45 ui-monospace,monospace;overflow-wrap:anywhere}
.role{color:var(--accent);font-weight:600}.down,.notice{color:var(--bad);font-weight:600}
form{display:grid;gap:.6rem;margin-bottom:1.75rem}
label{font-size:.85rem;color:var(--soft)}
input,textarea{width:100%;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);
border-radius:.4rem;padding:.5rem .6rem}
textarea{min-height:5rem;resize:vertical}
button{justify-self:start;font:inherit;font-weight:600;color:var(--card);background:var(--accent);border:0;
border-radius:.4rem;padding:.5rem 1.2rem;cursor:pointer}
article{margin-bottom:.75rem}article p{margin:.15rem 0 .4rem;white-space:pre-wrap;overflow-wrap:anywhere}
article footer{font-size:.8rem;color:var(--soft)}
)css";

std::string fact(std::string_view term, const std::string& html) {
    return "<div><dt>" + std::string(term) + "</dt><dd>" + html + "</dd></div>\n";
}

std::string facts_list(const PageContent& content) {
    std::string out = "<dl>\n";
    out += fact("Served by", "<span id=\"instance\">" + html_escape(content.instance) + "</span>");
    out += fact("Zone", "<span id=\"zone\">" + html_escape(content.zone) + "</span>");
    const std::string host =
        "<span id=\"database-host\">" + html_escape(content.endpoint) + "</span>";
    if (!content.database) {
        out += fact("Database",
                    host + "<br><span id=\"database-role\" class=\"down\">unreachable</span>");
        return out + "</dl>\n";
    }
    const DatabaseFacts& database = *content.database;
    out += fact("Database", host + "<br><span id=\"database-role\" class=\"role\">" +
                                database.role() + "</span> at <span id=\"database-address\">" +
                                html_escape(database.address) + "</span>");
    out += fact("Server", "<span id=\"database-server\">" + html_escape(database.hostname) +
                              "</span><br>server_id " + html_escape(database.server_id) +
                              ", read_only " + (database.read_only ? "on" : "off") + "<br>" +
                              html_escape(database.version));
    return out + "</dl>\n";
}

std::string form(const PageContent& content) {
    std::string out = "<form method=\"post\" action=\"/entries\">\n";
    if (!content.notice.empty()) {
        out += "<p class=\"notice\" role=\"alert\">" + html_escape(content.notice) + "</p>\n";
    }
    out += "<input type=\"hidden\" name=\"id\" value=\"" + html_escape(content.entry_id) + "\">\n";
    out +=
        "<label for=\"name\">Your name</label>\n<input id=\"name\" name=\"name\" required "
        "maxlength=\"" +
        std::to_string(name_length_max) + "\" value=\"" + html_escape(content.name) + "\">\n";
    out +=
        "<label for=\"message\">Message</label>\n<textarea id=\"message\" name=\"message\" "
        "required "
        "maxlength=\"" +
        std::to_string(message_length_max) + "\">" + html_escape(content.message) + "</textarea>\n";
    return out + "<button>Sign the book</button>\n</form>\n";
}

std::string entry_article(const Entry& entry) {
    return "<article data-id=\"" + html_escape(entry.id) + "\"><strong>" + html_escape(entry.name) +
           "</strong>\n<p>" + html_escape(entry.message) + "</p>\n<footer><time>" +
           html_escape(entry.created_at) + "</time> &middot; taken in by " +
           html_escape(entry.instance) + " in " + html_escape(entry.zone) + "</footer></article>\n";
}

}  // namespace

std::string render_page(const PageContent& content) {
    std::string out =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        "<title>Guestbook</title>\n<style nonce=\"" +
        html_escape(content.nonce) + "\">" + style +
        "</style>\n</head>\n<body>\n<main>\n<h1>Guestbook</h1>\n"
        "<p class=\"lead\">Reload the page and watch who answers.</p>\n";
    out += facts_list(content);
    out += form(content);
    out += "<section aria-label=\"Entries\">\n";
    for (const auto& entry : content.entries) out += entry_article(entry);
    if (content.entries.empty() && content.database) {
        out += "<p class=\"lead\">Nobody has signed yet. Be the first.</p>\n";
    }
    return out + "</section>\n</main>\n</body>\n</html>\n";
}

}  // namespace guestbook
