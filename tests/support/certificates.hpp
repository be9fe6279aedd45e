#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace corduroy::testing {

// Certificates made by the `openssl` command in a folder of their own, once a process: an authority and what it signed,
// and one that signed itself. All are valid from 2020 to 2099 unless their name says otherwise, whatever a simulated
// calendar says.
class Certificates {
public:
    static const Certificates& shared() {
        static const Certificates made;
        return made;
    }
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;
    ~Certificates() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    const std::string& folder() const { return folder_; }
    std::string file(const std::string& name) const { return folder_ + "/" + name; }

    // ca.pem; other-ca.pem, which signed nothing here; and for each of these NAME.pem, NAME.key:
    //   good         for localhost, *.good.test, 127.0.0.1, ::1
    //   other        for other.test, www.other.test
    //   nameless     without a list of names, CN=nameless.test
    //   many         for n1.test to n9.test
    //   expired      until 2024-01-02
    //   early        from 2090-05-06
    //   self-signed  for localhost
    //   chained      for localhost, signed by an intermediate authority, whose certificate follows in the file
    //   rsa          for localhost, with an RSA key
    std::string authority() const { return file("ca.pem"); }
    std::string certificate(const std::string& name) const { return file(name + ".pem"); }
    std::string key(const std::string& name) const { return file(name + ".key"); }

private:
    Certificates() {
        std::string pattern = std::filesystem::temp_directory_path() / "corduroy-tls-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern + " failed");
        folder_ = pattern;
        std::string command = "cd '" + folder_ + "' && { " + script + "; } >log 2>&1 || { cat log; exit 1; }";
        if (std::system(command.c_str()) != 0) throw std::runtime_error("the openssl command made no certificates");
    }

    static constexpr const char* script = R"(
set -e
cat >conf <<END
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
END
: >index
request() { # NAME COMMON-NAME NAMES [KEY]
    openssl req -new -config conf -nodes -newkey ${4:-ec -pkeyopt ec_paramgen_curve:P-256} -keyout $1.key -out $1.csr \
        -subj "/CN=$2" ${3:+-addext "subjectAltName=$3"}
}
sign() { # NAME ARGUMENTS...
    name=$1; shift
    openssl ca -batch -notext -config conf -in $name.csr -out $name.pem "$@"
}
always='-startdate 20200101000000Z -enddate 20990101000000Z'
by_ca='-cert ca.pem -keyfile ca.key'
request ca 'Corduroy test authority'
sign ca -selfsign -keyfile ca.key -extensions authority $always
request other-ca 'Another authority'
sign other-ca -selfsign -keyfile other-ca.key -extensions authority $always
request good localhost 'DNS:localhost,DNS:*.good.test,IP:127.0.0.1,IP:::1'
sign good $by_ca $always
request other other.test 'DNS:other.test,DNS:www.other.test'
sign other $by_ca $always
request nameless nameless.test
sign nameless $by_ca $always
request many n1.test 'DNS:n1.test,DNS:n2.test,DNS:n3.test,DNS:n4.test,DNS:n5.test,DNS:n6.test,DNS:n7.test,DNS:n8.test,DNS:n9.test'
sign many $by_ca $always
request expired localhost 'DNS:localhost'
sign expired $by_ca -startdate 20230102000000Z -enddate 20240102030405Z
request early localhost 'DNS:localhost'
sign early $by_ca -startdate 20900506000000Z -enddate 20990101000000Z
request self-signed localhost 'DNS:localhost'
sign self-signed -selfsign -keyfile self-signed.key $always
request middle 'Corduroy middle authority'
sign middle $by_ca -extensions authority $always
request chained localhost 'DNS:localhost'
sign chained -cert middle.pem -keyfile middle.key $always
cat middle.pem >>chained.pem
request rsa localhost 'DNS:localhost' rsa:2048
sign rsa $by_ca $always
openssl ec -in good.key -aes128 -passout pass:secret -out locked.key)";

    std::string folder_;
};

} // namespace corduroy::testing
