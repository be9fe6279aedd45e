#include <corduroy/http/url.hpp>

#include <corduroy/http/error.hpp>

#include <doctest/doctest.h>
#include <initializer_list>
#include <string>
#include <string_view>

using namespace corduroy::http;
using namespace std::literals;

namespace {

struct Parsed {
    std::string_view text;
    std::string_view href;
};

void check(std::initializer_list<Parsed> cases) {
    for (const Parsed& each : cases) {
        CAPTURE(each.text);
        Url url = Url::parse(each.text);
        CHECK(url.href() == each.href);
        // The normal form is its own normal form.
        CHECK(Url::parse(url.href()) == url);
    }
}

void check_invalid(std::initializer_list<std::string_view> texts) {
    for (std::string_view text : texts) {
        CAPTURE(text);
        CHECK_THROWS_AS(Url::parse(text), InvalidUrl);
    }
}

} // namespace

TEST_CASE("URLs in their normal form stay as they are") {
    check({
        {"http://example.com/", "http://example.com/"},
        {"https://example.com/a/b.html", "https://example.com/a/b.html"},
        {"http://example.com/?", "http://example.com/?"},
        {"http://example.com/#", "http://example.com/#"},
        {"http://example.com/?#", "http://example.com/?#"},
        {"http://example.com/a?b=c&d=e#f", "http://example.com/a?b=c&d=e#f"},
        {"http://example.com:8080/", "http://example.com:8080/"},
        {"http://user:password@example.com/", "http://user:password@example.com/"},
        {"http://127.0.0.1/", "http://127.0.0.1/"},
        {"http://[2001:db8::1]:81/x", "http://[2001:db8::1]:81/x"},
        {"http://example.com./", "http://example.com./"},
        {"http://a_b.example/", "http://a_b.example/"},
        {"http://-a-.example/", "http://-a-.example/"},
        {"http://./", "http://./"},
        {"http://a..b/", "http://a..b/"},
        {"http://example.com/~u/$-_.+!*'(),;:@&=", "http://example.com/~u/$-_.+!*'(),;:@&="},
        {"http://example.com//a//b//", "http://example.com//a//b//"},
    });
}

TEST_CASE("white space around a URL is stripped, and tabs and line ends go everywhere") {
    check({
        {"  http://h/  ", "http://h/"},
        {"\x01\x02 http://h/ \x1f\x10", "http://h/"},
        {"\0http://h/\0"sv, "http://h/"},
        {"http://h/a b", "http://h/a%20b"},
        {"ht\ntp:\r//h\t/a\nb?c\td#e\rf", "http://h/ab?cd#ef"},
        {"http://exa\tmple.com:8\n1/", "http://example.com:81/"},
        {"\thttp://h/x \n", "http://h/x"},
        {"http://h/.\n./a", "http://h/a"},
        {"http://h/%2\ne", "http://h/"},
    });
}

TEST_CASE("the scheme is taken in any case, with any number of slashes of either kind") {
    check({
        {"HTTP://h/", "http://h/"},
        {"hTtPs://h/", "https://h/"},
        {"http:h", "http://h/"},
        {"http:/h", "http://h/"},
        {"http:///h", "http://h/"},
        {"http://////h/x", "http://h/x"},
        {"http:\\\\h\\a\\b", "http://h/a/b"},
        {"http:/\\/\\h", "http://h/"},
        {"https:\\h\\?\\#\\", "https://h/?\\#\\"},
        {"http:a:b@c:29/d", "http://a:b@c:29/d"},
    });
    check_invalid({"", " ", "h", "//h/", "/a", "?a", "#a", "http", "1http://h/", "ht/tp://h", "://h/", ":",
                   "ht tp://h/", "example.com/x", "h%74tp://h/", "-http://h/"});
}

TEST_CASE("userinfo ends at the last '@', and is percent-encoded") {
    check({
        {"http://user@h/", "http://user@h/"},
        {"http://user:@h/", "http://user@h/"},
        {"http://:password@h/", "http://:password@h/"},
        {"http://@h/", "http://h/"},
        {"http://:@h/", "http://h/"},
        {"http://a@b@h/", "http://a%40b@h/"},
        {"http://a:b@c:d@h/", "http://a:b%40c%3Ad@h/"},
        {"http://a:b:c@h/", "http://a:b%3Ac@h/"},
        {"http://@@h/", "http://%40@h/"},
        {"http://a b:c\"d@h/", "http://a%20b:c%22d@h/"},
        {"http://%41:%zz@h/", "http://%41:%zz@h/"},
        {"http://u;=[]^|`{}<>'!@h/", "http://u%3B%3D%5B%5D%5E%7C%60%7B%7D%3C%3E'!@h/"},
        {"http://\xc3\xa9@h/", "http://%C3%A9@h/"},
        {"http://u@h/@x", "http://u@h/@x"},
        {"http://h?u@x", "http://h/?u@x"},
        {"http://h#u@x", "http://h/#u@x"},
        {"http://h\\u@x", "http://h/u@x"},
    });
    check_invalid({"http://user@", "http://user@/x", "http://u:p@:80/", "http://@", "http://@/", "http://u@?q",
                   "http://a:b@/x@h"});
}

TEST_CASE("hosts are lower case, decoded, and of permitted characters alone") {
    check({
        {"http://EXAMPLE.Com/", "http://example.com/"},
        {"http://ex%61mple.com/", "http://example.com/"},
        {"http://%65%78%41mple%2eCOM", "http://example.com/"},
        {"http://a!$&'()*+,;=~`{}\"b/", "http://a!$&'()*+,;=~`{}\"b/"},
        {"http://h?q", "http://h/?q"},
        {"http://h#f", "http://h/#f"},
        {"http://" + std::string(300, 'a') + "/", "http://" + std::string(300, 'a') + "/"},
    });
    check_invalid({
        "http://",       "http:",         "http:///",      "https://?",      "http://#",      "http://:80/",
        "http://a b/",   "http://a%20b/", "http://a%00b/", "http://a\0b/"sv, "http://a\x01/", "http://a\x7f/",
        "http://a%7f/",  "http://a%/",    "http://a%zz/",  "http://a%25b/",  "http://a<b/",   "http://a>b/",
        "http://a^b/",   "http://a|b/",   "http://a[b/",   "http://a]b/",    "http://a%2fb/", "http://a%3ab/",
        "http://a%40b/", "http://a%23b/", "http://a%3fb/", "http://a%5cb/",  "http://[a]/",   "http://[]/",
    });
}

TEST_CASE("ports are decimal, at most 65535, and left out where they are the scheme's own") {
    check({
        {"http://h:80/", "http://h/"},
        {"https://h:443/", "https://h/"},
        {"http://h:443/", "http://h:443/"},
        {"https://h:80/", "https://h:80/"},
        {"http://h:/", "http://h/"},
        {"http://h:", "http://h/"},
        {"http://h:0/", "http://h:0/"},
        {"http://h:00080/", "http://h/"},
        {"http://h:0000000000000000008081/", "http://h:8081/"},
        {"http://h:65535/", "http://h:65535/"},
        {"http://h:8080?q", "http://h:8080/?q"},
        {"http://h:8080#f", "http://h:8080/#f"},
        {"http://h:8080\\x", "http://h:8080/x"},
        {"http://[::1]:/", "http://[::1]/"},
    });
    check_invalid({"http://h:65536/", "http://h:99999999999999999999/", "http://h:-1/", "http://h:+1/", "http://h:1x/",
                   "http://h:x/", "http://h:1:2/", "http://h:8 0/", "http://h:%38/", "http://[::1]x:80/",
                   "http://[::1]80/", "http://a:b/", "http://h:\x80/"});
}

TEST_CASE("a host that ends in a number is an IPv4 address in any of its notations") {
    check({
        {"http://1/", "http://0.0.0.1/"},
        {"http://1.2/", "http://1.0.0.2/"},
        {"http://1.2.3/", "http://1.2.0.3/"},
        {"http://1.2.3.4./", "http://1.2.3.4/"},
        {"http://127.1/", "http://127.0.0.1/"},
        {"http://127.0.1/", "http://127.0.0.1/"},
        {"http://0x7f.1/", "http://127.0.0.1/"},
        {"http://0X7F000001/", "http://127.0.0.1/"},
        {"http://0177.0.0.01/", "http://127.0.0.1/"},
        {"http://2130706433/", "http://127.0.0.1/"},
        {"http://4294967295/", "http://255.255.255.255/"},
        {"http://0xffffffff/", "http://255.255.255.255/"},
        {"http://037777777777/", "http://255.255.255.255/"},
        {"http://1.16777215/", "http://1.255.255.255/"},
        {"http://1.2.65535/", "http://1.2.255.255/"},
        {"http://0/", "http://0.0.0.0/"},
        {"http://0x/", "http://0.0.0.0/"},
        {"http://0x.0x.0/", "http://0.0.0.0/"},
        {"http://1.2.3.0x4/", "http://1.2.3.4/"},
        {"http://%30%78%63%30%2e%30250.01", "http://192.168.0.1/"},
        {"http://1.2.3.4a/", "http://1.2.3.4a/"},
        {"http://1.2.3.x4/", "http://1.2.3.x4/"},
        {"http://0xg/", "http://0xg/"},
        {"http://08x/", "http://08x/"},
        {"http://1.2.3.4.example/", "http://1.2.3.4.example/"},
        {"http://1.example/", "http://1.example/"},
        {"http://1../", "http://1../"},
    });
    check_invalid({"http://256.1.1.1/", "http://1.256.1.1/", "http://1.1.1.256/", "http://1.1.65536/",
                   "http://1.16777216/", "http://4294967296/", "http://0x100000000/", "http://99999999999999999999999/",
                   "http://1.2.3.4.5/", "http://1.2.3.08/", "http://09/", "http://a.1/", "http://a.0x1/",
                   "http://1..2/", "http://.1/", "http://x.09/", "http://1.2.3.4.5./", "http://0x1.example.0/"});
}

TEST_CASE("IPv6 addresses are written in their shortest form") {
    check({
        {"http://[::]/", "http://[::]/"},
        {"http://[::1]/", "http://[::1]/"},
        {"http://[1::]/", "http://[1::]/"},
        {"http://[0:0:0:0:0:0:0:0]/", "http://[::]/"},
        {"http://[1:2:3:4:5:6:7:8]/", "http://[1:2:3:4:5:6:7:8]/"},
        {"http://[2001:DB8:0:0:0:0:0:00Ff]/", "http://[2001:db8::ff]/"},
        {"http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/"},
        {"http://[1:0:0:2:0:0:3:4]/", "http://[1::2:0:0:3:4]/"},
        {"http://[0:1:0:1:0:1:0:1]/", "http://[0:1:0:1:0:1:0:1]/"},
        {"http://[1:2:3:4:5:6:0:0]/", "http://[1:2:3:4:5:6::]/"},
        {"http://[0:0:3:4:5:6:7:8]/", "http://[::3:4:5:6:7:8]/"},
        {"http://[1::3:4:5:6:7:8]/", "http://[1:0:3:4:5:6:7:8]/"},
        {"http://[::2:3:4:5:6:7:8]/", "http://[0:2:3:4:5:6:7:8]/"},
        {"http://[1:2:3:4:5:6:7::]/", "http://[1:2:3:4:5:6:7:0]/"},
        {"http://[::ffff:192.168.0.1]/", "http://[::ffff:c0a8:1]/"},
        {"http://[::1.2.3.4]/", "http://[::102:304]/"},
        {"http://[1:2:3:4:5:6:1.2.3.4]/", "http://[1:2:3:4:5:6:102:304]/"},
        {"http://[::1:2:3:4:5:1.2.3.4]/", "http://[0:1:2:3:4:5:102:304]/"},
        {"http://[::0.0.0.0]/", "http://[::]/"},
    });
    check_invalid({"http://[",
                   "http://[::1",
                   "http://]/",
                   "http://[::1]]/",
                   "http://[[::1]/",
                   "http://x[::1]/",
                   "http://[::1]x/",
                   "http://[:]/",
                   "http://[:::]/",
                   "http://[:1]/",
                   "http://[1:]/",
                   "http://[::1:]/",
                   "http://[1::2::3]/",
                   "http://[1:::2]/",
                   "http://[1:2:3:4:5:6:7]/",
                   "http://[1:2:3:4:5:6:7:8:9]/",
                   "http://[1:2:3:4:5:6:7:8::]/",
                   "http://[1::2:3:4:5:6:7:8]/",
                   "http://[::12345]/",
                   "http://[::g]/",
                   "http://[::1%25eth0]/",
                   "http://[::1%eth0]/",
                   "http://[ ::1]/",
                   "http://[::1.2.3]/",
                   "http://[::1.2.3.4.5]/",
                   "http://[::1.2.3.256]/",
                   "http://[::1.2.3.04]/",
                   "http://[::1.2.3.]/",
                   "http://[::.2.3.4]/",
                   "http://[::1.2.3.4:5]/",
                   "http://[::1:2:3:4:5:6:1.2.3.4]/",
                   "http://[1:2:3:4:5:6:7:1.2.3.4]/",
                   "http://[::1.2.3.x]/",
                   "http://[::0x1]/",
                   "http://%5B::1%5D/"});
}

TEST_CASE("dot segments are resolved, also those in disguise") {
    check({
        {"http://h/.", "http://h/"},
        {"http://h/..", "http://h/"},
        {"http://h/a/.", "http://h/a/"},
        {"http://h/a/..", "http://h/"},
        {"http://h/a/../b", "http://h/b"},
        {"http://h/a/b/../..", "http://h/"},
        {"http://h/../../../a", "http://h/a"},
        {"http://h/a/./b/./c", "http://h/a/b/c"},
        {"http://h/a/%2e/b", "http://h/a/b"},
        {"http://h/a/%2E%2e/b", "http://h/b"},
        {"http://h/a/.%2e", "http://h/"},
        {"http://h/a/%2E.", "http://h/"},
        {"http://h/a/...", "http://h/a/..."},
        {"http://h/a/.b", "http://h/a/.b"},
        {"http://h/a/..b/", "http://h/a/..b/"},
        {"http://h/a/%2e%2e%2e", "http://h/a/%2e%2e%2e"},
        {"http://h/a/%252e", "http://h/a/%252e"},
        {"http://h/a//..", "http://h/a/"},
        {"http://h/a//../..", "http://h/"},
        {"http://h\\a\\..\\b", "http://h/b"},
        {"http://h/a/..?q/..", "http://h/?q/.."},
        {"http://h/a/..#f/..", "http://h/#f/.."},
    });
}

TEST_CASE("path, query and fragment are percent-encoded, each by its own set") {
    check({
        {"http://h/\"<>`{}^", "http://h/%22%3C%3E%60%7B%7D%5E"},
        {"http://h/a|b'c[d]", "http://h/a|b'c[d]"},
        {"http://h/%", "http://h/%"},
        {"http://h/%zz%4", "http://h/%zz%4"},
        {"http://h/%41%e9", "http://h/%41%e9"},
        {"http://h/\xc3\xa9\xe2\x82\xac", "http://h/%C3%A9%E2%82%AC"},
        {"http://h/\x7f", "http://h/%7F"},
        {"http://h/a\x01"
         "b",
         "http://h/a%01b"},
        {"http://h/a\0b"sv, "http://h/a%00b"},
        {"http://h/\xff", "http://h/%FF"},
        {"http://h/?\"<>`{}^|'\\ ", "http://h/?%22%3C%3E`{}^|%27\\"},
        {"http://h/?a b?c/d", "http://h/?a%20b?c/d"},
        {"http://h/?\xc3\xa9", "http://h/?%C3%A9"},
        {"http://h/?%", "http://h/?%"},
        {"http://h/#\"<>`{}^|'\\#?/", "http://h/#%22%3C%3E%60{}^|'\\#?/"},
        {"http://h/#a b", "http://h/#a%20b"},
        {"http://h/#\xc3\xa9", "http://h/#%C3%A9"},
        {"http://h/#\0"sv
         "x",
         "http://h/#%00x"},
    });
}
