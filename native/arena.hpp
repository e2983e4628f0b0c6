// Memory for buffers that live as long as one task, from a block that a thread keeps. So loops do not ask the
// system for memory, and other code does so rarely.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "types.hpp"

namespace shoal {

class Arena {
 public:
  // `size` elements, aligned, not initialised.
  template <class T>
  T* take(Index size) {
    const std::size_t bytes =
        (static_cast<std::size_t>(size) * sizeof(T) + alignment - 1) / alignment * alignment;
    if (chunks_.empty() || used_ + bytes > chunks_.back().size) {
      const std::size_t larger = chunks_.empty() ? smallest : 2 * chunks_.back().size;
      chunks_.emplace_back(bytes > larger ? bytes : larger);
      used_ = 0;
    }
    std::byte* const place = chunks_.back().memory.get() + used_;
    used_ += bytes;
#if defined(__SANITIZE_ADDRESS__)
    std::memset(place, 0xFF, bytes);  // NaN, so that reading uninitialised memory is noticed
#endif
    return reinterpret_cast<T*>(place);
  }

 private:
  friend class ArenaScope;
  static constexpr std::size_t smallest = std::size_t{1} << 18, most_kept = std::size_t{1} << 26;

  struct Free {
    void operator()(std::byte* p) const { ::operator delete(p, std::align_val_t{alignment}); }
  };
  struct Chunk {
    explicit Chunk(std::size_t bytes)
        : memory(static_cast<std::byte*>(::operator new(bytes, std::align_val_t{alignment}))), size(bytes) {}
    std::unique_ptr<std::byte, Free> memory;
    std::size_t size;
  };

  // Frees all that was taken. The last chunk is kept for the next task, if it is not too large.
  void reset() {
    if (chunks_.size() > 1) chunks_.erase(chunks_.begin(), chunks_.end() - 1);
    if (!chunks_.empty() && chunks_.back().size > most_kept) chunks_.clear();
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;
};

// An arena of this thread, for one scope. A task that begins inside another one on the same thread (Python
// code may run in between: a signal's handler) gets another arena.
class ArenaScope {
 public:
  ArenaScope() {
    if (depth() == all().size()) all().push_back(std::make_unique<Arena>());
    arena_ = all()[depth()++].get();
  }
  ~ArenaScope() {
    arena_->reset();
    --depth();
  }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;
  Arena& operator*() const { return *arena_; }

 private:
  static std::vector<std::unique_ptr<Arena>>& all() {
    thread_local std::vector<std::unique_ptr<Arena>> arenas;
    return arenas;
  }
  static std::size_t& depth() {
    thread_local std::size_t scopes = 0;
    return scopes;
  }

  Arena* arena_;
};

}  // namespace shoal
