#include "ops/backup/drill_record.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstddef>
#include <string_view>
#include <utility>

namespace segurifai::backup {
namespace {

namespace json = boost::json;

constexpr std::string_view kName = "drill.json";
constexpr std::size_t kDrillBytesMax = 64U << 10U;

}  // namespace

Result<void> keep_drill(Files& files, const std::filesystem::path& folder, const Drill& drill) {
    const json::object object{{"at", drill.at.to_string()},         {"ok", drill.is_ok},
                              {"seconds", drill.seconds},           {"rows", drill.rows},
                              {"lost_seconds", drill.lost_seconds}, {"fault", drill.fault}};
    return write_whole(files, folder / kName, json::serialize(object) + "\n");
}

Result<std::optional<Drill>> kept_drill(Files& files, const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / kName;
    const auto text = read_whole(files, path, kDrillBytesMax);
    if (!text && text.error().code == Code::kNotFound) return std::optional<Drill>();
    if (!text) return std::unexpected(text.error());
    boost::system::error_code fault;
    const json::value parsed = json::parse(*text, fault);
    const auto damaged = [&] {
        return fail(Code::kCorrupt, fmt::format("{} is no record of a drill.", path.string()));
    };
    if (fault || !parsed.is_object()) return damaged();
    const json::object& object = parsed.get_object();
    const auto member = [&](std::string_view name) {
        const json::value* found = object.if_contains(name);
        return found != nullptr ? *found : json::value();
    };
    const json::value at = member("at");
    const auto instant =
        at.is_string() ? Instant::parse(std::string_view(at.get_string())) : std::nullopt;
    if (!instant || !member("ok").is_bool()) return damaged();
    Drill drill{.at = *instant, .is_ok = member("ok").get_bool()};
    boost::system::error_code unfit;  // a member of another type reads as 0
    drill.seconds = member("seconds").to_number<double>(unfit);
    drill.rows = member("rows").to_number<std::int64_t>(unfit);
    drill.lost_seconds = member("lost_seconds").to_number<std::int64_t>(unfit);
    if (const json::value text_of = member("fault"); text_of.is_string())
        drill.fault = std::string(text_of.get_string());
    return std::optional(std::move(drill));
}

}  // namespace segurifai::backup
