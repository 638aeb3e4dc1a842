#include "cli/examination/storage.hpp"

#include <fmt/format.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>

namespace segurifai::cli {
namespace {

constexpr double kGigabyte = 1e9;
constexpr std::uint64_t kBytesFullBelow = 10'000'000;
constexpr std::uint64_t kBytesScarceBelow = 1'000'000'000;
constexpr double kShareFaultBelow = 0.02;
constexpr double kShareWarningBelow = 0.05;

double share(std::uint64_t free, std::uint64_t all) noexcept {
    return all == 0 ? 1.0 : static_cast<double>(free) / static_cast<double>(all);
}

struct NetworkFileSystem {
    std::int64_t type;
    std::string_view name;
};
// linux/magic.h and statfs(2).
constexpr std::array kNetworkFileSystems{
    NetworkFileSystem{0x6969, "NFS"},          NetworkFileSystem{0xFF534D42, "CIFS"},
    NetworkFileSystem{0xFE534D42, "SMB"},      NetworkFileSystem{0x517B, "SMB"},
    NetworkFileSystem{0x01021997, "9P"},       NetworkFileSystem{0x5346414F, "AFS"},
    NetworkFileSystem{0x00C36400, "Ceph"},     NetworkFileSystem{0x0BD00BD0, "Lustre"},
    NetworkFileSystem{0x01161970, "GFS2"},     NetworkFileSystem{0x7461636F, "OCFS2"},
    NetworkFileSystem{0x65735546, "FUSE"},     NetworkFileSystem{0x73757245, "Coda"},
    NetworkFileSystem{0x6A656A63, "virtiofs"},
};

}  // namespace

std::optional<Space> space_of(const std::filesystem::path& place) {
    struct statvfs about{};
    if (statvfs(place.c_str(), &about) != 0) return std::nullopt;
    return Space{.bytes_free = about.f_bavail * about.f_frsize,
                 .bytes = about.f_blocks * about.f_frsize,
                 .files_free = about.f_favail,
                 .files = about.f_files};
}

Level judge(const Space& space) noexcept {
    const double bytes = share(space.bytes_free, space.bytes);
    const double files = share(space.files_free, space.files);
    if (space.bytes_free < kBytesFullBelow || files < kShareFaultBelow ||
        (space.bytes_free < kBytesScarceBelow && bytes < kShareFaultBelow))
        return Level::kFault;
    if (space.bytes_free < kBytesScarceBelow || bytes < kShareWarningBelow ||
        files < kShareWarningBelow)
        return Level::kWarning;
    return Level::kWell;
}

std::string complaint_of_room(const std::filesystem::path& place) {
    const auto space = space_of(place);
    if (!space || judge(*space) != Level::kFault) return {};
    return fmt::format("The disk of {} has no room: {}.", place.string(), text_of(*space));
}

std::string text_of(const Space& space) {
    return fmt::format("{:.1f} of {:.1f} GB and {:.0f} % of the files free",
                       static_cast<double>(space.bytes_free) / kGigabyte,
                       static_cast<double>(space.bytes) / kGigabyte,
                       100 * share(space.files_free, space.files));
}

std::string_view network_file_system(std::int64_t type) noexcept {
    const auto* const found =
        std::ranges::find(kNetworkFileSystems, type, &NetworkFileSystem::type);
    return found == kNetworkFileSystems.end() ? std::string_view() : found->name;
}

std::string_view network_file_system_of(const std::filesystem::path& place) noexcept {
    struct statfs about{};
    if (statfs(place.c_str(), &about) != 0) return {};
    return network_file_system(static_cast<std::int64_t>(static_cast<std::uint32_t>(about.f_type)));
}

}  // namespace segurifai::cli
