#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ops/backup/files.hpp"

namespace segurifai::backup {

/// Files of which one call fails. Calls are counted, also those that ask or read.
class FaultyFiles final : public Files {
public:
    enum class Fault : std::uint8_t {
        kNoSpace,
        kReadOnly,
        kBroken,  ///< EIO
        kKilled,  ///< half a write, and nothing happens any more
    };

    explicit FaultyFiles(Files& real) : real_(real) {}

    /// The call with this number, from 1, fails.
    void fail_at(std::uint64_t call, Fault fault) {
        calls_ = 0;
        fail_at_ = call;
        fault_ = fault;
        is_dead_ = false;
    }
    void heal() {
        fail_at_ = 0;
        is_dead_ = false;
    }
    /// Called before each sync of a file.
    std::function<void()> on_sync = [] {};

    [[nodiscard]] bool has_failed() const { return fail_at_ != 0 && calls_ >= fail_at_; }

    Result<std::unique_ptr<OutputFile>> make(const std::filesystem::path& path) override {
        if (auto fault = next()) return std::unexpected(std::move(*fault));
        SEGURIFAI_TRY_AS(auto file, real_.make(path));
        return std::make_unique<Output>(*this, std::move(file));
    }
    Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) override {
        if (auto fault = next()) return std::unexpected(std::move(*fault));
        SEGURIFAI_TRY_AS(auto file, real_.open(path));
        return std::make_unique<Input>(*this, std::move(file));
    }
    Result<void> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override {
        if (auto fault = next()) return std::unexpected(std::move(*fault));
        return real_.rename(from, to);
    }
    Result<void> remove(const std::filesystem::path& path) override {
        if (auto fault = next()) return std::unexpected(std::move(*fault));
        return real_.remove(path);
    }
    Result<void> sync_folder(const std::filesystem::path& path) override {
        if (auto fault = next()) return std::unexpected(std::move(*fault));
        return real_.sync_folder(path);
    }
    Result<void> make_folder(const std::filesystem::path& path) override {
        if (auto fault = next()) return std::unexpected(std::move(*fault));
        return real_.make_folder(path);
    }
    Result<std::vector<std::string>> list(const std::filesystem::path& path) override {
        if (auto fault = next()) return std::unexpected(std::move(*fault));
        return real_.list(path);
    }

private:
    class Output final : public OutputFile {
    public:
        Output(FaultyFiles& files, std::unique_ptr<OutputFile> real)
            : files_(files), real_(std::move(real)) {}
        Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
            const bool was_alive = !files_.is_dead_;
            auto fault = files_.next();
            if (!fault) return real_->write_at(offset, bytes);
            if (was_alive)
                SEGURIFAI_TRY(real_->write_at(offset, bytes.substr(0, bytes.size() / 2)));
            return std::unexpected(std::move(*fault));
        }
        Result<void> resize(std::uint64_t size) override {
            if (auto fault = files_.next()) return std::unexpected(std::move(*fault));
            return real_->resize(size);
        }
        Result<void> reserve(std::uint64_t size) override {
            if (auto fault = files_.next()) return std::unexpected(std::move(*fault));
            return real_->reserve(size);
        }
        Result<void> sync() override {
            files_.on_sync();
            if (auto fault = files_.next()) return std::unexpected(std::move(*fault));
            return real_->sync();
        }

    private:
        FaultyFiles& files_;
        std::unique_ptr<OutputFile> real_;
    };

    class Input final : public InputFile {
    public:
        Input(FaultyFiles& files, std::unique_ptr<InputFile> real)
            : files_(files), real_(std::move(real)) {}
        Result<std::uint64_t> size() override {
            if (auto fault = files_.next()) return std::unexpected(std::move(*fault));
            return real_->size();
        }
        Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) override {
            if (auto fault = files_.next()) return std::unexpected(std::move(*fault));
            return real_->read_at(offset, out);
        }

    private:
        FaultyFiles& files_;
        std::unique_ptr<InputFile> real_;
    };

    std::optional<Error> next() {
        const Error gone{.code = Code::kGone, .message = "The process was killed."};
        if (is_dead_) return gone;
        if (++calls_ != fail_at_) return std::nullopt;
        switch (fault_) {
            case Fault::kNoSpace: return Error{.code = Code::kDiskFull, .message = "No space."};
            case Fault::kReadOnly: return Error{.code = Code::kReadOnly, .message = "Read-only."};
            case Fault::kBroken: return Error{.code = Code::kCorrupt, .message = "I/O error."};
            case Fault::kKilled: break;
        }
        is_dead_ = true;
        return gone;
    }

    Files& real_;
    std::uint64_t calls_ = 0;
    std::uint64_t fail_at_ = 0;
    Fault fault_ = Fault::kNoSpace;
    bool is_dead_ = false;
};

}  // namespace segurifai::backup
