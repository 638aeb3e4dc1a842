#pragma once

#include <memory>

#include "apps/assistance/request_archive.hpp"

namespace segurifai::retention {

/// The archive as the operations on requests see it. Safe on every io thread.
[[nodiscard]] Result<std::unique_ptr<assistance::RequestArchive>> archived_requests();

}  // namespace segurifai::retention
