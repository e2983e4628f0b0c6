// The door between Python and the engine: three calls, and what the machine can do.

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "cpu.hpp"
#include "groups.hpp"
#include "inputs.hpp"

namespace shoal {
namespace {

const Level* chosen = nullptr;  // the CPU level in use

unsigned long main_thread;  // the only one in which Python handles signals
nb::handle numpy_empty;     // set when the module is made, and never given back

bool signal_came() {
  if (PyThread_get_thread_ident() != main_thread) return false;
  const nb::gil_scoped_acquire gil;
  return PyErr_CheckSignals() != 0;
}

// Runs the tasks without the GIL. True if a signal's handler raised: its exception is then set.
bool run_released(std::vector<Task*> tasks, int n_threads) {
  const nb::gil_scoped_release released;
  return run(std::move(tasks), n_threads, signal_came);
}

// A new NumPy array of this shape, and where its elements are.
template <class T>
nb::object empty(nb::tuple shape, T*& data) {
  const nb::object array = numpy_empty(shape, name_of<T>());
  data = static_cast<T*>(nb::cast<nb::ndarray<nb::device::cpu>>(array).data());
  return array;
}

// --------------------------------------------------------------------------- predict

template <class T>
nb::object predict_as(const Network& network, const Readable& theta, nb::handle X, bool layers,
                      int n_threads) {
  Prediction<T> task;
  task.problem = {&network, inputs_of<T>(network, X), &kernels_of<T>(*chosen), {}, 0};
  task.theta = theta.sized(0, network.p()).template contiguous<T>();
  const Index m = task.problem.data.m;
  const int L = network.L();
  task.A.resize(L + 1);
  if (layers) task.Z.resize(L + 1);
  nb::list Z, A;
  for (int l = layers ? 1 : L; l <= L; ++l) {
    const nb::tuple shape = nb::make_tuple(network.n[l], m);
    if (layers) Z.append(empty<T>(shape, task.Z[l]));
    A.append(empty<T>(shape, task.A[l]));
  }
  if (m > 0 && run_released({&task}, n_threads)) throw nb::python_error();
  return layers ? nb::object(nb::make_tuple(Z, A)) : nb::object(A[0]);
}

// A[L], (n_y, m); with `layers` the lists of Z[1] ... Z[L] and A[1] ... A[L].
nb::object predict(const Network& network, nb::handle theta_vector, nb::handle X, bool layers,
                   int n_threads) {
  const Readable theta("theta", theta_vector, 1);
  return theta.holds<float>() ? predict_as<float>(network, theta, X, layers, n_threads)
                              : predict_as<double>(network, theta, X, layers, n_threads);
}

// --------------------------------------------------------------------------- gradient

template <class T>
nb::object gradient_as(const Network& network, const Readable& theta, nb::handle X, nb::handle Y,
                       nb::handle v, nb::handle rows, double l1, double l2, int n_threads) {
  WholeGradient<T> task;
  task.problem = {&network, examples_of<T>(network, X, Y, v), &kernels_of<T>(*chosen), {}, 0};
  task.theta = theta.sized(0, network.p()).template contiguous<T>();
  task.m = task.problem.data.m;
  task.rows = rows.is_none() ? nullptr : rows_of(rows, task.m, task.m);
  if (task.m == 0) refuse("ShapeError", "engine.no_rows");
  task.l1 = l1, task.l2 = l2;
  task.total_weight = total_weight_of(task.problem.data, task.rows, task.m);
  const nb::object dtheta = empty<T>(nb::make_tuple(network.p()), task.dtheta);
  if (run_released({&task}, n_threads)) throw nb::python_error();
  if (task.not_finite) check_finite(task.problem.data);
  return nb::make_tuple(task.cost, dtheta);
}

nb::object gradient(const Network& network, nb::handle theta_vector, nb::handle X, nb::handle Y, nb::handle v,
                    nb::handle rows, nb::handle l1, nb::handle l2, int n_threads) {
  const double a = number("l1", l1, 0), b = number("l2", l2, 0);
  const Readable theta("theta", theta_vector, 1);
  return theta.holds<float>() ? gradient_as<float>(network, theta, X, Y, v, rows, a, b, n_threads)
                              : gradient_as<double>(network, theta, X, Y, v, rows, a, b, n_threads);
}

// --------------------------------------------------------------------------- epochs

// A member of either precision.
class Entry {
 public:
  virtual ~Entry() = default;
  virtual void add_to(Tasks& tasks) = 0;
  virtual void check_data() const = 0;
  virtual nb::tuple result() const = 0;
};

Optimizer optimizer_of(nb::handle o) {
  Optimizer optimizer;
  optimizer.rule = static_cast<Rule>(nb::cast<int>(o[0]));
  optimizer.momentum = number("momentum", o[1], 0);
  optimizer.beta1 = number("beta1", o[2], 0);
  optimizer.beta2 = number("beta2", o[3], 0);
  optimizer.epsilon = number("epsilon", o[4], 1e-30);  // padding is 0 / (0 + epsilon)
  optimizer.weight_decay = number("weight_decay", o[5], 0);
  optimizer.clip_norm =
      o[6].is_none() ? std::numeric_limits<double>::infinity() : number("clip_norm", o[6], 0);
  return optimizer;
}

template <class T>
class TypedEntry final : public Entry {
 public:
  // The fields are those that engines/native.py lists, in its order.
  TypedEntry(const nb::tuple& member, const Writable& theta) {
    int next = 0;
    const auto field = [&] { return nb::handle(member[next++]); };
    const Network& network = nb::cast<const Network&>(field());
    field();  // theta
    const nb::handle slots = field(), X = field(), Y = field(), v = field(), rows = field();
    member_.problem = {&network, examples_of<T>(network, X, Y, v), &kernels_of<T>(*chosen), {}, 0};
    member_.theta = theta.sized(0, network.p()).template contiguous<T>();
    member_.rows = rows_of(rows, member_.problem.data.m, member_.m);
    const nb::handle seed = field();
    if (!nb::try_cast(seed, member_.problem.seed))
      whole_number("seed", seed, 0);  // says what is wrong with it
    member_.batch_size = whole_number("batch_size", field(), 1);
    member_.l1 = number("l1", field(), 0);
    member_.l2 = number("l2", field(), 0);
    const nb::handle dropouts = field();
    if (!nb::isinstance<nb::sequence>(dropouts))
      number("dropout", dropouts, 0);  // says what is wrong with it
    for (const nb::handle rate : dropouts) member_.problem.dropout.push_back(dropout(rate));
    const Index rates = static_cast<Index>(member_.problem.dropout.size()), hidden = network.L() - 1;
    if (rates != 0 && rates != hidden)
      refuse("UsageError", "engine.dropout_count", nb::arg("wanted") = hidden, nb::arg("got") = rates);
    member_.shuffle = PyObject_IsTrue(field().ptr()) != 0;
    member_.t = whole_number("t", field(), 0);
    member_.epoch = whole_number("epoch", field(), 0);
    member_.optimizer = optimizer_of(field());
    member_.n_slots = nb::cast<int>(field());
    member_.slots =
        Writable("slots", slots, 2).sized(0, member_.n_slots).sized(1, network.p()).template contiguous<T>();
    member_.total_weight = total_weight_of(member_.problem.data, member_.rows, member_.m);
    for (const nb::handle rate : field()) member_.rates.push_back(number("learning_rates", rate, 0));
  }

  void add_to(Tasks& tasks) override { tasks.add(member_); }
  void check_data() const override {
    if (member_.not_finite) check_finite(member_.problem.data);
  }
  nb::tuple result() const override {
    return nb::make_tuple(member_.cost, member_.norm, member_.interrupted, member_.t, member_.epoch);
  }

 private:
  static double dropout(nb::handle value) {
    const double rate = number("dropout", value, 0);
    if (rate >= 1) refuse("UsageError", "engine.dropout", nb::arg("got") = rate);
    return rate;
  }

  Training<T> member_;
};

// The members' theta and slots are changed in place. Returned are what became of each, and what went wrong
// (what a signal's handler raised, data that is not finite) or None: then members stand where they were
// stopped.
nb::tuple epochs(const nb::list& members, int n_threads) {
  std::vector<std::unique_ptr<Entry>> entries;
  for (const nb::handle item : members) {
    const nb::tuple member = nb::cast<nb::tuple>(item);
    const Writable theta("theta", member[1], 1);
    if (theta.holds<float>())
      entries.push_back(std::make_unique<TypedEntry<float>>(member, theta));
    else
      entries.push_back(std::make_unique<TypedEntry<double>>(member, theta));
  }
  Tasks tasks(static_cast<Index>(entries.size()), n_threads);
  for (const auto& entry : entries) entry->add_to(tasks);
  nb::object raised = nb::none();
  try {
    if (run_released(tasks.all(), n_threads)) throw nb::python_error();
    for (const auto& entry : entries) entry->check_data();
  } catch (nb::python_error& error) {
    raised = nb::borrow(error.value());
  } catch (const std::bad_alloc&) {
    raised = nb::borrow(PyExc_MemoryError)();
  }
  nb::list results;
  for (const auto& entry : entries) results.append(entry->result());
  return nb::make_tuple(results, raised);
}

// --------------------------------------------------------------------------- the machine

std::vector<std::pair<std::string, bool>> cpu_levels() {
  std::vector<std::pair<std::string, bool>> found;
  for (const Level& level : levels()) found.emplace_back(level.name, level.here);
  return found;
}

void use_cpu_level(const std::string& name) {
  for (const Level& level : levels())
    if (level.name == name && level.here) {
      chosen = &level;
      return;
    }
  throw nb::value_error("no such CPU level here");
}

template <class T>
void apply(int which, const Readable& x, const Writable& y) {
  kernels_of<T>(*chosen).function(which, x.contiguous<T>(), y.sized(0, x.size(0)).template contiguous<T>(),
                                  x.size(0));
}

// y = f(x), the functions of functions.hpp one by one: for their tests.
void function(int which, nb::handle from, nb::handle to) {
  const Readable x("x", from, 1);
  const Writable y("y", to, 1);
  x.holds<float>() ? apply<float>(which, x, y) : apply<double>(which, x, y);
}

Network network_of(std::vector<Index> n, const std::vector<int>& activations, int output) {
  Network network{std::move(n), {}, static_cast<Output>(output)};
  for (const int g : activations) network.activations.push_back(static_cast<Activation>(g));
  return network;
}

}  // namespace
}  // namespace shoal

NB_MODULE(_native, m) {
  using namespace shoal;
  const nb::module_ numpy = nb::module_::import_("numpy");
  numpy_empty = nb::object(numpy.attr("empty")).release();
  ndarray_type = nb::object(numpy.attr("ndarray")).release();
  const nb::object threading = nb::module_::import_("threading");
  main_thread = nb::cast<unsigned long>(threading.attr("main_thread")().attr("ident"));
  for (const Level& level : levels())
    if (level.here) chosen = &level;
  nb::class_<Network>(m, "Network")
      .def("__init__", [](Network* self, std::vector<Index> n, const std::vector<int>& activations,
                          int output) { new (self) Network(network_of(std::move(n), activations, output)); });
  // None comes in everywhere, to be refused by name.
  m.def("predict", &predict, nb::arg("network"), nb::arg("theta").none(), nb::arg("X").none(),
        nb::arg("layers"), nb::arg("n_threads"));
  m.def("gradient", &gradient, nb::arg("network"), nb::arg("theta").none(), nb::arg("X").none(),
        nb::arg("Y").none(), nb::arg("v").none(), nb::arg("rows").none(), nb::arg("l1").none(),
        nb::arg("l2").none(), nb::arg("n_threads"));
  m.def("epochs", &epochs);
  m.def("cpu_levels", &cpu_levels);
  m.def("use_cpu_level", &use_cpu_level);
  m.def("function", &function);
}
