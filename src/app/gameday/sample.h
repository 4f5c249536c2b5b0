// What the load measured: one sample a request, one record a step.
#pragma once

#include <string>
#include <vector>

namespace stormglass::gameday {

enum class Kind { read, write };

struct Sample {
    Kind kind = Kind::read;
    double at_s = 0;  // When it ended, after the load began.
    double latency_s = 0;
    std::string error;  // Empty: answered as it should. Else "HTTP 502", "timeout", "connection reset", ...
    std::string id;     // Of what a write wrote.
};

struct StepRecord {
    double at_s = 0, took_s = 0;
    std::string title;
    std::string trouble;  // Why it could not be carried out; empty: it was.
};

}  // namespace stormglass::gameday
