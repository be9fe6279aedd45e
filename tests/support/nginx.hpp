#pragma once

#include "support/child_process.hpp"
#include "support/free_port.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace corduroy::testing {

// An nginx on two ports of 127.0.0.1 for one test, in a folder of its own; it goes when the test does.
class Nginx {
public:
    static bool installed() { return ::access(program, X_OK) == 0; }

    // `server` is what stands in the server block, behind its two listeners; `${ssl}` in it and the second port are for
    // TLS, where `certificate` and `key` name files.
    Nginx(const std::string& server, const std::string& certificate, const std::string& key) {
        std::string pattern = std::filesystem::temp_directory_path() / "corduroy-nginx-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern + " failed");
        folder_ = pattern;
        std::filesystem::create_directory(folder_ + "/files");
        http_ = free_port();
        https_ = free_port();
        std::string tls;
        if (!certificate.empty())
            tls = "listen 127.0.0.1:" + std::to_string(https_) + " ssl; ssl_certificate " + certificate +
                  "; ssl_certificate_key " + key + ";";
        std::string places;
        for (std::string name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
            places += name + "_temp_path " + folder_ + "/" + name + ";\n";
        std::ofstream(folder_ + "/nginx.conf")
            << (::geteuid() == 0 ? "user root;\n" : "") << "daemon off; worker_processes 1; pid " << folder_
            << "/pid; error_log /dev/null;\nevents { worker_connections 2048; }\nhttp {\naccess_log off;\n"
            << "default_type application/octet-stream; keepalive_requests 100000; reset_timedout_connection on;\n"
            << places << "server {\nlisten 127.0.0.1:" << http_ << ";\n"
            << tls << "\nroot " << folder_ << "/files;\n"
            << server << "\n}\n}\n";
    }
    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;
    ~Nginx() {
        process_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    // To be called before it is asked for them.
    void put_file(const std::string& name, const std::string& bytes) {
        std::ofstream(folder_ + "/files/" + name, std::ios::binary) << bytes;
    }
    void start() {
        process_ = std::make_unique<ChildProcess>(
            std::vector<std::string>{program, "-e", "/dev/null", "-p", folder_, "-c", folder_ + "/nginx.conf"});
        wait_for_listener(http_, "nginx");
    }

    std::string http() const { return "http://127.0.0.1:" + std::to_string(http_); }
    std::string https() const { return "https://localhost:" + std::to_string(https_); }
    std::uint16_t https_port() const { return https_; }

private:
    static constexpr const char* program = "/usr/sbin/nginx";

    std::string folder_;
    std::uint16_t http_ = 0;
    std::uint16_t https_ = 0;
    std::unique_ptr<ChildProcess> process_;
};

} // namespace corduroy::testing
