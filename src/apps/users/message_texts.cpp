#include "apps/users/message_texts.hpp"

#include <fmt/format.h>

#include "apps/users/choices.hpp"

namespace segurifai::users {
namespace {

bool is_spanish(http::Language language) noexcept {
    return language == http::Language::kSpanish;
}

}  // namespace

http::Language language_of(const Account& account) noexcept {
    return account.language == model::word(Tongue::kEnglish) ? http::Language::kEnglish
                                                             : http::Language::kSpanish;
}

http::Language language_of(const std::optional<Account>& account, const http::Call& call) noexcept {
    return account ? language_of(*account) : call.language;
}

std::string code_text(http::Language language, std::string_view code) {
    if (is_spanish(language))
        return fmt::format(
            "Tu código de SegurifAI es {}. Vence en 5 minutos. No lo compartas con nadie.", code);
    return fmt::format(
        "Your SegurifAI code is {}. It expires in 5 minutes. Do not share it with anybody.", code);
}

std::string email_changed_text(http::Language language) {
    if (is_spanish(language))
        return "La dirección de correo de tu cuenta de SegurifAI cambió. Si no fuiste tú, "
               "restablece tu contraseña y escríbenos.";
    return "The e-mail address of your SegurifAI account was changed. If it was not you, reset "
           "your password and write to us.";
}

}  // namespace segurifai::users
