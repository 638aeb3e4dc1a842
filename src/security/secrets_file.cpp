#include "security/secrets_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "security/encoding.hpp"
#include "security/opaque_token.hpp"

namespace segurifai::security {
namespace {

constexpr std::size_t kFileSizeMax = std::size_t{64} * 1024;
constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kIdSize = 8;

/// An open file. Closes itself.
class File {
public:
    explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) (void)close(descriptor_);  // what must be safe was fsynced before
    }
    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int get() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

/// A text that is wiped when it ends.
struct SecretText {
    std::string text;
    ~SecretText() { wipe(text); }
};

Code code_of(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR: return Code::kNotFound;
        case EACCES:
        case EPERM:
        case ELOOP: return Code::kPermission;
        case ENOSPC:
        case EDQUOT: return Code::kDiskFull;
        case EROFS: return Code::kReadOnly;
        default: return Code::kInternal;
    }
}

std::unexpected<Error> fail_with(int error, std::string_view doing,
                                 const std::filesystem::path& path) {
    return fail(code_of(error), "Cannot " + std::string(doing) + " " + path.string() + ": " +
                                    std::generic_category().message(error) + ".");
}

Result<void> check_owner(const File& file, const std::filesystem::path& path) {
    struct stat found{};
    if (fstat(file.get(), &found) != 0) return fail_with(errno, "look at", path);
    if (!S_ISREG(found.st_mode))
        return fail(Code::kPermission, path.string() + " is not a plain file.");
    if (found.st_uid != geteuid())
        return fail(Code::kPermission, path.string() + " belongs to another user.");
    if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(Code::kPermission,
                    path.string() + " may be read by others; run: chmod 600 " + path.string());
    return {};
}

Result<void> read_all(const File& file, const std::filesystem::path& path, std::string& text) {
    text.resize(kFileSizeMax + 1);  // at once, so that no outgrown copy of a secret stays behind
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_with(errno, "read", path);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > kFileSizeMax) return fail(Code::kInvalid, path.string() + " is longer than 64 KiB.");
    text.resize(size);
    return {};
}

Result<void> write_all(const File& file, const std::filesystem::path& path, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = write(file.get(), text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_with(errno, "write", path);
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    if (fsync(file.get()) != 0) return fail_with(errno, "write", path);
    return {};
}

/// Reads one `[[keys]]`; what is wrong goes to `faults` under its `path`.
std::optional<MasterKey> read_key(const toml::table& table, const std::string& path,
                                  std::vector<Fault>& faults) {
    const std::size_t before = faults.size();
    for (const auto& [name, value] : table)
        if (name.str() != "id" && name.str() != "key")
            faults.push_back({path + "." + std::string(name.str()), "is not known."});
    const std::optional<std::string_view> id = table["id"].value_exact<std::string_view>();
    if (!id || !is_key_id(*id))
        faults.push_back({path + ".id", "must be 1 to 32 of A-Z a-z 0-9 _ -, between quotes."});
    const std::optional<std::string_view> key = table["key"].value_exact<std::string_view>();
    std::expected<std::string, std::string> bytes = read_master_key(key.value_or(""));
    if (!bytes) faults.push_back({path + ".key", bytes.error() + "."});
    if (faults.size() > before) return std::nullopt;
    return MasterKey(std::string(*id), std::move(*bytes));
}

std::string new_file_text(Random& random) {
    std::string key = make_token(random);
    const std::string id = make_readable_suffix(random, kIdSize);
    std::string text =
        "# The secret keys of this installation. Whoever reads them can sign in as anybody: keep "
        "a\n"
        "# copy in a safe place, and show them to nobody. The first signs; all are accepted.\n"
        "[[keys]]\nid = \"" +
        id + "\"\nkey = \"" + key + "\"\n";
    wipe(key);
    return text;
}

Result<void> sync_folder(const std::filesystem::path& folder) {
    const File opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || fsync(opened.get()) != 0) return fail_with(errno, "write", folder);
    return {};
}

/// Writes the whole file under a name of its own and then gives it its name, which happens at once
/// or, when the name is taken, not at all.
Result<void> write_then_name(const std::filesystem::path& path, const std::filesystem::path& draft,
                             std::string_view text) {
    const File file(
        open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
    if (!file) return fail_with(errno, "make", draft);
    // The umask may have taken the owner's own rights away.
    if (fchmod(file.get(), kOwnerOnly) != 0) return fail_with(errno, "make", draft);
    SEGURIFAI_TRY(write_all(file, draft, text));
    if (link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST)
        return fail_with(errno, "make", path);
    return {};
}

}  // namespace

Result<std::vector<MasterKey>> parse_secrets(std::string_view text) {
    const auto refuse = [](std::vector<Fault> faults) {
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The secrets cannot be read; correct their file.",
                                     .faults = std::move(faults)});
    };
    toml::table file;
    try {
        file = toml::parse(text);
    } catch (const toml::parse_error& error) {
        // Its own words would quote the line, which may hold a key.
        return refuse({{"line " + std::to_string(error.source().begin.line), "is not TOML."}});
    }
    std::vector<Fault> faults;
    std::vector<MasterKey> masters;
    for (const auto& [name, value] : file)
        if (name.str() != "keys") faults.push_back({std::string(name.str()), "is not known."});
    const toml::array* keys = file["keys"].as_array();
    if (keys == nullptr || keys->empty()) {
        faults.push_back({"keys", "must hold at least one [[keys]]."});
        return refuse(std::move(faults));
    }
    std::size_t index = 0;
    for (const toml::node& node : *keys) {
        const std::string path = "keys." + std::to_string(index++);
        const toml::table* table = node.as_table();
        if (table == nullptr) {
            faults.push_back({path, "must be a [[keys]]."});
        } else if (std::optional<MasterKey> master = read_key(*table, path, faults)) {
            masters.push_back(std::move(*master));
        }
    }
    if (!faults.empty()) return refuse(std::move(faults));
    return masters;
}

Result<std::vector<MasterKey>> read_secrets_file(const std::filesystem::path& path) {
    // Without O_NONBLOCK a pipe of that name would hold the start up for ever.
    const File file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return fail_with(errno, "read", path);
    SEGURIFAI_TRY(check_owner(file, path));
    SecretText content;
    SEGURIFAI_TRY(read_all(file, path, content.text));
    return parse_secrets(content.text);
}

Result<void> make_secrets_file(const std::filesystem::path& path, Random& random) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    std::error_code error;
    if (std::filesystem::create_directories(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return fail_with(error.value(), "make", folder);
    // Chance and not only the process number: containers that share a folder share those.
    SystemRandom chance;
    std::filesystem::path draft = path;
    draft += ".new-" + make_readable_suffix(chance, 16);
    SecretText content{new_file_text(random)};
    const Result<void> written = write_then_name(path, draft, content.text);
    const int leftover = unlink(draft.c_str()) == 0 || errno == ENOENT ? 0 : errno;
    SEGURIFAI_TRY(written);
    if (leftover != 0) return fail_with(leftover, "remove", draft);
    return sync_folder(folder);
}

}  // namespace segurifai::security
