#include "pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <numeric>
#include <system_error>
#include <thread>

#include "denormals.hpp"

namespace shoal {

namespace {

using Clock = std::chrono::steady_clock;

// A wait in three steps: spin for about 20 us, yield for some hundred us, then sleep. Between the rounds of a
// task are only microseconds: a thread that sleeps would miss the next round, and the one after it.
class Patience {
 public:
  void wait() {
    ++tries_;
    if (tries_ < 512) {
#if defined(__SSE2__)
      _mm_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    } else if (tries_ < 2048) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
  void again() { tries_ = 0; }

 private:
  int tries_ = 0;
};

thread_local Job* called_here = nullptr;  // the job that this thread's own call brought

// While this object lives, the job is this thread's own. It may be inside another one: a signal's handler may
// have called the engine.
class CalledHere {
 public:
  explicit CalledHere(Job* job) : outer_(called_here) { called_here = job; }
  ~CalledHere() { called_here = outer_; }
  CalledHere(const CalledHere&) = delete;
  CalledHere& operator=(const CalledHere&) = delete;

 private:
  Job* outer_;
};

thread_local Clock::time_point last_asked;
thread_local double since_asked = 0;

}  // namespace

// --------------------------------------------------------------------------- crew

void Crew::share(Call call, const void* context, Index pieces) {
  call_ = call;
  context_ = context;
  done_.store(0, std::memory_order_relaxed);
  const std::uint64_t round = (word_.load(std::memory_order_relaxed) >> 32) + 1;
  word_.store(round << 32 | static_cast<std::uint64_t>(pieces) << 16, std::memory_order_release);
  while (take(true)) {
  }
  Patience patience;
  while (done_.load(std::memory_order_acquire) < static_cast<std::uint32_t>(pieces)) patience.wait();
  if (error_) std::rethrow_exception(error_);
}

// A piece belongs to the round in the word with which it was taken: the leader begins no other round before
// all pieces are done, so call_ and context_ are those of that round. The leader takes pieces from the front
// and helpers take them from the back, so from round to round each thread works on parameters that are in its
// cache.
bool Crew::take(bool leader) {
  std::uint64_t word = word_.load(std::memory_order_acquire);
  std::uint64_t front, back;
  do {
    front = word & 0xFFFF, back = word >> 16 & 0xFFFF;
    if (front >= back) return false;
  } while (!word_.compare_exchange_weak(word, leader ? word + 1 : word - 0x10000, std::memory_order_acq_rel));
  try {
    call_(context_, static_cast<Index>(leader ? front : back - 1));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
  }
  done_.fetch_add(1, std::memory_order_release);
  return true;
}

void Crew::help(const std::function<void()>& meanwhile) {
  helpers_.fetch_add(1);
  Patience patience;
  while (open()) {
    if (take(false)) {
      patience.again();
    } else {
      meanwhile();
      patience.wait();
    }
  }
  helpers_.fetch_sub(1);
}

// --------------------------------------------------------------------------- job

Job::Job(std::vector<Task*> tasks, std::function<bool()> interrupted)
    : tasks_(std::move(tasks)), interrupted_(std::move(interrupted)) {
  std::stable_sort(tasks_.begin(), tasks_.end(), [](Task* a, Task* b) { return a->size() > b->size(); });
  for (std::size_t i = 0; i < tasks_.size(); ++i) crews_.push_back(std::make_unique<Crew>());
}

double Job::size() const {
  return std::accumulate(tasks_.begin(), tasks_.end(), 0.0, [](double s, Task* t) { return s + t->size(); });
}

std::size_t Job::pieces() const {
  const bool divisible = std::any_of(tasks_.begin(), tasks_.end(), [](Task* t) { return t->divisible(); });
  return divisible ? std::size_t{1} << 16 : tasks_.size();
}

bool Job::stopping(double operations) {
  if (called_here == this) {
    since_asked += operations;
    if (since_asked > 1e6) {  // some ten microseconds
      since_asked = 0;
      const auto now = Clock::now();
      if (now - last_asked > std::chrono::milliseconds(50)) {
        last_asked = now;
        if (FlushDenormals::outside(interrupted_)) stop_.store(true);
      }
    }
  }
  return stop_.load(std::memory_order_relaxed);
}

void Job::lead(std::size_t which) {
  try {
    tasks_[which]->run(*crews_[which], *this);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
    stop_.store(true);
  }
  crews_[which]->close();
  finished_.fetch_add(1);
}

// Of the running tasks that can be cut, the one with the fewest helpers.
Crew* Job::loneliest() const {
  Crew* found = nullptr;
  for (std::size_t i = 0; i < tasks_.size(); ++i)
    if (tasks_[i]->divisible() && crews_[i]->open() && (!found || crews_[i]->helpers() < found->helpers()))
      found = crews_[i].get();
  return found;
}

void Job::work() {
  const FlushDenormals flush;
  for (std::size_t which; (which = next_.fetch_add(1)) < tasks_.size();) lead(which);
  const auto ask = [this] { stopping(1e5); };
  while (Crew* crew = loneliest()) crew->help(ask);
  if (called_here != this) return;
  Patience patience;
  while (finished_.load() < tasks_.size()) {
    ask();
    patience.wait();
  }
}

void Job::rethrow() const {
  if (error_) std::rethrow_exception(error_);
}

// --------------------------------------------------------------------------- pool

// Threads that wait for jobs. They live as long as the process; a forked child begins without any.
class Pool {
 public:
  static Pool& here() {
    static const int registered = pthread_atfork(nullptr, nullptr, [] { current() = new Pool; });
    (void)registered;
    return *current();
  }

  void run(Job& job, int helpers) {
    {
      const std::lock_guard lock(mutex_);
      job.wanted_ = helpers;
      jobs_.push_back(&job);
      while (idle_ < helpers && add_thread()) {
      }
    }
    wake_.notify_all();
    job.work();
    std::unique_lock lock(mutex_);
    jobs_.remove(&job);
    left_.wait(lock, [&job] { return job.active_ == 0; });
  }

 private:
  static Pool*& current() {
    static Pool* pool = new Pool;  // never ended: threads may outlive static objects
    return pool;
  }

  // False if there are enough threads, or the system gives no more: then the existing ones do the work.
  bool add_thread() {
    if (n_threads_ == most_threads) return false;
    try {
      std::thread([this] { serve(); }).detach();
    } catch (const std::system_error&) {
      return false;
    }
    ++n_threads_, ++idle_;
    return true;
  }

  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      wake_.wait(lock, [&] {
        const auto found = std::find_if(jobs_.begin(), jobs_.end(), [](Job* j) { return j->wanted_ > 0; });
        job = found == jobs_.end() ? nullptr : *found;
        return job != nullptr;
      });
      --job->wanted_;
      ++job->active_;
      --idle_;
      lock.unlock();
      job->work();
      lock.lock();
      ++idle_;
      if (--job->active_ == 0) left_.notify_all();
    }
  }

  static constexpr int most_threads = 256;

  std::mutex mutex_;
  std::condition_variable wake_, left_;
  std::list<Job*> jobs_;
  int n_threads_ = 0, idle_ = 0;
};

bool run(std::vector<Task*> tasks, int n_threads, std::function<bool()> interrupted) {
  Job job(std::move(tasks), std::move(interrupted));
  const CalledHere here(&job);
  last_asked = Clock::now();
  since_asked = 0;
  const auto helpers = std::min<std::size_t>(static_cast<std::size_t>(n_threads), job.pieces()) - 1;
  if (helpers == 0 || job.size() < 1e6)  // waking a thread takes longer than that
    job.work();
  else
    Pool::here().run(job, static_cast<int>(helpers));
  job.rethrow();
  return job.was_interrupted();
}

}  // namespace shoal
