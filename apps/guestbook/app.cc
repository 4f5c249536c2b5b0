// Routes, and what each answers.
#include "app.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "json.h"
#include "log.h"
#include "pages.h"
#include "text.h"

namespace guestbook {
namespace {

constexpr const char* html_type = "text/html; charset=utf-8";
constexpr const char* json_type = "application/json";

Response json_error(int status, const std::string& text) {
    return {.status = status,
            .content_type = json_type,
            .body = "{\"error\":" + json_string(text) + "}\n"};
}

Response method_not_allowed(const char* allowed) {
    return {.status = 405, .body = "method not allowed\n", .headers = {{"Allow", allowed}}};
}

std::string member(std::string_view name, std::string_view value) {
    return json_string(name) + ":" + json_string(value);
}

std::string entry_json(const Entry& entry) {
    return "{" + member("id", entry.id) + "," + member("name", entry.name) + "," +
           member("message", entry.message) + "," + member("instance", entry.instance) + "," +
           member("zone", entry.zone) + "," + member("created_at", entry.created_at) + "}";
}

std::string media_type(const Request& request) {
    const std::string_view header = request.header("content-type");
    return to_lower(trim(header.substr(0, header.find(';'))));
}

/// Name, message and id as the body gives them, or the status that refuses it.
struct Draft {
    Entry entry;
    int error_status = 0;
    std::string error;
};
Draft read_draft(const Request& request) {
    const std::string type = media_type(request);
    std::optional<std::map<std::string, std::string>> fields;
    if (type == "application/x-www-form-urlencoded") {
        fields = parse_form(request.body);
    } else if (type == json_type) {
        fields = parse_flat_json(request.body);
    } else {
        return {{}, 415, "send application/x-www-form-urlencoded or application/json"};
    }
    if (!fields) return {{}, 400, "the body is not well-formed " + type};
    Draft draft;
    draft.entry.id = (*fields)["id"];
    draft.entry.name = trim((*fields)["name"]);
    draft.entry.message = trim((*fields)["message"]);
    if (draft.entry.id.empty()) draft.entry.id = new_uuid();
    if (auto fault = entry_fault(draft.entry)) {
        draft.error_status = 422;
        draft.error = *fault;
        // The form shows it again, and a page must not hold what is not text.
        for (auto* text : {&draft.entry.name, &draft.entry.message}) {
            if (!utf8_length(*text)) text->clear();
        }
    }
    return draft;
}

std::size_t wanted_entries(const Request& request) {
    const auto fields = parse_form(request.query);
    const auto found = fields ? fields->find("limit") : decltype(fields->find("")){};
    if (!fields || found == fields->end()) return entries_shown_default;
    std::size_t limit = entries_shown_default;
    const std::string& text = found->second;
    std::from_chars(text.data(), text.data() + text.size(), limit);
    return std::clamp<std::size_t>(limit, 1, entries_shown_max);
}

void secure(const Request& request, Response& response) {
    auto& headers = response.headers;
    headers.emplace_back("Cache-Control", "no-store");
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("X-Frame-Options", "DENY");
    headers.emplace_back("Referrer-Policy", "same-origin");
    const bool set = std::ranges::any_of(
        headers, [](const auto& header) { return header.first == "Content-Security-Policy"; });
    if (!set) headers.emplace_back("Content-Security-Policy", "default-src 'none'");
    if (request.header("x-forwarded-proto") == "https") {
        headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
    }
}

}  // namespace

Response App::handle(const Request& request) {
    const auto start = std::chrono::steady_clock::now();
    Response response = route(request);
    secure(request, response);
    const bool probe = request.path == "/healthz" || request.path == "/readyz";
    if (probe && response.status == 200) return response;
    const auto took = std::chrono::steady_clock::now() - start;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    log(response.status >= 500 ? Level::error : Level::info, "request",
        {{"method", request.method},
         {"path", request.path},
         {"status", std::to_string(response.status)},
         {"us", std::to_string(us)},
         {"client", std::string(request.header("x-forwarded-for"))},
         {"trace", std::string(request.header("x-amzn-trace-id"))}});
    return response;
}

Response App::route(const Request& request) {
    const std::string& path = request.path;
    const bool get = request.method == "GET" || request.method == "HEAD";
    const bool post = request.method == "POST";
    if (path == "/api/entries") {
        if (get) return api_list(request);
        return post ? api_add(request) : method_not_allowed("GET, HEAD, POST");
    }
    if (path == "/entries") return post ? post_entry(request) : method_not_allowed("POST");
    const bool known = path == "/" || path == "/healthz" || path == "/readyz" || path == "/whoami";
    if (!known) return {.status = 404, .body = "no such page\n"};
    if (!get) return method_not_allowed("GET, HEAD");
    if (path == "/healthz") return {.body = "ok\n"};
    if (path == "/readyz") return ready();
    if (path == "/whoami") return whoami();
    return page({.id = new_uuid()}, "", 200);
}

Response App::page(const Entry& draft, const std::string& notice, int status) {
    PageContent content{
        .instance = config_.instance,
        .zone = config_.zone,
        .endpoint = config_.database_host + ":" + std::to_string(config_.database_port),
        .notice = notice,
        .name = draft.name,
        .message = draft.message,
        .entry_id = draft.id,
        .nonce = new_uuid()};
    const auto entries = entries_.newest(entries_shown_default);
    if (entries) {
        content.entries = *entries;
        if (const auto facts = entries_.facts()) content.database = *facts;
    } else {
        status = 503;
        if (notice.empty()) content.notice = "The database does not answer. Please try again soon.";
        log(Level::error, "database_unavailable", {{"reason", entries.error().message}});
    }
    const std::string policy = "default-src 'none'; style-src 'nonce-" + content.nonce +
                               "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    return {.status = status,
            .content_type = html_type,
            .body = render_page(content),
            .headers = {{"Content-Security-Policy", policy}}};
}

Response App::post_entry(const Request& request) {
    // A form on another site must not sign for its visitor. Only browsers send this header.
    if (request.header("sec-fetch-site") == "cross-site") {
        return {.status = 403, .body = "sign on this site's own page\n"};
    }
    Draft draft = read_draft(request);
    const bool form = media_type(request) != json_type;
    const auto refuse = [&](int status, const std::string& why) {
        if (!form) return json_error(status, why);
        if (status != 422 && status != 409) return Response{.status = status, .body = why + "\n"};
        if (!is_uuid(draft.entry.id) || status == 409) draft.entry.id = new_uuid();
        return page(draft.entry, why, status);
    };
    if (draft.error_status != 0) return refuse(draft.error_status, draft.error);
    draft.entry.instance = config_.instance;
    draft.entry.zone = config_.zone;
    const auto added = entries_.add(draft.entry);
    if (!added) {
        log(Level::error, "entry_failed", {{"reason", added.error().message}});
        return refuse(503, "the database does not answer; send the entry again, it is added once");
    }
    if (*added == Added::conflict) return refuse(409, "this id belongs to another entry");
    return {.status = 303, .body = "signed\n", .headers = {{"Location", "/"}}};
}

Response App::api_list(const Request& request) {
    const auto entries = entries_.newest(wanted_entries(request));
    if (!entries) {
        log(Level::error, "database_unavailable", {{"reason", entries.error().message}});
        return json_error(503, "the database does not answer");
    }
    std::string body = "{\"entries\":[";
    for (const auto& entry : *entries) {
        if (body.back() != '[') body += ",";
        body += entry_json(entry);
    }
    return {.content_type = json_type, .body = body + "]}\n"};
}

Response App::api_add(const Request& request) {
    Draft draft = read_draft(request);
    if (draft.error_status != 0) return json_error(draft.error_status, draft.error);
    draft.entry.instance = config_.instance;
    draft.entry.zone = config_.zone;
    const auto added = entries_.add(draft.entry);
    if (!added) {
        log(Level::error, "entry_failed", {{"reason", added.error().message}});
        return json_error(503, "the database does not answer; an entry with an id is added once");
    }
    if (*added == Added::conflict) return json_error(409, "this id belongs to another entry");
    return {.status = *added == Added::now ? 201 : 200,
            .content_type = json_type,
            .body = "{" + member("id", draft.entry.id) + "," +
                    member("instance", config_.instance) + "," + member("zone", config_.zone) +
                    "}\n"};
}

Response App::whoami() {
    const auto facts = entries_.facts();
    std::string body = "{" + member("instance", config_.instance) + "," +
                       member("zone", config_.zone) + "," +
                       member("database_host", config_.database_host) + "," +
                       member("database_port", std::to_string(config_.database_port)) + "," +
                       member("database_role", facts ? facts->role() : "unreachable");
    if (facts) {
        body += "," + member("database_address", facts->address) + "," +
                member("database_hostname", facts->hostname) + "," +
                member("database_server_id", facts->server_id) + "," +
                member("database_version", facts->version) +
                ",\"database_read_only\":" + (facts->read_only ? "true" : "false");
    }
    return {.content_type = json_type, .body = body + "}\n"};
}

Response App::ready() {
    const auto ready = entries_.ready();
    if (ready) return {.body = "ready\n"};
    log(Level::warn, "not_ready", {{"reason", ready.error().message}});
    return {.status = 503, .body = "the database is not usable\n"};
}

}  // namespace guestbook
