// What may be stored.
#include "entries.h"

#include <gtest/gtest.h>

#include "text.h"

namespace guestbook {
namespace {

Entry good() { return {.id = new_uuid(), .name = "Ada", .message = "hello\nthere"}; }

TEST(EntriesTest, AnOrdinaryEntryIsFaultless) { EXPECT_EQ(entry_fault(good()), std::nullopt); }

TEST(EntriesTest, LengthsCountCharactersNotBytes) {
    Entry entry = good();
    entry.name.clear();
    for (std::size_t i = 0; i < name_length_max; ++i) entry.name += "ö";
    EXPECT_EQ(entry_fault(entry), std::nullopt);
    entry.name += "x";
    EXPECT_EQ(entry_fault(entry), "name is longer than 80 characters");
}

TEST(EntriesTest, FaultsSayWhichFieldAndWhy) {
    Entry entry = good();
    entry.id = "1";
    EXPECT_EQ(entry_fault(entry), "id is not a UUID");
    entry = good();
    entry.message.clear();
    EXPECT_EQ(entry_fault(entry), "message must not be empty");
    entry = good();
    entry.name = "a\nb";
    EXPECT_EQ(entry_fault(entry), "name spans several lines");
    entry = good();
    entry.message = "a\x1B";
    EXPECT_EQ(entry_fault(entry), "message holds control characters");
    entry = good();
    entry.message = "\xFF";
    EXPECT_EQ(entry_fault(entry), "message is not valid UTF-8");
}

}  // namespace
}  // namespace guestbook
