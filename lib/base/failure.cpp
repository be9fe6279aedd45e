#include <corduroy/base/failure.hpp>

#include <corduroy/base/cancelled.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <string_view>
#include <typeinfo>

namespace corduroy {

struct Failure::Detail {
    std::vector<std::source_location> sites;
    std::vector<Failure> suppressed;
};

namespace {

std::string demangle(const char* name) {
    int status = 0;
    char* demangled = abi::__cxa_demangle(name, nullptr, nullptr, &status);
    std::string text = status == 0 ? demangled : name;
    std::free(demangled);
    return text;
}

// The function's name for a person. GCC 12 gives that of the coroutine's actor, mangled: "_Z3foov.actor" or
// "_Z3fooPZ3foovE10_Z3foov.Frame.actor".
std::string function_name(const std::source_location& site) {
    std::string text = site.function_name();
    if (text.starts_with("_Z")) text = demangle(text.substr(0, text.find('.')).c_str());
    if (text.find(".Frame*") == std::string::npos) return text;
    if (text.starts_with("void ")) text.erase(0, 5);
    // The actor's parameter is the frame, a type local to the function: "foo(foo(int)::….Frame*)".
    for (auto open = text.find('('); open != std::string::npos; open = text.find('(', open + 1))
        if (text.compare(open + 1, open, text, 0, open) == 0) text.resize(open);
    return text;
}

std::string type_name(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (...) {
        const std::type_info* type = abi::__cxa_current_exception_type();
        return type != nullptr ? demangle(type->name()) : "exception of unknown type";
    }
}

} // namespace

Failure::Detail& Failure::own_detail() {
    // A copy made earlier keeps what it had.
    if (detail_ == nullptr)
        detail_ = std::make_shared<Detail>();
    else if (detail_.use_count() > 1)
        detail_ = std::make_shared<Detail>(*detail_);
    return *detail_;
}

bool Failure::cancelled() const noexcept {
#ifdef __GLIBCXX__
    return exception_ != nullptr && *exception_.__cxa_exception_type() == typeid(Cancelled); // no throw, no catch
#else
    return check<Cancelled>();
#endif
}

std::string Failure::message() const {
    if (exception_ == nullptr) return "no failure";
    try {
        rethrow();
    } catch (const std::exception& error) {
        return error.what();
    } catch (const Cancelled& cancelled) {
        return cancelled.phase().empty() ? "cancelled" : "cancelled during " + cancelled.phase();
    } catch (...) {
        return "unknown exception " + type_name(exception_);
    }
}

std::vector<std::source_location> Failure::sites() const {
    return detail_ == nullptr ? std::vector<std::source_location>() : detail_->sites;
}

void Failure::add_site(std::source_location site) { own_detail().sites.push_back(site); }

std::vector<Failure> Failure::suppressed() const {
    return detail_ == nullptr ? std::vector<Failure>() : detail_->suppressed;
}

void Failure::add_suppressed(Failure failure) { own_detail().suppressed.push_back(std::move(failure)); }

std::string Failure::traceback() const {
    if (exception_ == nullptr) return "no failure\n";
    std::string text = type_name(exception_) + ": " + message() + "\n";
    for (const std::source_location& site : sites()) {
        std::string function = function_name(site);
        if (function.find("corduroy::detail::") != std::string::npos) continue; // the combinators' own machinery
        text += "  " + std::string(site.file_name()) + ":" + std::to_string(site.line()) + " " + function + "\n";
    }
    for (const Failure& failure : suppressed()) text += "suppressed: " + failure.traceback();
    return text;
}

} // namespace corduroy
