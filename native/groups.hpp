// Which members of a call share their batches, and which share their orders.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "pass.hpp"
#include "train.hpp"

namespace shoal {

// The orders of a call: groups whose members have the same rows and seed share an order.
class OrdersOfCall {
 public:
  std::shared_ptr<SharedOrders> of(std::uint64_t seed, const Index* rows, Index m) {
    std::shared_ptr<SharedOrders>& shared = all_[{seed, rows, m}];
    if (!shared) shared = std::make_shared<SharedOrders>(room_);
    shared->expect_another();
    return shared;
  }

 private:
  std::shared_ptr<std::atomic<Index>> room_ = std::make_shared<std::atomic<Index>>(1 << 22);  // 32 MiB
  std::map<std::tuple<std::uint64_t, const Index*, Index>, std::shared_ptr<SharedOrders>> all_;
};

// Puts members into groups that share their batches: members with the same examples, rows, seed and batches,
// such as the candidates of a search on one fold. A group is small enough that the data it reads stays in the
// second-level cache, and that there is work for every thread. Grouping changes no bit.
template <class T>
class Groups {
 public:
  explicit Groups(Index most) : most_(std::clamp<Index>(most, 1, 8)) {}

  void add(Training<T>& member, OrdersOfCall& orders) {
    const bool alone = !member.is_shuffled() || !in_one_piece<T>(*member.problem.network, member.batch_size);
    SharedBatches<T>* fresh = nullptr;
    SharedBatches<T>*& group = alone ? fresh : open_[key_of(member)];
    if (!group || static_cast<Index>(group->members.size()) == most_ ||
        bytes(*group) + member.bytes() > cached) {
      group = all_.emplace_back(std::make_unique<SharedBatches<T>>()).get();
      if (member.is_shuffled()) group->orders = orders.of(member.problem.seed, member.rows, member.m);
    }
    group->members.push_back(&member);
  }

  void append_to(std::vector<Task*>& tasks) const {
    for (const auto& group : all_) tasks.push_back(group.get());
  }

 private:
  static constexpr Index cached = 1 << 18;

  static auto key_of(const Training<T>& member) {
    const Examples<T>& data = member.problem.data;
    const bool by_rows = member.problem.network->n[1] <= most_by_rows;
    return std::tuple(data.X, data.X_stride, data.Y, data.Y_unit, data.Y_example,
                      member.problem.network->n.back(), data.v, data.narrow, member.rows, member.m,
                      member.problem.seed, member.batch_size, member.epoch, by_rows);
  }

  static Index bytes(const SharedBatches<T>& group) {
    Index all = 0;
    for (const Training<T>* member : group.members) all += member->bytes();
    return all;
  }

  Index most_;
  std::vector<std::unique_ptr<SharedBatches<T>>> all_;
  std::map<decltype(key_of(std::declval<const Training<T>&>())), SharedBatches<T>*> open_;
};

// The tasks of a call for members of both precisions: at least four for each thread, if there are enough
// members.
class Tasks {
 public:
  Tasks(Index members, int n_threads) : Tasks(members / (4 * std::max(n_threads, 1))) {}

  void add(Training<float>& member) { narrow_.add(member, orders_); }
  void add(Training<double>& member) { wide_.add(member, orders_); }

  std::vector<Task*> all() const {
    std::vector<Task*> tasks;
    narrow_.append_to(tasks);
    wide_.append_to(tasks);
    return tasks;
  }

 private:
  explicit Tasks(Index most) : narrow_(most), wide_(most) {}

  OrdersOfCall orders_;
  Groups<float> narrow_;
  Groups<double> wide_;
};

}  // namespace shoal
