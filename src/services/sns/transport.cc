#include "services/sns/transport.h"

#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include "base/file.h"
#include "base/log.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t answer_bytes_max = 64 * 1024;  // Of an endpoint's answer; nobody reads it.
constexpr long kept_connections_max = 64;

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

struct Transfer {
    Outgoing outgoing;
    List headers, recipients;
    std::size_t uploaded = 0, received = 0;
    char error[CURL_ERROR_SIZE] = "";
};

std::size_t take_answer(char*, std::size_t size, std::size_t count, void* transfer) {
    auto& received = static_cast<Transfer*>(transfer)->received;
    received += size * count;
    return received > answer_bytes_max ? 0 : size * count;
}

std::size_t give_mail(char* to, std::size_t size, std::size_t count, void* data) {
    auto& transfer = *static_cast<Transfer*>(data);
    const std::size_t part =
        std::min(size * count, transfer.outgoing.body.size() - transfer.uploaded);
    std::memcpy(to, transfer.outgoing.body.data() + transfer.uploaded, part);
    transfer.uploaded += part;
    return part;
}

/// Adds authorities to those that the TLS library trusts anyway.
CURLcode trust_authorities(CURL*, void* ssl_context, void* ca_pem) {
    const auto& pem = *static_cast<const std::string*>(ca_pem);
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    while (X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(static_cast<SSL_CTX*>(ssl_context)),
                            certificate);
        X509_free(certificate);
    }
    ERR_clear_error();  // The end of the text is no error.
    BIO_free(bio);
    return CURLE_OK;
}

class CurlTransport final : public Transport {
public:
    explicit CurlTransport(std::string ca_pem)
        : ca_pem_(std::move(ca_pem)), multi_(curl_multi_init()) {
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept_connections_max);
    }
    ~CurlTransport() override {
        for (auto& [easy, transfer] : transfers_) {
            curl_multi_remove_handle(multi_, easy);
            curl_easy_cleanup(easy);
        }
        curl_multi_cleanup(multi_);
    }

    void start(Outgoing outgoing) override {
        auto transfer = std::make_unique<Transfer>();
        transfer->outgoing = std::move(outgoing);
        CURL* easy = curl_easy_init();
        set_common(easy, *transfer);
        transfer->outgoing.mail_to.empty() ? set_http(easy, *transfer) : set_mail(easy, *transfer);
        curl_multi_add_handle(multi_, easy);
        transfers_.emplace(easy, std::move(transfer));
    }

    std::vector<Sent> collect(base::Millis wait) override {
        int running = 0;
        curl_multi_perform(multi_, &running);
        auto ended = take_ended();
        if (!ended.empty() || transfers_.empty()) return ended;
        curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
        curl_multi_perform(multi_, &running);
        return take_ended();
    }

private:
    void set_common(CURL* easy, Transfer& transfer) {
        curl_easy_setopt(easy, CURLOPT_URL, transfer.outgoing.url.c_str());
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                         static_cast<long>(base::Millis(answer_wait_max).count()));
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_answer);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &trust_authorities);
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &ca_pem_);
    }

    static void set_http(CURL* easy, Transfer& transfer) {
        curl_slist* list = curl_slist_append(nullptr, "Expect:");
        for (const auto& header : transfer.outgoing.headers) {
            list = curl_slist_append(list, header.c_str());
        }
        transfer.headers.reset(list);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.outgoing.body.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(transfer.outgoing.body.size()));
    }

    static void set_mail(CURL* easy, Transfer& transfer) {
        transfer.recipients.reset(curl_slist_append(nullptr, transfer.outgoing.mail_to.c_str()));
        curl_easy_setopt(easy, CURLOPT_MAIL_FROM, transfer.outgoing.mail_from.c_str());
        curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer.recipients.get());
        curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, &give_mail);
        curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    }

    std::vector<Sent> take_ended() {
        std::vector<Sent> ended;
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL* easy = message->easy_handle;
            const CURLcode result = message->data.result;
            const auto found = transfers_.find(easy);
            const Transfer& transfer = *found->second;
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            // An answer that is too long is an answer: its status has been read.
            const bool answered =
                result == CURLE_OK || (result == CURLE_WRITE_ERROR && status != 0);
            const std::string why =
                transfer.error[0] != '\0' ? transfer.error : curl_easy_strerror(result);
            ended.push_back({transfer.outgoing.id, answered ? static_cast<int>(status) : 0,
                             answered ? std::string() : why});
            curl_multi_remove_handle(multi_, easy);
            curl_easy_cleanup(easy);
            transfers_.erase(found);
        }
        return ended;
    }

    const std::string ca_pem_;
    CURLM* multi_;
    std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
};

}  // namespace

std::string trusted_authorities(std::string ours) {
    const char* path = std::getenv("STORMGLASS_SNS_CA");
    if (path == nullptr || *path == '\0') return ours;
    const auto more = base::read_file(path);
    if (!more) {
        spdlog::warn("STORMGLASS_SNS_CA: {}", more.error().message);
        return ours;
    }
    return ours + "\n" + *more;
}

std::unique_ptr<Transport> make_curl_transport(std::string ca_pem) {
    return std::make_unique<CurlTransport>(std::move(ca_pem));
}

}  // namespace stormglass::sns
