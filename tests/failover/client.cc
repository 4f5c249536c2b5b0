#include "client.h"

#include "dns.h"

namespace stormglass::failover {
namespace {

constexpr unsigned connect_seconds = 1, answer_seconds = 2;

}  // namespace

bool Client::connect() {
    if (handle_ != nullptr) return true;
    const auto address = resolve(endpoint_.name);
    if (!address) {
        error_ = "the name does not resolve";
        return false;
    }
    handle_ = mysql_init(nullptr);
    mysql_options(handle_, MYSQL_OPT_CONNECT_TIMEOUT, &connect_seconds);
    mysql_options(handle_, MYSQL_OPT_READ_TIMEOUT, &answer_seconds);
    mysql_options(handle_, MYSQL_OPT_WRITE_TIMEOUT, &answer_seconds);
    if (mysql_real_connect(handle_, address->c_str(), endpoint_.user.c_str(),
                           endpoint_.password.c_str(), "app", endpoint_.port, nullptr, 0)) {
        return true;
    }
    return give_up();
}

bool Client::give_up() {
    error_ = mysql_error(handle_);
    close();
    return false;
}

void Client::close() {
    if (handle_ != nullptr) mysql_close(handle_);
    handle_ = nullptr;
}

bool Client::execute(const std::string& statement) {
    if (!connect()) return false;
    if (mysql_real_query(handle_, statement.data(), statement.size()) != 0) return give_up();
    return true;
}

bool Client::column(const std::string& statement, std::vector<std::string>& cells) {
    cells.clear();
    if (!execute(statement)) return false;
    MYSQL_RES* result = mysql_store_result(handle_);
    if (result == nullptr) return give_up();
    while (MYSQL_ROW row = mysql_fetch_row(result)) cells.emplace_back(row[0] ? row[0] : "");
    mysql_free_result(result);
    return true;
}

}  // namespace stormglass::failover
