// One client of the endpoint: resolves its name, connects, and does so again after any error.
#pragma once

#include <mysql.h>

#include <string>
#include <vector>

namespace stormglass::failover {

struct Endpoint {
    std::string name, user, password;
    unsigned port = 3306;
};

class Client {
public:
    explicit Client(const Endpoint& endpoint) : endpoint_(endpoint) {}
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// False: not done, or nobody knows; the connection is given up.
    bool execute(const std::string& statement);
    /// The first column; nothing on an error.
    bool column(const std::string& statement, std::vector<std::string>& cells);
    const std::string& error() const { return error_; }

private:
    bool connect();
    void close();
    bool give_up();

    const Endpoint& endpoint_;
    MYSQL* handle_ = nullptr;
    std::string error_;
};

}  // namespace stormglass::failover
