#include "security/secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <latch>
#include <set>
#include <thread>

#include "security/encoding.hpp"
#include "security/opaque_token.hpp"
#include "security/secrets_file.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::security {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string random_key(std::uint64_t seed, std::size_t size = 32) {
    SeededRandom random(seed);
    std::string bytes(size, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return base64url(bytes_of(bytes));
}

std::string text_of(const Key& key) {
    return hex(key.bytes());
}

class SecretsFile : public ::testing::Test {
protected:
    std::filesystem::path file() const { return folder_ / "secrets.toml"; }
    void write(const std::string& text, mode_t mode = 0600) const {
        std::ofstream(file()) << text;
        ASSERT_EQ(chmod(file().c_str(), mode), 0);
    }
    Result<Secrets> load() { return load_or_make_secrets(folder_.path(), random_); }

    segurifai::testing::TemporaryFolder folder_;
    SystemRandom random_;
};

TEST_F(SecretsFile, IsMadeOnceAndReadForEver) {
    const Result<Secrets> made = load();
    ASSERT_TRUE(made) << describe(made.error());
    const Result<Secrets> read = load();
    ASSERT_TRUE(read);
    ASSERT_EQ(read->keys.size(), 1U);
    EXPECT_EQ(read->current().id, made->current().id);
    EXPECT_EQ(text_of(read->current().sealing), text_of(made->current().sealing));

    struct stat found{};
    ASSERT_EQ(stat(file().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0600U);
    const auto left = std::distance(std::filesystem::directory_iterator(folder_.path()), {});
    EXPECT_EQ(left, 1) << "the draft is gone";
    EXPECT_THAT(secret_weaknesses({}, folder_.path()), IsEmpty());
}

TEST_F(SecretsFile, IsMadeInAFolderThatIsNotThereYet) {
    const auto secrets = load_or_make_secrets(folder_ / "var" / "data", random_);
    EXPECT_TRUE(secrets);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "var" / "data" / "secrets.toml"));
}

TEST_F(SecretsFile, OfManyProcessesThatStartAtOnceIsTheSameForAll) {
    constexpr int kStarters = 16;
    std::latch start(kStarters);
    std::vector<std::string> seen(kStarters);
    std::vector<std::thread> threads;
    for (std::string& key : seen) {
        threads.emplace_back([&, folder = folder_.path()] {
            SystemRandom random;
            start.arrive_and_wait();
            const auto secrets = load_or_make_secrets(folder, random);
            key = secrets ? text_of(secrets->current().codes) : describe(secrets.error());
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 1U) << seen[0] << " " << seen[1];
}

TEST_F(SecretsFile, ThatOthersMayReadIsRefused) {
    for (const mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
        write("[[keys]]\nid = \"a\"\nkey = \"" + random_key(1) + "\"\n", mode);
        const auto secrets = load();
        ASSERT_FALSE(secrets);
        EXPECT_EQ(secrets.error().code, Code::kPermission);
        EXPECT_THAT(secret_weaknesses({}, folder_.path()), ElementsAre(HasSubstr("chmod 600")));
    }
}

TEST_F(SecretsFile, ThatIsALinkOrAFolderIsRefused) {
    std::ofstream(folder_ / "elsewhere") << "x";
    std::filesystem::create_symlink(folder_ / "elsewhere", file());
    EXPECT_EQ(load().error().code, Code::kPermission);
    std::filesystem::remove(file());
    std::filesystem::create_directory(file());
    EXPECT_EQ(load().error().code, Code::kPermission);
    std::filesystem::remove(file());
    ASSERT_EQ(mkfifo(file().c_str(), 0600), 0);
    EXPECT_EQ(load().error().code, Code::kPermission);
}

TEST_F(SecretsFile, WithTwoKeysUsesTheFirstAndKeepsTheSecond) {
    write("[[keys]]\nid = \"new\"\nkey = \"" + random_key(1) + "\"\n" +
          "[[keys]]\nid = \"old\"\nkey = \"" + random_key(2) + "\"\n");
    const auto secrets = load();
    ASSERT_TRUE(secrets) << describe(secrets.error());
    EXPECT_EQ(secrets->current().id, "new");
    ASSERT_EQ(secrets->access_token_keys().size(), 2U);
    EXPECT_EQ(secrets->access_token_keys()[1].id, "old");
    EXPECT_EQ(secrets->cursor_keys().size(), 2U);
}

TEST_F(SecretsFile, NamesWhatIsWrongInItAndNeverAKey) {
    const std::string key = random_key(1);
    const std::array<std::pair<std::string, std::string>, 9> cases{{
        {"", "at least one"},
        {"keys = 3\n", "at least one"},
        {"keys = [3]\n", "must be a [[keys]]"},
        {"colour = 1\n[[keys]]\nid = \"a\"\nkey = \"" + key + "\"\n", "colour: is not known"},
        {"[[keys]]\nid = \"a\"\nkye = \"" + key + "\"\n", "kye: is not known"},
        {"[[keys]]\nid = \"a b\"\nkey = \"" + key + "\"\n", "id: must be"},
        {"[[keys]]\nid = \"a\"\nkey = \"" + key.substr(0, 40) + "\"\n", "shorter than 32 bytes"},
        {"[[keys]]\nid = \"a\"\nkey = \"" + key + "=\"\n", "not base64url"},
        {"[[keys]]\nid = \"a\"\nkey = \"" + key + "\n", "line 3: is not TOML"},
    }};
    for (const auto& [text, expected] : cases) {
        write(text);
        const auto secrets = load();
        ASSERT_FALSE(secrets) << text;
        EXPECT_EQ(secrets.error().code, Code::kInvalid);
        EXPECT_THAT(describe(secrets.error()), HasSubstr(expected));
        EXPECT_THAT(describe(secrets.error()), ::testing::Not(HasSubstr(key.substr(0, 10))));
    }
    const std::string entry = "[[keys]]\nid = \"a\"\nkey = \"" + key + "\"\n";
    write(entry + entry);
    EXPECT_THAT(describe(load().error()), HasSubstr("Two secret keys have the id a"));
}

TEST_F(SecretsFile, WithAWeakKeyIsToldToItsOwner) {
    write("[[keys]]\nid = \"a\"\nkey = \"" + std::string(43, 'A') + "\"\n");
    EXPECT_THAT(secret_weaknesses({}, folder_.path()), ElementsAre(HasSubstr("repeats")));
}

TEST_F(SecretsFile, ThatIsMissingIsToldAndNotMade) {
    EXPECT_EQ(secret_weaknesses({}, folder_.path()).size(), 1U);
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST(SecretVariable, GivesTheSameKeysOnEveryNode) {
    const auto one = secrets_from(random_key(1));
    const auto other = secrets_from(random_key(1));
    ASSERT_TRUE(one && other);
    EXPECT_EQ(one->current().id, other->current().id);
    EXPECT_EQ(text_of(one->current().access_tokens), text_of(other->current().access_tokens));
    EXPECT_NE(text_of(one->current().access_tokens),
              text_of(secrets_from(random_key(2))->current().access_tokens));
}

TEST(SecretVariable, GivesAKeyOfItsOwnForEveryUse) {
    const auto secrets = secrets_from(random_key(1, 48));
    ASSERT_TRUE(secrets);
    const DerivedKeys& keys = secrets->current();
    const std::set<std::string> all{text_of(keys.access_tokens), text_of(keys.successors),
                                    text_of(keys.codes),         text_of(keys.cursors),
                                    text_of(keys.sealing),       text_of(keys.backups),
                                    text_of(keys.archives)};
    EXPECT_EQ(all.size(), 7U);
}

TEST(SecretVariable, MayHoldTheKeyBeforeAfterAComma) {
    const auto rotated = secrets_from(random_key(2) + "," + random_key(1));
    ASSERT_TRUE(rotated);
    ASSERT_EQ(rotated->keys.size(), 2U);
    EXPECT_EQ(rotated->keys[1].id, secrets_from(random_key(1))->current().id);
}

TEST(SecretVariable, ThatIsShortWeakOrMisspeltIsRefusedWithoutBeingShown) {
    std::string counting;
    for (int i = 0; i < 32; ++i) counting += static_cast<char>(i);
    const std::array<std::pair<std::string, std::string>, 9> cases{{
        {"", "shorter"},
        {random_key(1, 31), "shorter than 32 bytes"},
        {random_key(1, 257), "longer"},
        {random_key(1) + "=", "not base64url"},
        {random_key(1) + ",", "shorter"},
        {std::string(43, 'A'), "repeats"},
        {base64url(bytes_of("correct horse battery staple, always")), "typed"},
        {base64url(bytes_of(counting)), "counts"},
        {"change-me-in-production-0123456789abcdefghi" + std::string(1, 'A'), "word"},
    }};
    for (const auto& [value, expected] : cases) {
        const auto secrets = secrets_from(value);
        ASSERT_FALSE(secrets) << value;
        EXPECT_EQ(secrets.error().code, Code::kInvalid);
        EXPECT_THAT(secrets.error().message, HasSubstr(expected));
        if (value.size() > 8)
            EXPECT_THAT(secrets.error().message, ::testing::Not(HasSubstr(value.substr(0, 8))));
        EXPECT_EQ(secret_weaknesses(value, "/nowhere").size(), 1U);
    }
    EXPECT_EQ(secrets_from(std::nullopt).error().code, Code::kNotFound);
}

TEST(SecretKey, MadeAtRandomIsNeverCalledWeak) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed)
        EXPECT_TRUE(secrets_from(random_key(seed))) << seed;
}

}  // namespace
}  // namespace segurifai::security
