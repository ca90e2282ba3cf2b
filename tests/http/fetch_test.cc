// SPDX-License-Identifier: Apache-2.0
// Where a client's URL must not lead. Nothing here leaves this machine: what is refused is refused
// before a socket is opened.
#include "http/fetch.h"

#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>

#include "base/error.h"

namespace {

std::string fetched(const std::string& url) {
    std::string out;
    vo::StringSink sink(out);
    try {
        vo::http::fetch(url, {.max_bytes = 1000, .time = std::chrono::seconds(5)}, sink);
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT_MESSAGE(url, error.code() == vo::Code::BadRequest);
        return std::string("! ") + error.what();
    }
    return out;
}

bool is_public(const std::string& text) {
    sockaddr_storage storage{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1)
        storage.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1)
        storage.ss_family = AF_INET6;
    else
        CPPUNIT_FAIL(text + " is no address");
    return vo::http::is_public(reinterpret_cast<const sockaddr&>(storage));
}

class FetchTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FetchTest);
    CPPUNIT_TEST(knows_public_addresses);
    CPPUNIT_TEST(refuses_private_hosts);
    CPPUNIT_TEST(refuses_other_urls);
    CPPUNIT_TEST(refuses_ports);
    CPPUNIT_TEST_SUITE_END();

    static void knows_public_addresses() {
        for (const auto* address :
             {"1.1.1.1",        "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
              "100.128.0.0",    "126.255.255.255", "128.0.0.0",       "169.253.255.255",
              "172.15.255.255", "172.32.0.0",      "192.167.255.255", "192.169.0.0",
              "198.17.255.255", "198.20.0.0",      "223.255.255.255", "2001:200::1",
              "2400::1",        "2606:4700::1111", "2a00::1",         "3ffe::1"})
            CPPUNIT_ASSERT_MESSAGE(address, is_public(address));
        for (const auto* address : {"0.0.0.0",
                                    "0.1.2.3",
                                    "10.0.0.1",
                                    "10.255.255.255",
                                    "100.64.0.1",
                                    "100.127.255.255",
                                    "127.0.0.1",
                                    "127.255.255.255",
                                    "169.254.169.254",
                                    "172.16.0.1",
                                    "172.31.255.255",
                                    "192.0.0.1",
                                    "192.0.2.1",
                                    "192.88.99.1",
                                    "192.168.0.1",
                                    "198.18.0.1",
                                    "198.19.255.255",
                                    "198.51.100.1",
                                    "203.0.113.1",
                                    "224.0.0.1",
                                    "239.255.255.255",
                                    "240.0.0.1",
                                    "255.255.255.255",
                                    "::",
                                    "::1",
                                    "::7f00:1",
                                    "::ffff:127.0.0.1",
                                    "::ffff:8.8.8.8",
                                    "64:ff9b::7f00:1",
                                    "64:ff9b:1::1",
                                    "100::1",
                                    "2001::1",
                                    "2001:db8::1",
                                    "2001:10::1",
                                    "2001:20::1",
                                    "2002:7f00:1::",
                                    "2002:a00:1::1",
                                    "3fff::1",
                                    "5f00::1",
                                    "fc00::1",
                                    "fd12:3456::1",
                                    "fe80::1",
                                    "fec0::1",
                                    "ff02::1"})
            CPPUNIT_ASSERT_MESSAGE(address, !is_public(address));
    }

    static void refuses_private_hosts() {
        for (const auto* host : {"127.0.0.1",
                                 "127.1",
                                 "127.0.1",
                                 "2130706433",
                                 "0x7f000001",
                                 "0x7f.1",
                                 "017700000001",
                                 "0177.0.0.1",
                                 "0",
                                 "0.0.0.0",
                                 "10.1.2.3",
                                 "169.254.169.254",
                                 "172.20.0.1",
                                 "192.168.1.1",
                                 "100.100.100.200",
                                 "[::1]",
                                 "[::]",
                                 "[0:0:0:0:0:0:0:1]",
                                 "[::ffff:127.0.0.1]",
                                 "[::ffff:7f00:1]",
                                 "[::127.0.0.1]",
                                 "[64:ff9b::7f00:1]",
                                 "[2002:7f00:1::]",
                                 "[2001:0:53aa:64c:0:0:80ff:fffe]",
                                 "[fe80::1]",
                                 "[fc00::1]",
                                 "[fd00:ec2::254]",
                                 "localhost",
                                 "LOCALHOST",
                                 "255.255.255.255",
                                 "224.0.0.1",
                                 "%31%32%37.0.0.1"})
            for (const auto* scheme : {"http://", "https://"}) {
                const auto told = fetched(std::string(scheme) + host + ":8080/table.vot");
                CPPUNIT_ASSERT_MESSAGE(
                    told, told.find("leads to an address that is not public") != std::string::npos);
                // Not where it would have led.
                CPPUNIT_ASSERT(std::string(host).find("127") != std::string::npos ||
                               told.find("127.") == std::string::npos);
            }
    }

    static void refuses_other_urls() {
        for (const auto* url : {"file:///etc/passwd",
                                "FILE:///etc/passwd",
                                "file://localhost/etc/passwd",
                                "gopher://127.0.0.1:70/1",
                                "ftp://127.0.0.1/x",
                                "dict://127.0.0.1:11211/stat",
                                "ldap://127.0.0.1/",
                                "scp://127.0.0.1/x",
                                "sftp://127.0.0.1/x",
                                "tftp://127.0.0.1/x",
                                "telnet://127.0.0.1/",
                                "smb://127.0.0.1/x",
                                "jar:http://127.0.0.1!/",
                                "data:,x",
                                "vos://cadc.nrc.ca/x",
                                "javascript:1",
                                "",
                                "x",
                                "/etc/passwd",
                                "//127.0.0.1/",
                                "http:",
                                "http://",
                                "http:///x",
                                "http://user:secret@192.0.2.1/",
                                "http://user@192.0.2.1/",
                                "http://a b/",
                                "http://a\nb/",
                                "http://[::1/",
                                "http://[::g]/",
                                "http://a:99999/",
                                "http://a:-1/",
                                "http://127.0.0.1\r\nHost: x/"}) {
            const auto told = fetched(url);
            CPPUNIT_ASSERT_MESSAGE(std::string(url) + " -> " + told, told.starts_with("! "));
            CPPUNIT_ASSERT_MESSAGE(told, told.find("does not answer") == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("! the URL is no URL, or has blanks or control characters"),
                             fetched("http://x/" + std::string(5000, 'x')));
    }

    static void refuses_ports() {
        for (const auto* port : {"22", "25", "111", "139", "445", "631", "1023"})
            CPPUNIT_ASSERT(fetched(std::string("http://1.1.1.1:") + port + "/")
                               .ends_with("leads to a port that is not 80, 443 or at least 1024"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FetchTest);

}  // namespace
