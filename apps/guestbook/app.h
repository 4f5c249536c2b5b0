// The application: routes, and what each answers.
#pragma once

#include <string>

#include "config.h"
#include "entries.h"
#include "http.h"

namespace guestbook {

/// Threading: handle() on any thread.
class App {
public:
    /// `entries` must outlive this.
    App(Config config, Entries& entries) : config_(std::move(config)), entries_(entries) {}

    /// Answers the request, with security headers, and logs it (health checks excepted).
    Response handle(const Request& request);

private:
    Response route(const Request& request);
    Response page(const Entry& draft, const std::string& notice, int status);
    Response post_entry(const Request& request);
    Response api_list(const Request& request);
    Response api_add(const Request& request);
    Response whoami();
    Response ready();

    const Config config_;
    Entries& entries_;
};

}  // namespace guestbook
