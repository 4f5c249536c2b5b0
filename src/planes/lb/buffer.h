// A growable byte queue: bytes are appended at the end and consumed from the front. Storage is
// given back when empty (release_if_empty), so that idle connections cost little.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

#include "base/check.h"

namespace stormglass::lb {

class Buffer {
public:
    std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }

    /// Room for `size` bytes at the end; earlier views become invalid.
    char* prepare(std::size_t size);
    std::size_t room() const { return capacity_ - end_; }
    void commit(std::size_t size) {
        CHECK(size <= capacity_ - end_);
        end_ += size;
    }
    void consume(std::size_t size) {
        CHECK(size <= end_ - begin_);
        begin_ += size;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    void append(std::string_view bytes) {
        if (bytes.empty()) return;
        std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
        end_ += bytes.size();
    }
    void clear() { begin_ = end_ = 0; }
    void release_if_empty() {
        if (!empty()) return;
        data_.reset();
        capacity_ = 0;
    }

private:
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

inline char* Buffer::prepare(std::size_t size) {
    if (capacity_ - end_ >= size) return data_.get() + end_;
    const std::size_t held = end_ - begin_;
    if (capacity_ >= held + size) {
        std::memmove(data_.get(), data_.get() + begin_, held);
    } else {
        std::size_t capacity = capacity_ == 0 ? 4096 : capacity_ * 2;
        while (capacity < held + size) capacity *= 2;
        auto grown = std::make_unique_for_overwrite<char[]>(capacity);
        if (held > 0) std::memcpy(grown.get(), data_.get() + begin_, held);
        data_ = std::move(grown);
        capacity_ = capacity;
    }
    begin_ = 0;
    end_ = held;
    return data_.get() + end_;
}

}  // namespace stormglass::lb
