#include "ops/audit_segments/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>

#include "security/encoding.hpp"
#include "security/mac.hpp"

namespace segurifai::audit_segments {
namespace {

constexpr int kFormat = 1;
/// The form of the events: the columns of audit_event when this was written. Another set of columns
/// is another number, so that whoever reads an old segment knows what it can hold.
constexpr int kSchema = 1;
constexpr std::string_view kPurpose = "audit segment manifest";
constexpr std::size_t kDigits = 64;

/// All but the MAC. Every text is digits, a month, an instant or a key's id: nothing to escape.
std::string body_of(const Manifest& manifest, std::string_view key_id) {
    std::string text;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "{{\n\"format\":{},\n\"month\":\"{}\",\n\"schema\":{},\n", kFormat,
                   manifest.month.to_string(), kSchema);
    fmt::format_to(out, "\"events\":{},\n\"first_id\":{},\n\"last_id\":{},\n", manifest.events,
                   manifest.first_id, manifest.last_id);
    fmt::format_to(out, "\"first_at\":\"{}\",\n\"last_at\":\"{}\",\n",
                   manifest.first_at.to_string(), manifest.last_at.to_string());
    fmt::format_to(out, "\"bytes\":{},\n\"sha256\":\"{}\",\n", manifest.bytes, manifest.sha256);
    fmt::format_to(out, "\"begins\":\"{}\",\n\"head\":\"{}\",\n", manifest.begins, manifest.head);
    fmt::format_to(out, "\"previous_month\":\"{}\",\n\"previous_sha256\":\"{}\",\n",
                   manifest.previous_month, manifest.previous_sha256);
    fmt::format_to(out, "\"closed_at\":\"{}\",\n\"frames\":[", manifest.closed_at.to_string());
    for (std::size_t i = 0; i < manifest.frames.size(); ++i) {
        const FrameFacts& frame = manifest.frames[i];
        fmt::format_to(out, "{}\n{{\"events\":{},\"bytes\":{},\"sha256\":\"{}\",\"head\":\"{}\"}}",
                       i > 0 ? "," : "", frame.events, frame.bytes, frame.sha256, frame.head);
    }
    fmt::format_to(out, "\n],\n\"key\":\"{}\"", key_id);
    return text;
}

std::string text_of(const Manifest& manifest, const security::DerivedKeys& keys) {
    std::string text = body_of(manifest, keys.id);
    const auto mac = security::Mac(keys.archives).of(kPurpose, text);
    return text + ",\n\"mac\":\"" + security::hex(mac) + "\"\n}\n";
}

/// Takes members out of a parsed manifest and remembers whether one was missing or of another kind.
class Taker {
public:
    explicit Taker(const boost::json::object& object) : object_(object) {}

    std::int64_t integer(std::string_view name) {
        const auto* value = object_.if_contains(name);
        const auto* number = value != nullptr ? value->if_int64() : nullptr;
        if (number == nullptr || *number < 0) return failed_ = true, 0;
        return *number;
    }
    std::string text(std::string_view name) {
        const auto* value = object_.if_contains(name);
        const auto* found = value != nullptr ? value->if_string() : nullptr;
        if (found == nullptr) return failed_ = true, std::string();
        return {found->data(), found->size()};
    }
    std::string digits(std::string_view name) {
        std::string found = text(name);
        failed_ = failed_ || found.size() != kDigits;
        return found;
    }
    Instant instant(std::string_view name) {
        const auto found = Instant::parse(text(name));
        failed_ = failed_ || !found;
        return found.value_or(Instant{});
    }
    Month month(std::string_view name) {
        const auto found = Month::parse(text(name));
        failed_ = failed_ || !found;
        return found.value_or(Month{});
    }
    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    const boost::json::object& object_;
    bool failed_ = false;
};

bool take_frames(const boost::json::object& object, std::vector<FrameFacts>& frames) {
    const auto* value = object.if_contains("frames");
    const auto* list = value != nullptr ? value->if_array() : nullptr;
    if (list == nullptr) return false;
    for (const boost::json::value& one : *list) {
        if (!one.is_object()) return false;
        Taker taker(one.get_object());
        FrameFacts frame;
        frame.events = taker.integer("events");
        frame.bytes = taker.integer("bytes");
        frame.sha256 = taker.digits("sha256");
        frame.head = taker.digits("head");
        if (taker.failed()) return false;
        frames.push_back(std::move(frame));
    }
    return true;
}

std::unexpected<Error> unreadable() {
    return fail(Code::kCorrupt, "is not in the form that manifests are written in");
}

}  // namespace

std::string write_manifest(const Manifest& manifest, const security::Secrets& secrets) {
    return text_of(manifest, secrets.current());
}

Result<Manifest> read_manifest(std::string_view text, const security::Secrets& secrets) {
    boost::json::error_code error;
    const boost::json::value parsed = boost::json::parse(text, error);
    if (error || !parsed.is_object()) return unreadable();
    const boost::json::object& object = parsed.get_object();
    Taker taker(object);
    if (taker.integer("format") != kFormat || taker.integer("schema") != kSchema)
        return unreadable();
    Manifest manifest;
    manifest.month = taker.month("month");
    manifest.events = taker.integer("events");
    manifest.first_id = taker.integer("first_id");
    manifest.last_id = taker.integer("last_id");
    manifest.first_at = taker.instant("first_at");
    manifest.last_at = taker.instant("last_at");
    manifest.bytes = taker.integer("bytes");
    manifest.sha256 = taker.digits("sha256");
    manifest.begins = taker.digits("begins");
    manifest.head = taker.digits("head");
    manifest.previous_month = taker.text("previous_month");
    manifest.previous_sha256 = taker.text("previous_sha256");
    manifest.closed_at = taker.instant("closed_at");
    const std::string key_id = taker.text("key");
    if (taker.failed() || !take_frames(object, manifest.frames)) return unreadable();

    const auto key = std::ranges::find(secrets.keys, key_id, &security::DerivedKeys::id);
    if (key == secrets.keys.end())
        return fail(Code::kCorrupt,
                    "was made with another key than this installation's: keep old keys in "
                    "secrets.toml");
    // Compared as a whole, so that spaces, other spellings and unknown members are found as well.
    if (!security::equal_in_constant_time(text, text_of(manifest, *key)))
        return fail(Code::kCorrupt, "was changed: its MAC is not that of its text");
    return manifest;
}

std::string segment_name(Month month) {
    return month.to_string() + ".zst";
}

std::string manifest_name(Month month) {
    return month.to_string() + ".json";
}

}  // namespace segurifai::audit_segments
