// The threads of the engine, and how they share work.
//
// A call brings tasks (members to train, a pass over many rows). Threads first take whole tasks, the
// largest first. A thread that finds none left helps with a task that is still running, piece by piece, if
// that task can be cut (`Crew`). The calling thread works too, so a call makes progress even if all other
// threads are busy. From time to time it asks whether a signal has come.
//
// No thread waits for a thread that has not begun: pieces are taken, never assigned. A wait spins for some
// microseconds, then yields, then sleeps.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "types.hpp"

namespace shoal {

// The threads that work on one task: its leader, and helpers that came later.
class Crew {
 public:
  // f(from, to) over [0, total) in pieces of `grain`, by the leader and its helpers. Returns when all is
  // done.
  template <class F>
  void each(Index total, Index grain, const F& f) {
    helpers() == 0 ? f(Index{0}, total) : offer(total, grain, f);
  }

  // The same for large pieces: helpers may still come while they are being done.
  template <class F>
  void offer(Index total, Index grain, const F& f) {
    if (total <= grain) return f(Index{0}, total);
    if (total > most_pieces * grain) grain *= (total + most_pieces * grain - 1) / (most_pieces * grain);
    struct Pieces {
      const F& f;
      Index total, grain;
    } pieces{f, total, grain};
    const auto call = [](const void* context, Index piece) {
      const Pieces& p = *static_cast<const Pieces*>(context);
      const Index from = piece * p.grain;
      p.f(from, from + p.grain < p.total ? from + p.grain : p.total);
    };
    share(call, &pieces, (total + grain - 1) / grain);
  }

  // For a helper: take pieces until the task is over; `meanwhile` is called while there are none.
  void help(const std::function<void()>& meanwhile);
  void close() { open_.store(false, std::memory_order_release); }
  bool open() const { return open_.load(std::memory_order_acquire); }
  int helpers() const { return helpers_.load(std::memory_order_relaxed); }

 private:
  using Call = void (*)(const void*, Index);
  static constexpr Index most_pieces = 0xFFFF;

  void share(Call call, const void* context, Index pieces);
  bool take(bool leader);

  std::atomic<int> helpers_{0};
  std::atomic<bool> open_{true};
  std::atomic<std::uint64_t> word_{
      0};  // the round's number, the end and the begin of what is left: 32, 16, 16 bits
  std::atomic<std::uint32_t> done_{0};
  Call call_ = nullptr;
  const void* context_ = nullptr;
  std::mutex mutex_;
  std::exception_ptr error_;  // of a piece; the leader throws it
};

class Job;

class Task {
 public:
  virtual ~Task() = default;
  virtual double size() const = 0;     // arithmetic operations, roughly
  virtual bool divisible() const = 0;  // is the task large enough to be shared with helpers?
  virtual void run(Crew& crew, Job& job) = 0;
};

// One call's tasks. Every thread that works on them calls `work`.
class Job {
 public:
  Job(std::vector<Task*> tasks, std::function<bool()> interrupted);

  // Should tasks stop? Called often; `operations` is roughly the work since the last call.
  bool stopping(double operations);
  bool was_interrupted() const { return stop_.load(); }

  void work();
  void rethrow() const;
  double size() const;
  std::size_t pieces() const;  // how many threads could be of use

 private:
  friend class Pool;
  void lead(std::size_t which);
  Crew* loneliest() const;

  std::vector<Task*> tasks_;
  std::vector<std::unique_ptr<Crew>> crews_;
  std::function<bool()> interrupted_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> finished_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::exception_ptr error_;
  int wanted_ = 0, active_ = 0;  // guarded by the pool
};

// Run the tasks on up to `n_threads` threads, this one among them. `interrupted` is asked on this thread,
// about every 50 ms; after it returned true, tasks stop as soon as they can. Errors of tasks are thrown here.
bool run(std::vector<Task*> tasks, int n_threads, std::function<bool()> interrupted);

}  // namespace shoal
