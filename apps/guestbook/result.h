// Errors are values here: what failed, in words that may be logged (never a secret among them).
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace guestbook {

/// A failure. `code` is MySQL's own number where the database said no, else 0.
struct Error {
    std::string message;
    unsigned code = 0;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message, unsigned code = 0) {
    return std::unexpected(Error{std::move(message), code});
}

}  // namespace guestbook
