#pragma once

#include <string>

#include "apps/messages.hpp"
#include "apps/platform.hpp"
#include "base/task.hpp"

namespace segurifai::users {

/// Sends a message, whose text is one of message_texts.hpp, on its way after the commit that caused
/// it, and does not wait for it: whoever asked learns nothing from how long it takes. One that
/// cannot be delivered is recorded as "message.undelivered" of `object_table`, without its text.
[[nodiscard]] Task<void> send_after_commit(Platform& platform, apps::Message message,
                                           std::string_view object_table, std::string object_id);

}  // namespace segurifai::users
