#include "services/s3/blobs.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace stormglass::s3 {
namespace {

class BlobsTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/stormglass-blobs-XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        folder = name;
        blobs = std::make_unique<Blobs>(folder + "/objects", random, *ring);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    Blob write(const std::string& bytes, Blobs::DataKey& key) {
        Blobs::Writer writer(*blobs, key);
        EXPECT_TRUE(writer.write(bytes));
        const auto finished = writer.finish();
        EXPECT_TRUE(finished);
        writer.keep();
        return finished->blob;
    }

    Result<std::string> read(const Blob& blob, const Blobs::DataKey& key, std::uint64_t from, std::uint64_t length) {
        BlobReader reader(*blobs, {blob}, key.plain, {}, from, length);
        std::string all(length, '\0');
        for (std::size_t got = 0; got < length;) {
            const std::size_t n = TRY(reader.read(all.data() + got, length - got));
            if (n == 0) return fail(Domain::store, "Short", "ended early");
            got += n;
        }
        return all;
    }

    std::string folder;
    base::SeededRandom random{1};
    std::unique_ptr<store::KeyRing> ring = store::KeyRing::in_memory(random);
    std::unique_ptr<Blobs> blobs;
};

TEST_F(BlobsTest, AnyRangeReadsBackAndNothingLiesInTheClear) {
    Blobs::DataKey key;
    const std::string bytes = random.bytes(3 * blob_chunk + 11);
    const Blob blob = write(bytes, key);
    EXPECT_FALSE(blob.in_store);
    for (const auto& [from, length] : {std::pair{0ul, bytes.size()}, {blob_chunk - 1, 2ul}, {3 * blob_chunk, 11ul}}) {
        EXPECT_EQ(*read(blob, key, from, length), bytes.substr(from, length));
    }
    const auto file = base::read_file(blobs->path_of(blob.id));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->find(bytes.substr(0, 16)), std::string::npos);
}

TEST_F(BlobsTest, AChangedFileIsAnErrorAndNoAnswer) {
    Blobs::DataKey key;
    const Blob blob = write(std::string(blob_chunk * 2, 'x'), key);
    auto file = *base::read_file(blobs->path_of(blob.id));
    file[100] = static_cast<char>(file[100] ^ 1);
    ASSERT_TRUE(base::write_file(blobs->path_of(blob.id), file));
    EXPECT_FALSE(read(blob, key, 0, 10));
}

TEST_F(BlobsTest, WhatIsNotKeptLeavesNoFileAndWhatIsReadStays) {
    Blobs::DataKey key;
    std::string path;
    {
        Blobs::Writer writer(*blobs, key);
        ASSERT_TRUE(writer.write(std::string(blob_in_store_max + 1, 'x')));
        path = blobs->path_of(writer.finish()->blob.id);
        EXPECT_TRUE(base::file_exists(path));
    }
    EXPECT_FALSE(base::file_exists(path));
    const Blob blob = write(std::string(blob_chunk, 'y'), key);
    {
        const Blobs::Pin pin(*blobs, {blob});
        EXPECT_TRUE(pin.complete());
        blobs->remove({blob});
        EXPECT_TRUE(base::file_exists(blobs->path_of(blob.id)));
    }
    EXPECT_FALSE(base::file_exists(blobs->path_of(blob.id)));
}

TEST_F(BlobsTest, TheSweepRemovesOnlyWhatNobodyRefersTo) {
    Blobs::DataKey key;
    const Blob kept = write(std::string(blob_chunk, 'a'), key), lost = write(std::string(blob_chunk, 'b'), key);
    EXPECT_EQ(*blobs->sweep({kept.id}), 1u);
    EXPECT_TRUE(base::file_exists(blobs->path_of(kept.id)));
    EXPECT_FALSE(base::file_exists(blobs->path_of(lost.id)));
}

}  // namespace
}  // namespace stormglass::s3
