// For tests of real servers: a realm and a network namespace of the test's own, two servers' specs,
// and a client as applications have it.
#pragma once

#include <gtest/gtest.h>
#include <mysql.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/file.h"
#include "substrate/mysql/connection.h"
#include "substrate/mysql/databases_linux.h"
#include "substrate/mysql/layout.h"
#include "substrate/process/processes_linux.h"

namespace stormglass::substrate::mysql {

using namespace std::chrono_literals;

#define OK(expression)                                                                \
    do {                                                                              \
        const auto ok_result_ = (expression);                                         \
        ASSERT_TRUE(ok_result_) << #expression << ": " << ok_result_.error().message; \
    } while (false)

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = 10s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

/// A connection over TCP, with short timeouts.
class Client {
public:
    Client(const std::string& host, unsigned port, const std::string& user,
           const std::string& password) {
        handle_ = mysql_init(nullptr);
        const unsigned seconds = 5;
        mysql_options(handle_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
        mysql_options(handle_, MYSQL_OPT_READ_TIMEOUT, &seconds);
        connected_ = mysql_real_connect(handle_, host.c_str(), user.c_str(), password.c_str(),
                                        nullptr, port, nullptr, 0) != nullptr;
    }
    ~Client() { mysql_close(handle_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return connected_; }
    std::string error() const { return mysql_error(handle_); }
    bool execute(const std::string& statement) {
        if (!connected_ || mysql_query(handle_, statement.c_str()) != 0) return false;
        if (MYSQL_RES* result = mysql_store_result(handle_)) mysql_free_result(result);
        return true;
    }
    /// The first column of each row.
    std::vector<std::string> column(const std::string& statement) {
        std::vector<std::string> cells;
        if (!connected_ || mysql_query(handle_, statement.c_str()) != 0)
            return {"error: " + error()};
        MYSQL_RES* result = mysql_store_result(handle_);
        while (MYSQL_ROW row = result ? mysql_fetch_row(result) : nullptr) {
            cells.emplace_back(row[0] ? row[0] : "NULL");
        }
        if (result) mysql_free_result(result);
        return cells;
    }
    std::string value(const std::string& statement) {
        const auto cells = column(statement);
        return cells.empty() ? "" : cells[0];
    }

private:
    MYSQL* handle_;
    bool connected_ = false;
};

/// Everything it starts and makes is gone when it ends.
class TestServers {
public:
    static constexpr const char* master = "admin";
    static constexpr const char* password = "PlainMarkerPassword1";

    TestServers() {
        if (::unshare(CLONE_NEWNET) != 0) std::abort();
        const int made = std::system(
            "ip link set lo up && for a in 10.90.0.1 10.90.0.2 100.64.9.1 100.64.9.2; do "
            "ip addr add $a/32 dev lo; done");
        if (made != 0) std::abort();
        const auto tag = std::to_string(::getpid());
        realm_ = {.id = "q" + tag,
                  .data_dir = "/tmp/stormglass-mysql-test-" + tag,
                  .run_dir = "/dev/shm/stormglass-mysql-test-" + tag};
        (void)base::make_directories(realm_.data_dir);
        (void)base::make_directories(realm_.run_dir);
        share_templates();
        processes_ = make_linux_processes(realm_);
        databases_ = make_linux_databases(realm_, *processes_);
        for (auto* spec : {&first, &second}) {
            const std::string number = spec == &first ? "1" : "2";
            spec->id = "db-test-" + number;
            spec->network_namespace = "/proc/" + tag + "/ns/net";
            spec->address = "10.90.0." + number;
            spec->port = 3306;
            spec->backplane_address = "100.64.9." + number;
            spec->server_id = spec == &first ? 11 : 12;
            spec->memory_bytes = 256 << 20;
            spec->encryption_key = std::string(32, 'k');
        }
    }
    ~TestServers() {
        for (const auto& id : {first.id, second.id}) EXPECT_TRUE(databases_->remove(id));
        EXPECT_TRUE(processes_->remove_everything());
        EXPECT_TRUE(base::remove_all(realm_.data_dir));
        EXPECT_TRUE(base::remove_all(realm_.run_dir));
    }

    Databases& databases() { return *databases_; }
    Processes& processes() { return *processes_; }
    const Realm& realm() const { return realm_; }
    std::unique_ptr<Client> client(const DatabaseServerSpec& spec) const {
        return std::make_unique<Client>(spec.address, spec.port, master, password);
    }
    DatabaseCredentials credentials() const {
        return {.master_username = master,
                .master_password = password,
                .replication_password = "PlainMarkerReplication1",
                .initial_database = "app"};
    }

    DatabaseServerSpec first, second;

private:
    /// All tests of a program share one template: making one costs more than all the rest.
    void share_templates() const {
        struct Folder {
            std::string path = "/tmp/stormglass-mysql-templates-" + std::to_string(::getpid());
            Folder() { (void)base::make_directories(path); }
            ~Folder() { (void)base::remove_all(path); }
        };
        static const Folder folder;
        std::filesystem::create_directory_symlink(folder.path, realm_.data_dir + "/templates");
    }

    Realm realm_;
    std::unique_ptr<Processes> processes_;
    std::unique_ptr<Databases> databases_;
};

}  // namespace stormglass::substrate::mysql
