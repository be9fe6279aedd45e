// What it costs that the real ring stands behind an interface: NOPs, 128 in flight, by a UringKernel whose type the
// compiler knows, and by the same kernel as a kernel::Kernel, which takes a virtual call to submit each and one to
// enter for each batch. The two take turns; each line is the median of the rounds.
//
// usage: seam_bench              (both)
//        seam_bench direct|seam  (one of them, for counting instructions: valgrind --tool=callgrind ...)

#include "bench/measure.hpp"

#include "kernel/uring_kernel_impl.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

using namespace corduroy;

namespace {

constexpr int in_flight = 128;
constexpr int rounds = 11;
constexpr long total = 2'000'000;

// A NOP that is submitted again as soon as it has completed, until all have been.
template <class AnyKernel>
struct Nop final : kernel::Operation {
    Nop(AnyKernel& kernel, long& left) : Operation(&ended), kernel_(kernel), left_(left) {}

private:
    static void ended(kernel::Operation& operation, const kernel::Completion&) noexcept {
        auto& self = static_cast<Nop&>(operation);
        if (self.left_ == 0) return;
        --self.left_;
        self.kernel_.submit(self);
    }

    AnyKernel& kernel_;
    long& left_;
};

template <class AnyKernel>
[[gnu::noinline]] void nops(AnyKernel& kernel) {
    long left = total - in_flight;
    std::vector<std::unique_ptr<Nop<AnyKernel>>> operations;
    for (int i = 0; i < in_flight; ++i) {
        operations.push_back(std::make_unique<Nop<AnyKernel>>(kernel, left));
        kernel.submit(*operations.back());
    }
    while (kernel.in_flight() > 0) kernel.enter(std::nullopt);
}

// A kernel that nothing derives from, so that the compiler calls it directly.
class Direct final : public kernel::UringKernel {
    using UringKernel::UringKernel;
};

} // namespace

int main(int argc, char** argv) {
    std::string_view which = argc > 1 ? argv[1] : "";
    Direct direct{kernel::UringOptions()};
    kernel::Kernel& seam = direct;
    if (which == "direct" || which == "seam") {
        which == "direct" ? nops(direct) : nops(seam);
        return 0;
    }
    std::vector<double> directly, through, above;
    for (int round = 0; round < rounds; ++round) {
        directly.push_back(bench::processor_time([&] { nops(direct); }) / total);
        through.push_back(bench::processor_time([&] { nops(seam); }) / total);
        above.push_back(through.back() - directly.back());
    }
    std::printf("NOPs by a UringKernel                 %6.1f ns each\n", bench::median(directly));
    std::printf("the same through kernel::Kernel       %6.1f ns each\n", bench::median(through));
    std::printf("the seam                              %+6.1f ns (median of the rounds' differences)\n",
                bench::median(above));
}
