// Proves which addresses are public, in every spelling and IPv6 disguise, and that configuration opens exactly what it
// names.

#include "common/http/address_policy.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"

namespace dateline::http {
namespace {

IpAddress Ip(const std::string& text) {
  const auto ip = ParseIpAddress(text);
  EXPECT_TRUE(ip.has_value()) << text;
  return ip.value_or(IpAddress{});
}

TEST(AddressPolicy, RefusesWhatIsNotPublic) {
  for (const char* text : {"0.0.0.0",
                           "10.0.0.1",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.168.1.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "239.1.1.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd00:ec2::254",
                           "ff02::1",
                           "2001:db8::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "2002:7f00:1::",
                           "2001::1",
                           "fec0::1",
                           "100::1"}) {
    EXPECT_FALSE(IsPublicAddress(Ip(text))) << text;
    EXPECT_FALSE(AddressPolicy().Allows("example.org", Ip(text))) << text;
  }
}

TEST(AddressPolicy, TakesPublicAddresses) {
  for (const char* text :
       {"8.8.8.8", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "193.0.0.1", "223.255.255.255",
        "2606:4700::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"}) {
    EXPECT_TRUE(AddressPolicy().Allows("example.org", Ip(text))) << text;
  }
}

TEST(AddressPolicy, OpensWhatConfigurationNames) {
  const auto policy = AddressPolicy::Create({"127.0.0.1", "10.8.0.0/13", "fd00::/8", "Intranet.Example"});
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(policy->Allows("x", Ip("127.0.0.1")));
  EXPECT_TRUE(policy->Allows("x", Ip("::ffff:127.0.0.1")));
  EXPECT_FALSE(policy->Allows("x", Ip("127.0.0.2")));
  EXPECT_TRUE(policy->Allows("x", Ip("10.15.255.255")));
  EXPECT_FALSE(policy->Allows("x", Ip("10.16.0.0")));
  EXPECT_TRUE(policy->Allows("x", Ip("fd12::1")));
  EXPECT_FALSE(policy->Allows("x", Ip("fe80::1")));
  EXPECT_TRUE(policy->Allows("intranet.example", Ip("192.168.0.5")));
  EXPECT_FALSE(policy->Allows("other.example", Ip("192.168.0.5")));
}

TEST(AddressPolicy, RefusesMalformedEntries) {
  for (const char* entry : {"", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/8x", "10.0.0", "a b", "host/8"}) {
    const auto policy = AddressPolicy::Create({entry});
    ASSERT_FALSE(policy.ok()) << entry;
    EXPECT_EQ(ErrorReason(policy.status()), "INVALID_ADDRESS_RANGE") << entry;
  }
}

}  // namespace
}  // namespace dateline::http
