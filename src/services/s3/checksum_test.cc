#include "services/s3/checksum.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace stormglass::s3 {
namespace {

std::string digest(const char* algorithm, std::string_view text) {
    const auto running = make_digest(algorithm);
    running->update(text.substr(0, text.size() / 3));
    running->update(text.substr(text.size() / 3));
    return running->finish();
}

TEST(Checksum, GivesTheCheckValuesOfTheCatalogue) {
    EXPECT_EQ(base::hex_encode(digest("CRC32", "123456789")), "cbf43926");
    EXPECT_EQ(base::hex_encode(digest("CRC32C", "123456789")), "e3069283");
    EXPECT_EQ(base::hex_encode(digest("CRC64NVME", "123456789")), "ae8b14860a799888");
}

TEST(Checksum, OfTheWholeFollowsFromItsParts) {
    const std::string first(1000, 'a'), second(777, 'b');
    for (const char* algorithm : {"CRC32", "CRC32C", "CRC64NVME"}) {
        EXPECT_EQ(combine_crc(algorithm, digest(algorithm, first), digest(algorithm, second), second.size()),
                  digest(algorithm, first + second)) << algorithm;
    }
}

}  // namespace
}  // namespace stormglass::s3
