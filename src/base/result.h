// Errors are values. A function that can fail returns Result<T>; TRY passes a failure on.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace stormglass {

/// Who can act on an error. Only `aws` errors are shown to an API's caller as they are; every other
/// domain becomes InternalFailure there, with the text in the log.
enum class Domain { aws, system, store, config, plane };

/// A failure. `code` is AWS's own code for Domain::aws (e.g. "InvalidSubnetID.NotFound"), a short
/// word elsewhere. `http_status` is only meaningful for Domain::aws.
struct Error {
    Domain domain = Domain::system;
    std::string code;
    std::string message;
    int http_status = 0;
    std::string details;  // Further members of a modelled error, a JSON object; usually empty.
};

template <class T = void>
using Result = std::expected<T, Error>;

using Unexpected = std::unexpected<Error>;

/// An error of one of our own layers.
inline Unexpected fail(Domain domain, std::string code, std::string message) {
    return Unexpected(Error{domain, std::move(code), std::move(message), 0, {}});
}

/// A failed system call; `step` says which one and on what.
Unexpected fail_errno(std::string step);

/// An error as AWS answers it.
inline Unexpected aws_error(std::string code, std::string message, int http_status = 400) {
    return Unexpected(Error{Domain::aws, std::move(code), std::move(message), http_status, {}});
}

}  // namespace stormglass

// Each use has a variable of its own, so that TRYs may nest.
#define STORMGLASS_TRY(expression, variable)                                \
    __extension__({                                                         \
        auto variable = (expression);                                       \
        if (!variable) [[unlikely]]                                         \
            return ::std::unexpected(::std::move(variable).error());        \
        ::std::move(variable).operator*();                                  \
    })
#define STORMGLASS_JOIN_INNER(a, b) a##b
#define STORMGLASS_JOIN(a, b) STORMGLASS_JOIN_INNER(a, b)

/// Evaluates to the value of a Result, or returns its error from the enclosing function.
#define TRY(expression) STORMGLASS_TRY(expression, STORMGLASS_JOIN(try_result_, __COUNTER__))
