#include "ops/pgbackrest/program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <future>
#include <system_error>

#define BOOST_PROCESS_USE_STD_FS  // no second library for paths
#include <boost/asio/io_context.hpp>
#include <boost/process/args.hpp>
#include <boost/process/async.hpp>
#include <boost/process/child.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/io.hpp>
#include <boost/process/search_path.hpp>

namespace segurifai::pgbackrest {
namespace process = boost::process;

Result<ProgramEnd> run_program(std::vector<std::string> words, Owner owner) {
    if (geteuid() == 0 && owner.user != 0) {
        const std::vector<std::string> first{"setpriv", fmt::format("--reuid={}", owner.user),
                                             fmt::format("--regid={}", owner.group),
                                             "--clear-groups", "--"};
        words.insert(words.begin(), first.begin(), first.end());
    } else if (geteuid() != owner.user) {
        return fail(Code::kPermission,
                    fmt::format("{} must run as the owner of the database's files (user {}).",
                                words.front(), owner.user));
    }
    const auto path = process::search_path(words.front());
    if (path.empty())
        return fail(Code::kNotFound,
                    fmt::format("There is no program {}; install it.", words.front()));
    words.erase(words.begin());

    boost::asio::io_context context;
    std::future<std::string> output;
    std::future<std::string> errors;
    std::error_code fault;
    process::child child(process::exe = path, process::args = words,
                         process::std_in<process::null, process::std_out> output,
                         process::std_err > errors, context, fault);
    if (fault) return fail(Code::kInternal, fmt::format("{}: {}", path.string(), fault.message()));
    context.run();
    child.wait(fault);
    return ProgramEnd{.status = child.exit_code(), .output = output.get(), .errors = errors.get()};
}

}  // namespace segurifai::pgbackrest
