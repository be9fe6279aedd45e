#pragma once

// What http_client is told to do, and the record of what came of it.

#include <corduroy/base/time.hpp>
#include <corduroy/http/url.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

[[noreturn]] inline void refuse(const std::string& why) {
    std::fprintf(stderr, "http_client: %s\n", why.c_str());
    std::exit(2);
}

// What this process holds of memory, in KiB, by proc(5)'s name for it. Its peak is not ru_maxrss, which is inherited
// over fork and exec.
inline long memory(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (long size; word == name && status >> size) return size;
    return 0;
}

struct Target {
    corduroy::http::Url url;
    long length; // of the body; negative: any
};

struct Load {
    std::vector<Target> targets;
    std::size_t requests = 1;
    std::size_t connections = 1;
    bool close = false;
    std::string authorities;
    corduroy::Duration hold{};

    static Load parse(int argc, char** argv) {
        Load load;
        std::string url, file;
        long length = -1;
        for (int i = 1; i < argc; ++i) {
            std::string option = argv[i];
            if (option == "--close") {
                load.close = true;
                continue;
            }
            if (i + 1 == argc) refuse(option + " wants a value");
            const char* value = argv[++i];
            if (option == "--url")
                url = value;
            else if (option == "--url-file")
                file = value;
            else if (option == "--requests")
                load.requests = std::strtoul(value, nullptr, 10);
            else if (option == "--connections")
                load.connections = std::strtoul(value, nullptr, 10);
            else if (option == "--expect-len")
                length = std::strtol(value, nullptr, 10);
            else if (option == "--cacert")
                load.authorities = value;
            else if (option == "--hold")
                load.hold = std::chrono::milliseconds(static_cast<long>(std::strtod(value, nullptr) * 1000));
            else
                refuse("there is no option " + option);
        }
        if (!url.empty()) load.targets.push_back({corduroy::http::Url::parse(url), length});
        if (!file.empty()) load.read(file, length);
        load.connections = std::clamp<std::size_t>(load.connections, 1, std::max<std::size_t>(load.requests, 1));
        return load;
    }

private:
    void read(const std::string& file, long length) {
        std::ifstream lines(file);
        if (!lines) refuse("cannot read " + file);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string url;
            if (!(words >> url)) continue;
            long stated = 0;
            targets.push_back({corduroy::http::Url::parse(url), words >> stated ? stated : length});
        }
    }
};

struct Outcome {
    explicit Outcome(std::size_t requests) {
        latencies.resize(requests); // touched before the clock starts
        latencies.clear();
        getrusage(RUSAGE_SELF, &before_);
        from_ = Clock::now();
    }

    void answered(const Target& target, int status, std::size_t size, Clock::time_point from) {
        auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - from).count();
        latencies.push_back(static_cast<std::uint32_t>(std::min<long long>(took, UINT32_MAX)));
        bytes += size;
        if (status != 200)
            ++bad_status;
        else if (target.length >= 0 && size != static_cast<std::size_t>(target.length))
            ++bad_length;
        else
            ++ok;
    }
    void failed(const std::exception& error) {
        if (errors++ == 0) std::fprintf(stderr, "http_client: %s\n", error.what());
    }

    // The load is over.
    void stop() {
        took_ = Clock::now() - from_;
        getrusage(RUSAGE_SELF, &after_);
    }

    void print(const char* name, const Load& load) {
        std::sort(latencies.begin(), latencies.end());
        double user = seconds(after_.ru_utime) - seconds(before_.ru_utime);
        double system = seconds(after_.ru_stime) - seconds(before_.ru_stime);
        std::printf("{\"name\":\"%s\",\"requests\":%zu,\"connections\":%zu,\"ok\":%zu,\"bad_status\":%zu,\"bad_len\":"
                    "%zu,\"errors\":%zu,\"bytes\":%zu,\"connects\":%zu,\"wall_s\":%.6f,\"user_s\":%.6f,\"sys_s\":%.6f,"
                    "\"rps\":%.1f,\"cpu_us_per_req\":%.3f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,"
                    "\"maxrss_kb\":%ld,\"held_kb\":%ld}\n",
                    name, load.requests, load.connections, ok, bad_status, bad_length, errors, bytes, connects,
                    took_.count(), user, system, static_cast<double>(ok) / took_.count(),
                    (user + system) * 1e6 / static_cast<double>(std::max<std::size_t>(ok, 1)), quantile(0.5),
                    quantile(0.99), quantile(1.0), memory("VmHWM:"), held);
    }

    std::size_t started = 0;
    std::size_t ok = 0;
    std::size_t bad_status = 0;
    std::size_t bad_length = 0;
    std::size_t errors = 0;
    std::size_t bytes = 0;
    std::size_t connects = 0;
    long held = 0; // KiB, while connections were held

private:
    static double seconds(const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    }
    double quantile(double q) const {
        if (latencies.empty()) return 0;
        return latencies[static_cast<std::size_t>(static_cast<double>(latencies.size() - 1) * q)] * 1e-3;
    }
    std::vector<std::uint32_t> latencies; // in nanoseconds
    rusage before_{};
    rusage after_{};
    Clock::time_point from_;
    std::chrono::duration<double> took_{};
};

} // namespace bench
