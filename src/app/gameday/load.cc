#include "app/gameday/load.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/random.h"
#include "base/strings.h"

namespace stormglass::gameday {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int tries_to_ask_again = 20;
constexpr std::chrono::milliseconds pause_to_ask_again{500};

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

/// One thread's client. libcurl's handle is reused for its memory, never for its connection.
class Client {
public:
    Client(const Load& load, const Target& target) : handle_(curl_easy_init()), base_(load.scheme + "://" + target.host) {
        const std::string here = fmt::format("::127.0.0.1:{}", target.port);
        connect_to_ = curl_slist_append(nullptr, here.c_str());
        headers_ = curl_slist_append(nullptr, "Content-Type: application/json");
        headers_ = curl_slist_append(headers_, "Expect:");
        curl_easy_setopt(handle_, CURLOPT_CONNECT_TO, connect_to_);
        curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers_);
        curl_easy_setopt(handle_, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(handle_, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(handle_, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(load.timeout_s * 1000));
        curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, discard);
        curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYPEER, target.ca_file.empty() ? 0L : 1L);
        curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYHOST, target.ca_file.empty() ? 0L : 2L);
        if (!target.ca_file.empty()) curl_easy_setopt(handle_, CURLOPT_CAINFO, target.ca_file.c_str());
    }
    ~Client() {
        curl_easy_cleanup(handle_);
        curl_slist_free_all(connect_to_);
        curl_slist_free_all(headers_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    struct Answer {
        long status = 0;    // 0: none.
        std::string error;  // Why there is none.
    };

    Answer get(const std::string& path) {
        curl_easy_setopt(handle_, CURLOPT_HTTPGET, 1L);
        return perform(path);
    }
    Answer post(const std::string& path, const std::string& body) {
        curl_easy_setopt(handle_, CURLOPT_POST, 1L);
        curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
        curl_easy_setopt(handle_, CURLOPT_COPYPOSTFIELDS, body.c_str());
        return perform(path);
    }

private:
    Answer perform(const std::string& path) {
        const std::string url = base_ + path;
        curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
        const CURLcode code = curl_easy_perform(handle_);
        Answer answer;
        if (code != CURLE_OK) {
            answer.error = base::to_lower(curl_easy_strerror(code));
            return answer;
        }
        curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &answer.status);
        return answer;
    }

    CURL* handle_;
    curl_slist* connect_to_ = nullptr;
    curl_slist* headers_ = nullptr;
    const std::string base_;
};

std::string error_of(const Client::Answer& answer) {
    if (!answer.error.empty()) return answer.error;
    return answer.status >= 200 && answer.status < 400 ? std::string{} : fmt::format("HTTP {}", answer.status);
}

std::string entry_of(const std::string& id) {
    return fmt::format(R"({{"id":"{}","name":"gameday","message":"{}"}})", id, id);
}

}  // namespace

struct LoadRun::Parts {
    Load load;
    Target target;
    Clock::time_point begun = Clock::now();
    std::mutex mutex;
    std::condition_variable stopping;
    bool stopped = false;
    std::vector<Sample> samples;
    std::vector<std::thread> threads;
    base::SystemRandom random;

    double seconds() const { return std::chrono::duration<double>(Clock::now() - begun).count(); }

    void work(Kind kind) {
        Client client(load, target);
        const std::chrono::duration<double> pause(load.pause_s);
        std::unique_lock lock(mutex);
        while (!stopped) {
            lock.unlock();
            Sample sample{.kind = kind};
            const double from = seconds();
            if (kind == Kind::write) sample.id = random.uuid();
            sample.error = error_of(kind == Kind::read ? client.get(load.read_path)
                                                       : client.post(load.write_path, entry_of(sample.id)));
            sample.at_s = seconds();
            sample.latency_s = sample.at_s - from;
            lock.lock();
            samples.push_back(std::move(sample));
            stopping.wait_for(lock, pause, [this] { return stopped; });
        }
    }

    void stop() {
        {
            const std::scoped_lock lock(mutex);
            stopped = true;
        }
        stopping.notify_all();
        for (auto& thread : threads) thread.join();
        threads.clear();
    }
};

LoadRun::LoadRun(const Load& load, const Target& target) : parts_(new Parts{.load = load, .target = target}) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (int n = 0; n < load.readers; ++n) parts_->threads.emplace_back([this] { parts_->work(Kind::read); });
    for (int n = 0; n < load.writers; ++n) parts_->threads.emplace_back([this] { parts_->work(Kind::write); });
}

LoadRun::~LoadRun() { parts_->stop(); }

double LoadRun::seconds() const { return parts_->seconds(); }

std::vector<Sample> LoadRun::finish() {
    parts_->stop();
    std::vector<Sample> samples = std::move(parts_->samples);
    std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.at_s < b.at_s; });
    return samples;
}

Result<std::vector<std::string>> LoadRun::missing(const std::vector<std::string>& ids) const {
    Client client(parts_->load, parts_->target);
    std::vector<std::string> lost;
    for (const auto& id : ids) {
        Client::Answer answer;
        for (int n = 0; n < tries_to_ask_again; ++n) {
            answer = client.post(parts_->load.write_path, entry_of(id));
            if (answer.status == 200 || answer.status == 201) break;
            std::this_thread::sleep_for(pause_to_ask_again);
        }
        if (answer.status == 201) lost.push_back(id);
        if (answer.status != 200 && answer.status != 201) {
            return fail(Domain::system, "NoAnswer", "the application does not say whether " + id + " is there: " + error_of(answer));
        }
    }
    return lost;
}

}  // namespace stormglass::gameday
