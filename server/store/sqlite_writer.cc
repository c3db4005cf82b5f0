#include "server/store/sqlite_writer.h"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

// The log is copied into the database every 16 MiB (pages of 4 KiB): often enough to
// keep it small, and rarely enough that a page is copied once for many commits.
constexpr int kCheckpointPages = 4096;

// How often a store that is ill is asked whether it is well again while nobody writes.
constexpr std::chrono::milliseconds kProbeInterval(500);
// Some pages, so that the last free block of a disk is not taken for its recovery.
constexpr char kWriteProbe[] =
    "INSERT OR REPLACE INTO meta VALUES ('write_probe', hex(zeroblob(8192)))";

[[noreturn]] void Die(absl::string_view event, const absl::Status& status) {
  std::cerr << "level=error event=" << event << " detail=\"" << status.message()
            << "\" consequence=\"the process ends: what is on disk is unknown until restart\""
            << std::endl;
  std::abort();
}

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection, Options options,
                           StoreStatsCounter* stats, StoreHealthMonitor* health)
    : connection_(std::move(connection)),
      options_(std::move(options)),
      stats_(stats),
      health_(health),
      tables_(connection_.get()),
      begin_(connection_.get(), "BEGIN IMMEDIATE"),
      commit_(connection_.get(), "COMMIT"),
      savepoint_(connection_.get(), "SAVEPOINT job"),
      release_(connection_.get(), "RELEASE job"),
      roll_back_to_(connection_.get(), "ROLLBACK TO job"),
      read_probe_(connection_.get()),
      write_probe_(connection_.get(), kWriteProbe),
      next_checkpoint_pages_(kCheckpointPages),
      queue_(options_.queue_max) {
  sqlite3_wal_hook(connection_->handle(), &SqliteWriter::OnWalGrown, this);
  thread_ = std::thread(&SqliteWriter::Loop, this);
}

SqliteWriter::~SqliteWriter() {
  queue_.Close();
  thread_.join();
  connection_->SetCheckpointOnClose(health_->Damage().ok());
}

void SqliteWriter::Loop() {
  constexpr auto kWriting = StoreHealthMonitor::Side::kWriting;
  while (!queue_.IsOver()) {
    const bool probing = health_->IsIll(kWriting) && health_->Damage().ok();
    StoreJobs batch = probing ? queue_.TakeWithin(kProbeInterval, options_.batch_max)
                              : queue_.Take(options_.batch_max);
    const bool idle = batch.empty();
    if (!idle) CommitBatch(std::move(batch));
    if (probing && (idle || health_->NeedsProbe(kWriting))) {
      health_->ReportProbe(kWriting, Probe());
    }
    if (health_->Damage().ok()) CheckpointIfDue();
  }
}

absl::Status SqliteWriter::Probe() {
  absl::Status status = read_probe_.Run();
  if (!status.ok()) return status;
  status = SqliteQuery(&begin_).Run();
  if (!status.ok()) return status;
  status = SqliteQuery(&write_probe_).Run();
  if (status.ok()) return EndTransaction();
  if (connection_->InTransaction()) connection_->Execute("ROLLBACK").IgnoreError();
  return status;
}

void SqliteWriter::CommitBatch(StoreJobs batch) {
  effects_ = {};
  trouble_ = absl::OkStatus();
  wal_grown_ = false;
  const int size = static_cast<int>(batch.size());
  absl::Status status = health_->Damage();
  if (status.ok()) {
    status = WriteBatch(batch);
    const absl::Status& outcome = status.ok() ? trouble_ : status;
    // That nothing was written went well says nothing about a full disk.
    if (!outcome.ok() || wal_grown_) {
      health_->Report(StoreHealthMonitor::Side::kWriting, outcome);
    }
  }
  if (!status.ok()) {
    for (const std::unique_ptr<StoreJob>& job : batch) job->Fail(status);
  } else if (!effects_.events.empty()) {
    stats_->Count(effects_);
    if (listener_) listener_(effects_.events);
  }
  PostCompletion(options_.executor, std::move(batch));
  if (options_.on_batch) options_.on_batch(size);
}

absl::Status SqliteWriter::WriteBatch(const StoreJobs& batch) {
  absl::Status status = SqliteQuery(&begin_).Run();
  if (!status.ok()) return status;
  for (const std::unique_ptr<StoreJob>& job : batch) {
    RunJob(job.get());
    if (TroubleOf(trouble_) == StoreTrouble::kDamaged) {
      // Not what the other jobs wrote, either: it relies on what is in the file.
      if (connection_->InTransaction()) connection_->Execute("ROLLBACK").IgnoreError();
      return trouble_;
    }
    if (!connection_->InTransaction()) {
      return WithTrouble(absl::UnavailableError(absl::StrCat(
                             "SQLite has rolled the whole transaction back: ", trouble_.message())),
                         TroubleOf(trouble_));
    }
  }
  return EndTransaction();
}

void SqliteWriter::RunJob(StoreJob* job) {
  const size_t events = effects_.events.size();
  const size_t changes = effects_.changes.size();
  const size_t counters = effects_.counters.size();
  const absl::Status status = RunInSavepoint(job);
  if (status.ok()) return;
  if (trouble_.ok() && TroubleOf(status) != StoreTrouble::kNone) trouble_ = status;
  effects_.events.resize(events);
  effects_.changes.resize(changes);
  effects_.counters.resize(counters);
  if (!connection_->InTransaction()) return;
  if (SqliteQuery(&roll_back_to_).Run().ok() && SqliteQuery(&release_).Run().ok()) return;
  // Half a job must not be committed.
  connection_->Execute("ROLLBACK").IgnoreError();
}

absl::Status SqliteWriter::RunInSavepoint(StoreJob* job) {
  absl::Status status = SqliteQuery(&savepoint_).Run();
  if (status.ok()) {
    status = job->Run(&tables_, &effects_);
    if (!status.ok()) return status;
    status = SqliteQuery(&release_).Run();
  }
  if (!status.ok()) job->Fail(status);
  return status;
}

absl::Status SqliteWriter::EndTransaction() {
  absl::Status status = SqliteQuery(&commit_).Run();
  if (status.ok()) return status;
  // A full or read-only disk is noticed before the record that makes the transaction
  // valid is written, and a busy one before anything is.
  if (connection_->LastErrorCode() != SQLITE_BUSY && !connection_->LastErrorWroteNothing()) {
    Die("store_commit_failed", status);
  }
  if (connection_->InTransaction()) {
    const absl::Status rolled_back = connection_->Execute("ROLLBACK");
    if (!rolled_back.ok()) Die("store_rollback_failed", rolled_back);
  }
  return status;
}

int SqliteWriter::OnWalGrown(void* self, sqlite3* /*connection*/, const char* /*database*/,
                             int pages) {
  auto* const writer = static_cast<SqliteWriter*>(self);
  writer->wal_grown_ = true;
  writer->wal_pages_ = pages;
  return SQLITE_OK;
}

void SqliteWriter::CheckpointIfDue() {
  if (wal_pages_ < kCheckpointPages) next_checkpoint_pages_ = kCheckpointPages;  // Begun anew.
  if (wal_pages_ < next_checkpoint_pages_) return;
  // Readers may keep it from being complete: then the rest comes with the next one.
  next_checkpoint_pages_ = wal_pages_ + kCheckpointPages;
  const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                             SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // As for a commit: pages that were not synced must not be taken for synced later.
  if ((code & 0xff) == SQLITE_IOERR && !connection_->LastErrorWroteNothing()) {
    Die("store_checkpoint_failed", connection_->LastError());
  }
}

}  // namespace payments
