// The only file that knows RocksDB.
//
// Commits go to the write-ahead log without an fsync while the writer's lock is held; GroupSync
// makes them durable afterwards. Reads see the memtable at once.
#include "store/rocks_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/check.h"
#include "base/file.h"
#include "base/strings.h"
#include "store/buffered_tx.h"
#include "store/group_sync.h"
#include "store/sealer.h"

namespace stormglass::store {
namespace {

constexpr std::size_t write_buffer_bytes = std::size_t{8} << 20;
constexpr std::size_t block_cache_bytes = std::size_t{8} << 20;
constexpr std::size_t wal_bytes_max = std::size_t{16} << 20;
constexpr int open_files_max = 128;
/// How long recovery after a failed write waits for readers to finish.
constexpr std::chrono::seconds reader_wait_max{2};
constexpr int bloom_bits_per_key = 10;
constexpr std::size_t old_logs_max = 2;
constexpr std::size_t log_bytes_max = std::size_t{1} << 20;

/// In the range that transactions cannot reach.
const rocksdb::Slice schema_key("\0schema", 7);

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Unexpected failure(const rocksdb::Status& status, std::string_view step) {
    const std::string text = status.ToString();
    const auto say = [&](std::string code, std::string_view advice) {
        return fail(Domain::store, std::move(code), fmt::format("{}: {}{}", step, text, advice));
    };
    if (status.IsNoSpace() || text.find("No space left") != std::string::npos) {
        return say("NoSpace", "; free some disk space, nothing that was acknowledged is lost");
    }
    if (text.find("Read-only file system") != std::string::npos) {
        return say("ReadOnly", "; make the file system writable and start again");
    }
    if (status.IsCorruption()) {
        return say("Corrupt",
                   "; restore the data directory from a backup, or delete the data with "
                   "`stormglass down --purge`");
    }
    return say("StoreFailed", "");
}

rocksdb::Options make_options() {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(block_cache_bytes, 2);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
    table.format_version = 5;
    rocksdb::Options options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;  // Sealed values do not compress.
    options.write_buffer_size = write_buffer_bytes;
    options.max_write_buffer_number = 2;
    options.max_total_wal_size = wal_bytes_max;
    options.max_background_jobs = 2;
    options.max_open_files = open_files_max;
    options.keep_log_file_num = old_logs_max;
    options.max_log_file_size = log_bytes_max;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    // A torn record at a log's end was never acknowledged; damage anywhere else is an error and not
    // (as by default) a reason to drop what follows it.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    return options;
}

/// The database and what opens its values; shared by the store's transactions.
struct Engine {
    ~Engine() {
        if (db) (void)db->Close();
    }
    std::unique_ptr<rocksdb::DB> db;
    std::unique_ptr<Sealer> sealer;
};

class RocksCursor final : public Cursor {
public:
    RocksCursor(std::shared_ptr<Engine> engine, rocksdb::ReadOptions options, std::string from,
                std::string to, Direction direction)
        : engine_(std::move(engine)),
          from_(std::move(from)),
          to_(std::move(to)),
          direction_(direction) {
        from_bound_ = from_;
        to_bound_ = to_;
        options.iterate_lower_bound = &from_bound_;
        if (!to_.empty()) options.iterate_upper_bound = &to_bound_;
        iterator_.reset(engine_->db->NewIterator(options));
        if (direction_ == Direction::forward) {
            iterator_->Seek(from_bound_);
        } else {
            iterator_->SeekToLast();
        }
    }

    bool valid() const override { return iterator_->Valid(); }
    std::string_view key() const override { return view_of(iterator_->key()); }

    Result<std::string_view> value() override {
        value_ = TRY(engine_->sealer->open(key(), view_of(iterator_->value())));
        return value_;
    }

    void next() override {
        if (direction_ == Direction::forward) {
            iterator_->Next();
        } else {
            iterator_->Prev();
        }
    }

    Result<void> outcome() const override {
        if (iterator_->Valid() || iterator_->status().ok()) return {};
        return failure(iterator_->status(), "scan the store");
    }

private:
    std::shared_ptr<Engine> engine_;
    std::string from_, to_;
    Direction direction_;
    rocksdb::Slice from_bound_, to_bound_;  // The iterator keeps pointers to these.
    std::unique_ptr<rocksdb::Iterator> iterator_;
    std::string value_;
};

enum class Seeing { snapshot, newest };

class RocksView final : public View {
public:
    /// The writer sees the newest: nobody else changes it meanwhile.
    RocksView(std::shared_ptr<Engine> engine, Seeing seeing) : engine_(std::move(engine)) {
        if (seeing == Seeing::snapshot) options_.snapshot = engine_->db->GetSnapshot();
    }
    ~RocksView() override {
        if (options_.snapshot != nullptr) engine_->db->ReleaseSnapshot(options_.snapshot);
    }

    Result<std::optional<std::string>> get(std::string_view key) override {
        rocksdb::PinnableSlice sealed;
        const auto status =
            engine_->db->Get(options_, engine_->db->DefaultColumnFamily(), slice(key), &sealed);
        if (status.IsNotFound()) return std::nullopt;
        if (!status.ok()) return failure(status, "read the store");
        return TRY(engine_->sealer->open(key, view_of(sealed)));
    }

    std::unique_ptr<Cursor> cursor(std::string_view from, std::string_view to_exclusive,
                                   Direction direction) override {
        return std::make_unique<RocksCursor>(engine_, options_, std::string(from),
                                             std::string(to_exclusive), direction);
    }

private:
    std::shared_ptr<Engine> engine_;
    rocksdb::ReadOptions options_;
};

/// What a transaction sees while the database is closed.
class FailedView final : public View {
public:
    explicit FailedView(Error error) : error_(std::move(error)) {}
    Result<std::optional<std::string>> get(std::string_view) override {
        return std::unexpected(error_);
    }
    std::unique_ptr<Cursor> cursor(std::string_view, std::string_view, Direction) override {
        return std::make_unique<FailedCursor>(error_);
    }

private:
    class FailedCursor final : public Cursor {
    public:
        explicit FailedCursor(Error error) : error_(std::move(error)) {}
        bool valid() const override { return false; }
        std::string_view key() const override { return {}; }
        Result<std::string_view> value() override { return std::unexpected(error_); }
        void next() override {}
        Result<void> outcome() const override { return std::unexpected(error_); }

    private:
        Error error_;
    };

    Error error_;
};

/// Reads the schema's number, or records it in a new store.
Result<void> check_schema(rocksdb::DB& db, int ours, const std::string& data_dir) {
    std::string stored;
    const auto status = db.Get(rocksdb::ReadOptions(), schema_key, &stored);
    if (status.IsNotFound()) {
        rocksdb::WriteOptions durable;
        durable.sync = true;
        const auto written = db.Put(durable, schema_key, std::to_string(ours));
        if (!written.ok()) return failure(written, "record the schema");
        return {};
    }
    if (!status.ok()) return failure(status, "read the schema");
    const auto theirs = TRY(base::parse_integer(stored));
    if (theirs <= ours) return {};
    return fail(Domain::config, "NewerSchema",
                fmt::format("the data in {} was written by a newer stormglass (schema {}, this one "
                            "knows {}); install that version, or use another --data-dir",
                            data_dir, theirs, ours));
}

Result<std::unique_ptr<rocksdb::DB>> open_database(const std::string& path) {
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open(make_options(), path, &opened);
    if (!status.ok()) return failure(status, "open " + path);
    return std::unique_ptr<rocksdb::DB>(opened);
}

Result<std::shared_ptr<Engine>> open_engine(const std::string& data_dir, std::string_view key,
                                            base::Random& random) {
    auto engine = std::make_shared<Engine>();
    engine->sealer = std::make_unique<Sealer>(key, random);
    engine->db = TRY(open_database(data_dir + "/db"));
    return engine;
}

/// Whether opening the database again has the room to save its log.
Result<void> check_room(const std::string& data_dir) {
    const std::string path = data_dir + "/room";
    const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.valid()) return fail_errno("create " + path);
    const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(2 * write_buffer_bytes));
    (void)::unlink(path.c_str());
    if (error == 0) return {};
    return fail(Domain::store, "NoSpace",
                fmt::format("no room in {}: {}; free some disk space, nothing that was "
                            "acknowledged is lost",
                            data_dir, std::strerror(error)));
}

class RocksStoreImpl final : public RocksStore {
public:
    RocksStoreImpl(std::string folder, std::string key, base::Random& random,
                   std::shared_ptr<Engine> engine)
        : folder_(std::move(folder)),
          key_(std::move(key)),
          random_(random),
          engine_(std::move(engine)),
          sync_([this] { return sync_log(); }) {}
    ~RocksStoreImpl() override { OPENSSL_cleanse(key_.data(), key_.size()); }

    std::unique_ptr<Tx> read() override {
        return std::make_unique<BufferedTx>(this, view(Seeing::snapshot), std::nullopt);
    }

    Result<std::unique_ptr<Tx>> write() override {
        auto hold = lock_.acquire();
        if (!hold) return fail(Domain::store, "Busy", "another request holds the writer's lock");
        if (has_failed_) TRY(recover());
        return std::make_unique<BufferedTx>(this, view(Seeing::newest), std::move(hold));
    }

    Result<Ticket> commit(std::unique_ptr<Tx> tx) override {
        const auto& buffered = static_cast<const BufferedTx&>(*tx);
        CHECK(buffered.is_writable());
        CHECK(buffered.owner() == this);
        auto outcome = apply(buffered.writes());
        tx.reset();  // Gives the writer's lock up.
        return outcome;
    }

    Result<void> wait_durable(Ticket ticket) override { return sync_.wait(ticket.number); }
    Ticket latest() const override { return Ticket{sync_.latest()}; }
    std::uint64_t sync_count() const override { return sync_.sync_count(); }
    std::uint64_t commit_count() const override { return sync_.latest(); }

private:
    /// Nothing while the database is closed.
    std::shared_ptr<Engine> engine() const {
        const std::lock_guard guard(mutex_);
        return engine_;
    }

    std::unique_ptr<View> view(Seeing seeing) const {
        if (auto open = engine()) return std::make_unique<RocksView>(std::move(open), seeing);
        return std::make_unique<FailedView>(closed());
    }

    static Error closed() {
        return {
            Domain::store, "StoreFailed", "the store is closed after a failure of the disk", 0, {}};
    }

    Result<Ticket> apply(const WriteSet& writes);
    Result<void> sync_log();
    Result<void> recover();

    const std::string folder_;
    std::string key_;
    base::Random& random_;
    mutable std::mutex mutex_;
    std::shared_ptr<Engine> engine_;
    WriterLock lock_;
    GroupSync sync_;
    std::atomic<bool> has_failed_{false};
};

Result<Ticket> RocksStoreImpl::apply(const WriteSet& writes) {
    if (writes.empty()) return latest();
    const auto open = engine();
    if (!open) return std::unexpected(closed());
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : writes) {
        if (value) {
            batch.Put(slice(key), open->sealer->seal(key, *value));
        } else {
            batch.Delete(slice(key));
        }
    }
    const auto status = open->db->Write(rocksdb::WriteOptions(), &batch);
    if (!status.ok()) {
        has_failed_ = true;
        return failure(status, "write to the store");
    }
    const std::uint64_t number = sync_.latest() + 1;
    sync_.applied(number);
    return Ticket{number};
}

Result<void> RocksStoreImpl::sync_log() {
    const auto open = engine();
    if (!open) return std::unexpected(closed());
    const auto status = open->db->SyncWAL();
    if (status.ok()) return {};
    has_failed_ = true;
    return failure(status, "make the store durable");
}

/// After a failed write or fsync the engine takes no more. Opening it again reads its log back and
/// saves what was in it in new files, fsynced. The caller holds the writer's lock.
Result<void> RocksStoreImpl::recover() {
    TRY(check_room(folder_));
    const std::lock_guard guard(mutex_);
    const auto deadline = std::chrono::steady_clock::now() + reader_wait_max;
    while (engine_.use_count() > 1) {  // No new users while we hold the mutex.
        if (std::chrono::steady_clock::now() > deadline) {
            return fail(Domain::store, "Busy", "the store waits for readers before it can recover");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    engine_.reset();
    engine_ = TRY(open_engine(folder_, key_, random_));
    sync_.restart();
    has_failed_ = false;
    return {};
}

}  // namespace

Result<std::unique_ptr<RocksStore>> RocksStore::open(const RocksOptions& options, KeyRing& keys,
                                                     base::Random& random) {
    const std::string key = TRY(keys.named_key("store"));
    TRY(base::make_directories(options.data_dir));
    auto engine = TRY(open_engine(options.data_dir, key, random));
    TRY(check_schema(*engine->db, options.schema, options.data_dir));
    return std::make_unique<RocksStoreImpl>(options.data_dir, key, random, std::move(engine));
}

}  // namespace stormglass::store
