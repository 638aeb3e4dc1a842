#include "ops/backup/background.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace segurifai::backup {
namespace {

constexpr int kNiceness = 19;

// linux/ioprio.h, which not every C library brings along.
constexpr int kIoPriorityOfThread = 1;
constexpr int kIoPriority = (2 << 13) | 7;  ///< best effort, the last of its eight levels

}  // namespace

void let_requests_go_first() noexcept {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
    (void)syscall(SYS_ioprio_set, kIoPriorityOfThread, 0, kIoPriority);
}

void take_what_is_left() noexcept {
    const sched_param none{};
    (void)sched_setscheduler(0, SCHED_IDLE, &none);
}

}  // namespace segurifai::backup
