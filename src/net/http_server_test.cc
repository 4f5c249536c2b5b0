// The server as clients see it: curl, and raw bytes where curl is too polite.
#include "net/http_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <thread>

#include "net/testing.h"

namespace stormglass::net {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view simple = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(HttpServer, CurlGetsAnswersOverOneConnection) {
    TestServer test;
    EXPECT_EQ(output_of(fmt::format("curl -s {0} {0}", test.url("/p?q=%20+"))),
              "GET /p?q=%20+ GET /p?q=%20+ ");
    EXPECT_EQ(test.server.stats().connections_total, 1u);
    EXPECT_EQ(test.server.stats().requests_total, 2u);
}

TEST(HttpServer, CurlUploadsWithLengthChunkedAndExpecting) {
    TestServer test({}, [](Request& request) {
        const auto body = request.body.read_all(64 << 20);
        return Response{.body = std::to_string(body.value().size())};
    });
    const std::string upload = "head -c 5000000 /dev/zero | curl -s --data-binary @- ";
    EXPECT_EQ(output_of(upload + test.url()), "5000000");
    EXPECT_EQ(output_of(upload + "-H 'Transfer-Encoding: chunked' " + test.url()), "5000000");
    EXPECT_EQ(output_of(upload + "-H 'Expect: 100-continue' " + test.url()), "5000000");
}

TEST(HttpServer, HeadersKeepTheirCaseAndOrderAndAreFoundInAnyCase) {
    TestServer test({}, [](Request& request) {
        std::string names;
        for (const auto& [name, value] : request.headers) names += name + "=" + value + ";";
        names += std::string(request.header("x-ONE"));
        return Response{.body = names};
    });
    RawClient client(test.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nX-One:  1 \r\nx-two: 2\r\nX-one: 3\r\n\r\n");
    EXPECT_TRUE(client.expect("Host=h;X-One=1;x-two=2;X-one=3;1"));
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
    TestServer test;
    RawClient client(test.port);
    client.send(
        "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
        "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string all = client.read_all();
    EXPECT_LT(all.find("POST /1 abc"), all.find("POST /2 de"));
    EXPECT_LT(all.find("POST /2 de"), all.find("GET /3 "));
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, ARequestThatArrivesByteByByteIsUnderstood) {
    TestServer test;
    RawClient client(test.port);
    for (const char byte :
         std::string("\r\nPOST /s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                     "chunked\r\n\r\n1\r\na\r\n3;x=y\r\nbcd\r\n0\r\nT: 1\r\n\r\n")) {
        client.send(std::string_view(&byte, 1));
    }
    EXPECT_TRUE(client.expect("POST /s abcd"));
    client.send(simple);
    EXPECT_TRUE(client.expect("GET /a "));
}

TEST(HttpServer, ContinueIsSentOnlyWhenTheHandlerReads) {
    TestServer test({}, [](Request& request) {
        return request.target == "/no" ? Response{.status = 403} : echo(request);
    });
    RawClient reading(test.port);
    reading.send(
        "PUT /yes HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_TRUE(reading.expect("HTTP/1.1 100 Continue\r\n\r\n"));
    reading.send("ok");
    EXPECT_TRUE(reading.expect("PUT /yes ok"));

    RawClient refused(test.port);
    refused.send(
        "PUT /no HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    const std::string all = refused.read_all();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 403 Forbidden\r\n")) << all;
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, HeadHasTheLengthAndNoBody) {
    TestServer test;
    RawClient client(test.port);
    client.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(client.expect("Content-Length: 8\r\n\r\n"));
    client.send(simple);
    ASSERT_TRUE(client.expect("\r\n\r\n"));
    EXPECT_TRUE(client.expect("GET /a "));
}

TEST(HttpServer, AnswersWithoutContentHaveNeitherLengthNorBody) {
    TestServer test({}, [](Request&) { return Response{.status = 204, .body = "never shown"}; });
    RawClient client(test.port);
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string all = client.read_all();
    EXPECT_TRUE(all.ends_with("\r\n\r\n"));
    EXPECT_EQ(all.find("Content-Length"), std::string::npos);
}

TEST(HttpServer, AbsoluteTargetsLoseSchemeAndHost) {
    TestServer test;
    RawClient client(test.port);
    client.send("GET HTTP://h:1/p?q HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.expect("GET /p?q "));
    client.send("GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.expect("GET /?q "));
}

TEST(HttpServer, AnHttp10ClientGetsAnAnswerAndTheEnd) {
    TestServer test;
    RawClient client(test.port);
    client.send("GET /old HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(client.read_all().ends_with("GET /old "));
    RawClient staying(test.port);
    staying.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(staying.expect("Connection: keep-alive\r\n"));
    staying.send("GET /2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(staying.expect("GET /2 "));
}

TEST(HttpServer, AnUnreadSmallBodyIsDroppedAndALargeOneEndsTheConnection) {
    TestServer test({}, [](Request&) { return Response{.body = "done"}; });
    RawClient small(test.port);
    small.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345");
    small.send(simple);
    EXPECT_TRUE(small.expect("done"));
    EXPECT_TRUE(small.expect("done"));
    RawClient large(test.port);
    large.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nxx");
    EXPECT_NE(large.read_all().find("Connection: close"), std::string::npos);
}

TEST(HttpServer, HeaderValuesCannotForgeHeaders) {
    TestServer test({}, [](Request&) {
        return Response{.headers = {{"X-A", "1\r\nX-Forged: 1"}}, .body = "done"};
    });
    EXPECT_EQ(output_of("curl -si " + test.url()).find("\nX-Forged"), std::string::npos);
}

TEST(HttpServer, StreamsABodyOfUnknownAndOfKnownLength) {
    TestServer test({}, [](Request& request) {
        Response response;
        auto left = std::make_shared<int>(1000);
        response.producer = [left](char* to, std::size_t size) -> Result<std::size_t> {
            if (*left == 0) return std::size_t{0};
            --*left;
            std::fill_n(to, std::min<std::size_t>(size, 1000), 'x');
            return std::size_t{1000};
        };
        if (request.target == "/known") response.producer_length = 1'000'000;
        return response;
    });
    EXPECT_EQ(output_of("curl -s " + test.url("/known") + " | wc -c"), "1000000\n");
    EXPECT_EQ(output_of("curl -s " + test.url("/unknown") + " | wc -c"), "1000000\n");
    EXPECT_EQ(output_of("curl -s -0 " + test.url("/unknown") + " | wc -c"), "1000000\n");
}

TEST(HttpServer, ABodyThatBreaksOffIsSeenAsBroken) {
    TestServer test({}, [](Request&) {
        Response response;
        response.producer = [done = false](char* to, std::size_t) mutable -> Result<std::size_t> {
            if (std::exchange(done, true)) return fail(Domain::system, "Broken", "on purpose");
            *to = 'x';
            return std::size_t{1};
        };
        return response;
    });
    EXPECT_EQ(output_of("curl -s -o /dev/null " + test.url() + "; echo $?"), "18\n");
}

TEST(HttpServer, SendsAPartOfAFile) {
    TestServer test({}, [](Request&) {
        base::UniqueFd fd(::memfd_create("body", MFD_CLOEXEC));
        CHECK(base::write_all(fd.get(), "0123456789").has_value());
        Response response;
        response.file = FileRange{.fd = std::move(fd), .offset = 2, .length = 5};
        return response;
    });
    EXPECT_EQ(output_of("curl -s " + test.url()), "23456");
}

TEST(HttpServer, WhatIsMalformedOrAmbiguousIsRefused) {
    TestServer test;
    for (const std::string_view request :
         {"\x16\x03\x01", "GET\r\n\r\n", "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
          "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"}) {
        RawClient client(test.port);
        client.send(request);
        EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 400 Bad Request\r\n")) << request;
    }
    RawClient chunked(test.port);
    chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    EXPECT_TRUE(chunked.read_all().ends_with("MalformedBody"));
}

TEST(HttpServer, LimitsAreRefusedAsTheHookWordsThem) {
    HttpServerOptions options{
        .header_bytes_max = 4000, .target_bytes_max = 1000, .body_bytes_max = 10};
    options.refusal = [](Refusal refusal) {
        return Response{.body = fmt::format("refusal {}", status_of(refusal))};
    };
    TestServer test(options);
    const auto refused = [&](const std::string& request) {
        RawClient client(test.port);
        client.send(request);
        const std::string all = client.read_all();
        return all.substr(all.rfind('\n') + 1);
    };
    const std::string much(5000, 'a');
    EXPECT_EQ(refused("GET /" + much + " HTTP/1.1\r\nHost: x\r\n\r\n"), "refusal 414");
    EXPECT_EQ(refused("GET /" + much.substr(0, 2000) + " HTTP/1.1\r\nHost: x\r\n\r\n"),
              "refusal 414");
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: x\r\nA: " + much + "\r\n\r\n"), "refusal 431");
    EXPECT_EQ(refused("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n"), "refusal 413");
    EXPECT_EQ(refused("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "b\r\n12345678901\r\n0\r\n\r\n"),
              "BodyTooLarge");
    EXPECT_EQ(test.server.stats().refusals_total, 4u);
}

TEST(HttpServer, SlowClientsAreTurnedAway) {
    TestServer test({.idle_timeout = milliseconds(100),
                     .header_timeout = milliseconds(100),
                     .body_timeout = milliseconds(100)});
    RawClient idle(test.port);
    EXPECT_EQ(idle.read_all(), "");
    RawClient head(test.port);
    head.send("GET / HTTP/1.1\r\nHost:");
    EXPECT_TRUE(head.read_all().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    RawClient body(test.port);
    body.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12");
    EXPECT_TRUE(body.read_all().ends_with("RequestTimeout"));
}

TEST(HttpServer, AHeadThatTricklesCannotOutlastItsDeadline) {
    TestServer test({.header_timeout = milliseconds(200)});
    RawClient client(test.port);
    client.send("GET / HTTP/1.1\r\n");
    const auto began = std::chrono::steady_clock::now();
    while (client.send("A: b\r\n")) {
        ::poll(nullptr, 0, 10);
        ASSERT_LT(std::chrono::steady_clock::now() - began, milliseconds(patience_ms));
    }
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 408"));
}

TEST(HttpServer, AClientThatDoesNotReadIsCutOff) {
    std::atomic<bool> ended = false;
    TestServer test({.write_timeout = milliseconds(100)}, [&](Request&) {
        Response response;
        response.producer = [guard = std::shared_ptr<void>(nullptr, [&](void*) { ended = true; })](
                                char*, std::size_t size) -> Result<std::size_t> { return size; };
        return response;
    });
    RawClient client(test.port);
    client.send(simple);
    const auto began = std::chrono::steady_clock::now();
    while (!ended) {
        ASSERT_LT(std::chrono::steady_clock::now() - began, milliseconds(patience_ms));
        std::this_thread::yield();
    }
}

TEST(HttpServer, OneConnectionTooManyGets503AndThereIsRoomAgainLater) {
    TestServer test({.connections_max = 1});
    auto first = std::make_unique<RawClient>(test.port);
    first->send(simple);
    ASSERT_TRUE(first->expect("GET /a "));
    RawClient second(test.port);
    EXPECT_TRUE(second.read_all().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    first.reset();
    for (;;) {
        RawClient third(test.port);
        third.send(simple);
        if (third.expect("GET /a ")) break;
    }
}

TEST(HttpServer, StoppingEndsIdleConnectionsAndLetsRequestsFinish) {
    std::atomic<bool> is_in_handler = false;
    std::atomic<bool> may_go_on = false;
    TestServer test({}, [&](Request& request) {
        is_in_handler = true;
        while (request.target == "/wait" && !may_go_on) std::this_thread::yield();
        return Response{.body = "finished"};
    });
    RawClient idle(test.port);
    idle.send(simple);
    ASSERT_TRUE(idle.expect("finished"));
    is_in_handler = false;
    RawClient busy(test.port);
    busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!is_in_handler) std::this_thread::yield();
    std::thread stopper([&] { test.server.stop(); });
    EXPECT_EQ(idle.read_all(), "");
    may_go_on = true;
    const std::string all = busy.read_all();
    EXPECT_TRUE(all.ends_with("finished"));
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
    stopper.join();
    EXPECT_EQ(test.server.stats().connections_open, 0u);
}

TEST(HttpServer, StoppingCutsWhatDoesNotEnd) {
    TestServer test({.stop_timeout = milliseconds(50)});
    RawClient client(test.port);
    client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12");
    while (test.server.stats().requests_total == 0) std::this_thread::yield();
    test.server.stop();
    EXPECT_EQ(test.server.stats().connections_open, 0u);
}

TEST(HttpServer, StoppingEndsAnEndlessAnswerProperly) {
    TestServer test({.stop_timeout = milliseconds(patience_ms)}, [](Request&) {
        Response response;
        response.producer_ending = Ending::with_server;
        response.producer = [](char* to, std::size_t) -> Result<std::size_t> {
            ::poll(nullptr, 0, 1);
            *to = '.';
            return std::size_t{1};
        };
        return response;
    });
    RawClient client(test.port);
    client.send(simple);
    ASSERT_TRUE(client.expect("1\r\n.\r\n"));
    const auto began = std::chrono::steady_clock::now();
    test.server.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(patience_ms));
    EXPECT_TRUE(client.read_all().ends_with("0\r\n\r\n"));
}

TEST(HttpServer, ListenersComeAndGoAndOneMayBeAUnixSocket) {
    TestServer test;
    char folder[] = "/tmp/stormglass-net-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const std::string path = std::string(folder) + "/socket";
    const int listener = test.server.listen(listen_unix(path).value()).value();
    const std::string command = "curl -s --unix-socket " + path + " http://x/u";
    EXPECT_EQ(output_of(command), "GET /u ");
    test.server.unlisten(listener);
    EXPECT_EQ(output_of(command), "");
    EXPECT_EQ(output_of("curl -s " + test.url("/t")), "GET /t ");
    (void)base::remove_all(folder);
}

}  // namespace
}  // namespace stormglass::net
