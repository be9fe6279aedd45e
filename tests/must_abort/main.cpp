// Runs the case that its argument names; what must happen then is said at the head of the case's file.

#include "must_abort/must_abort.hpp"

#include <cstdio>
#include <string_view>

namespace {

must_abort::Case* cases = nullptr;

} // namespace

must_abort::Case::Case(const char* name, void (*run)()) : name(name), run(run), next(cases) { cases = this; }

int main(int argc, char** argv) {
    std::string_view wanted = argc == 2 ? argv[1] : "";
    for (const must_abort::Case* each = cases; each != nullptr; each = each->next) {
        if (each->name != wanted) continue;
        each->run();
        return 0;
    }
    std::fprintf(stderr, "usage: %s CASE\n", argv[0]);
    return 2;
}
