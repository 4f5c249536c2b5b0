// Items as bytes: a version, then attributes; names and texts with their length before them, each
// value after a byte that names its type.
#include "services/dynamodb/value.h"

namespace stormglass::dynamodb {
namespace {

constexpr char codec_version = 1;

void put_size(std::string& to, std::size_t size) {
    while (size >= 0x80) {
        to += static_cast<char>(size | 0x80);
        size >>= 7;
    }
    to += static_cast<char>(size);
}

void put_text(std::string& to, std::string_view text) {
    put_size(to, text.size());
    to += text;
}

void put_set(std::string& to, const wire::List<std::string>& set) {
    put_size(to, set.size());
    for (const auto& one : set) put_text(to, one);
}

void put_map(std::string& to, const Item& map);

void put_value(std::string& to, const Value& value) {
    const Type type = type_of(value);
    to += static_cast<char>(type);
    switch (type) {
        case Type::string: return put_text(to, *value.s);
        case Type::number: return put_text(to, *value.n);
        case Type::binary: return put_text(to, *value.b);
        case Type::string_set: return put_set(to, value.ss);
        case Type::number_set: return put_set(to, value.ns);
        case Type::binary_set: return put_set(to, value.bs);
        case Type::boolean: to += *value.bool_ ? '\1' : '\0'; return;
        case Type::map: return put_map(to, value.m);
        case Type::list:
            put_size(to, value.l.size());
            for (const auto& one : value.l) put_value(to, one);
            return;
        default: return;
    }
}

void put_map(std::string& to, const Item& map) {
    put_size(to, map.size());
    for (const auto& [name, value] : map) {
        put_text(to, name);
        put_value(to, value);
    }
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    Result<std::size_t> size() {
        std::size_t value = 0;
        for (int shift = 0; shift < 63 && at_ < bytes_.size(); shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            value |= static_cast<std::size_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
        return damaged();
    }

    Result<std::string> text() {
        const std::size_t length = TRY(size());
        if (length > bytes_.size() - at_) return damaged();
        at_ += length;
        return std::string(bytes_.substr(at_ - length, length));
    }

    Result<unsigned char> byte() {
        if (at_ >= bytes_.size()) return damaged();
        return static_cast<unsigned char>(bytes_[at_++]);
    }

    Result<void> map(Item& to) {
        const std::size_t count = TRY(size());
        to.present = true;
        for (std::size_t i = 0; i < count; ++i) {
            std::string name = TRY(text());
            TRY(value(to[std::move(name)]));
        }
        return {};
    }

private:
    static Unexpected damaged() {
        return fail(Domain::store, "DamagedItem", "a stored item does not read");
    }

    Result<void> set(wire::List<std::string>& to) {
        const std::size_t count = TRY(size());
        to.present = true;
        for (std::size_t i = 0; i < count; ++i) to.push_back(TRY(text()));
        return {};
    }

    Result<void> value(Value& to) {
        switch (static_cast<Type>(TRY(byte()))) {
            case Type::string: to.s = TRY(text()); return {};
            case Type::number: to.n = TRY(text()); return {};
            case Type::binary: to.b = TRY(text()); return {};
            case Type::string_set: return set(to.ss);
            case Type::number_set: return set(to.ns);
            case Type::binary_set: return set(to.bs);
            case Type::boolean: to.bool_ = TRY(byte()) != 0; return {};
            case Type::null: to.null = true; return {};
            case Type::map: return map(to.m);
            case Type::list: {
                const std::size_t count = TRY(size());
                to.l.present = true;
                for (std::size_t i = 0; i < count; ++i) TRY(value(to.l.emplace_back()));
                return {};
            }
            case Type::none: break;
        }
        return damaged();
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace

std::string encode_item(const Item& item) {
    std::string bytes(1, codec_version);
    put_map(bytes, item);
    return bytes;
}

Result<Item> decode_item(std::string_view bytes) {
    Reader reader(bytes);
    Item item;
    if (TRY(reader.byte()) != codec_version) {
        return fail(Domain::store, "DamagedItem", "a stored item is of another version");
    }
    TRY(reader.map(item));
    return item;
}

}  // namespace stormglass::dynamodb
