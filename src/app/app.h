// The daemon's object graph: everything is built here in order and destroyed in reverse.
#pragma once

#include <memory>

#include "app/options.h"
#include "base/result.h"
#include "substrate/realm.h"

namespace stormglass::app {

class App {
public:
    /// Opens the store, adopts what runs, and listens; requests are served when this returns.
    static Result<std::unique_ptr<App>> create(const UpOptions& options,
                                               const substrate::Realm& realm);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    const std::string& endpoint() const;
    /// Stops serving and reconciling; what runs outside the daemon goes on.
    void stop();

private:
    struct Parts;
    explicit App(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace stormglass::app
