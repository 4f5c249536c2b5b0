// `stormglass mail`: lists and shows what e-mail subscriptions delivered to the local mailbox. It reads the
// folder itself, so it works without a daemon; the links in the mails need one.
#include <cstdio>

#include "app/cli.h"
#include "base/file.h"
#include "services/sns/mailbox.h"

namespace stormglass::app {
namespace {

void print_list(const std::vector<sns::Mail>& mails) {
    if (mails.empty()) {
        std::printf("no mail (an e-mail subscription to an SNS topic delivers here)\n");
        return;
    }
    std::size_t number = 0;
    for (const auto& mail : mails) {
        std::printf("%4zu  %-29s  %-30s  %s\n", ++number, mail.date.c_str(), mail.to.c_str(),
                    mail.subject.c_str());
    }
}

void print_json(const std::vector<sns::Mail>& mails) {
    base::Json all = base::Json::array();
    std::size_t number = 0;
    for (const auto& mail : mails) {
        all.push_back({{"number", ++number}, {"id", mail.id}, {"date", mail.date}, {"to", mail.to},
                       {"subject", mail.subject}, {"path", mail.path}});
    }
    std::printf("%s\n", all.dump(2, ' ', false, base::Json::error_handler_t::replace).c_str());
}

/// By its number in the list, its id, or "last".
const sns::Mail* find(const std::vector<sns::Mail>& mails, const std::string& wanted) {
    if (mails.empty()) return nullptr;
    if (wanted == "last") return &mails.back();
    for (std::size_t i = 0; i < mails.size(); ++i) {
        if (wanted == std::to_string(i + 1) || wanted == mails[i].id) return &mails[i];
    }
    return nullptr;
}

}  // namespace

int command_mail(const std::string& data_dir, const std::string& which, Form form) {
    const auto mails = sns::list_mail(sns::mail_folder(look_at_realm(data_dir).data_dir));
    if (!mails) return complain(mails.error().message);
    if (which.empty()) {
        form == Form::json ? print_json(*mails) : print_list(*mails);
        return exit_done;
    }
    const auto* mail = find(*mails, which);
    if (mail == nullptr) return complain("no such mail: " + which + " (stormglass mail lists them)");
    const auto text = base::read_file(mail->path);
    if (!text) return complain(text.error().message);
    if (form == Form::json) {
        const auto body = text->find("\r\n\r\n");
        const base::Json one = {{"id", mail->id}, {"date", mail->date}, {"to", mail->to},
                                {"subject", mail->subject},
                                {"body", body == std::string::npos ? "" : text->substr(body + 4)}};
        std::printf("%s\n", one.dump(2, ' ', false, base::Json::error_handler_t::replace).c_str());
        return exit_done;
    }
    for (const char c : *text) {
        if (c != '\r') std::fputc(c, stdout);
    }
    return exit_done;
}

}  // namespace stormglass::app
