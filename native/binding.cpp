// The functions that Python can call, and the names of what was compiled. Nothing depends on an order.

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "cpu.hpp"
#include "groups.hpp"
#include "inputs.hpp"
#include "tested.hpp"

namespace shoal {
namespace {

const Level* chosen = nullptr;  // the CPU level in use

unsigned long main_thread;  // the only one in which Python handles signals
nb::handle numpy_empty;     // set when the module is created, and never released

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

// --------------------------------------------------------------------------- networks

// A network as Python holds it: in a capsule, which only this file can make.
constexpr const char* capsule_name = "shoal.engines._native.network";

nb::capsule network(nb::handle n, nb::handle activations, nb::handle output) {
  auto made = std::make_unique<Network>(network_of(n, activations, output));
  nb::capsule capsule(made.get(), capsule_name, [](void* p) noexcept { delete static_cast<Network*>(p); });
  (void)made.release();
  return capsule;
}

const Network& network_in(nb::handle capsule) {
  if (!PyCapsule_IsValid(capsule.ptr(), capsule_name))
    refuse("UsageError", "engine.no_network", nb::arg("got") = nb::repr(capsule.type()));
  return *static_cast<const Network*>(PyCapsule_GetPointer(capsule.ptr(), capsule_name));
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
nb::object predict(nb::handle architecture, nb::handle theta_vector, nb::handle X, nb::handle all_layers,
                   nb::handle threads) {
  const Network& network = network_in(architecture);
  const bool layers = flag("layers", all_layers);
  const int n_threads = threads_of(threads);
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

nb::object gradient(nb::handle architecture, nb::handle theta_vector, nb::handle X, nb::handle Y,
                    nb::handle v, nb::handle rows, nb::handle l1, nb::handle l2, nb::handle threads) {
  const Network& network = network_in(architecture);
  const int n_threads = threads_of(threads);
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
  virtual nb::dict result() const = 0;
};

// The fields that a member and its optimiser come with. Python compares them with its own when it imports us.
constexpr FieldNames<17> member_fields = {
    "member",
    {"network", "theta", "slots", "X", "Y", "v", "rows", "seed", "batch_size", "l1", "l2", "dropout",
     "shuffle", "t", "epoch", "optimizer", "learning_rates"}};
constexpr FieldNames<7> optimizer_fields = {
    "optimizer", {"rule", "momentum", "beta1", "beta2", "epsilon", "weight_decay", "clip_norm"}};

Optimizer optimizer_of(nb::handle fields) {
  const Fields<optimizer_fields> field(fields);
  Optimizer optimizer;
  optimizer.rule = rule_of(field["rule"]);
  optimizer.momentum = number("momentum", field["momentum"], 0);
  optimizer.beta1 = number("beta1", field["beta1"], 0);
  optimizer.beta2 = number("beta2", field["beta2"], 0);
  optimizer.epsilon = number("epsilon", field["epsilon"], 1e-30);  // padding is 0 / (0 + epsilon)
  optimizer.weight_decay = number("weight_decay", field["weight_decay"], 0);
  const nb::handle clip_norm = field["clip_norm"];
  optimizer.clip_norm =
      clip_norm.is_none() ? std::numeric_limits<double>::infinity() : number("clip_norm", clip_norm, 0);
  return optimizer;
}

template <class T>
class TypedEntry final : public Entry {
 public:
  TypedEntry(Fields<member_fields> fields, const Writable& theta) : fields_(std::move(fields)) {
    const Fields<member_fields>& field = fields_;
    const Network& network = network_in(field["network"]);
    const Examples<T> data = examples_of<T>(network, field["X"], field["Y"], field["v"]);
    member_.problem = {&network, data, &kernels_of<T>(*chosen), dropout_of(field["dropout"], network), 0};
    member_.problem.seed = seed_of(field["seed"]);
    member_.theta = theta.sized(0, network.p()).template contiguous<T>();
    member_.rows = rows_of(field["rows"], data.m, member_.m);
    member_.batch_size = whole_number("batch_size", field["batch_size"], 1);
    member_.l1 = number("l1", field["l1"], 0);
    member_.l2 = number("l2", field["l2"], 0);
    member_.shuffle = flag("shuffle", field["shuffle"]);
    member_.t = whole_number("t", field["t"], 0, most_counted);
    member_.epoch = whole_number("epoch", field["epoch"], 0, most_counted);
    member_.optimizer = optimizer_of(field["optimizer"]);
    member_.n_slots = SHOAL_LEVEL::slots_of(member_.optimizer.rule);
    const Writable slots("slots", field["slots"], 2);
    member_.slots = slots.sized(0, member_.n_slots).sized(1, network.p()).template contiguous<T>();
    member_.total_weight = total_weight_of(data, member_.rows, member_.m);
    each_item("learning_rates", field["learning_rates"],
              [this](nb::handle rate) { member_.rates.push_back(number("learning_rates", rate, 0)); });
  }

  void add_to(Tasks& tasks) override { tasks.add(member_); }
  void check_data() const override {
    if (member_.not_finite) check_finite(member_.problem.data);
  }
  nb::dict result() const override {
    nb::dict result;
    result["cost"] = member_.cost;
    result["gradient_norm"] = member_.norm;
    result["interrupted"] = member_.interrupted;
    result["t"] = member_.t;
    result["epoch"] = member_.epoch;
    return result;
  }

 private:
  static std::vector<double> dropout_of(nb::handle value, const Network& network) {
    std::vector<double> dropout;
    each_item("dropout", value, [&](nb::handle item) {
      dropout.push_back(number("dropout", item, 0));
      if (dropout.back() >= 1) refuse("UsageError", "engine.dropout", nb::arg("got") = dropout.back());
    });
    const Index rates = static_cast<Index>(dropout.size()), hidden = network.L() - 1;
    if (rates != 0 && rates != hidden)
      refuse("UsageError", "engine.dropout_count", nb::arg("wanted") = hidden, nb::arg("got") = rates);
    return dropout;
  }

  Fields<member_fields> fields_;  // what the member points to lives as long as this
  Training<T> member_;
};

// Changes the members' theta and slots in place. Returns the result of each member, and an exception or None:
// the exception of a signal's handler, or the error that data is not finite. After an exception, the members
// stand at the end of the last epoch that they finished.
nb::tuple epochs(nb::handle members, nb::handle threads) {
  const int n_threads = threads_of(threads);
  std::vector<std::unique_ptr<Entry>> entries;
  each_item("members", members, [&](nb::handle item) {
    Fields<member_fields> member(item);
    const Writable theta("theta", member["theta"], 1);
    if (theta.holds<float>())
      entries.push_back(std::make_unique<TypedEntry<float>>(std::move(member), theta));
    else
      entries.push_back(std::make_unique<TypedEntry<double>>(std::move(member), theta));
  });
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
void apply(int which, bool slope, const Readable& x, const Writable& y) {
  T* const to = y.sized(0, x.size(0)).template contiguous<T>();
  kernels_of<T>(*chosen).function(which, slope, x.contiguous<T>(), to, x.size(0));
}

// y = f(x) for a function of tested.hpp; with `slope`, its derivative.
void function(nb::handle name, nb::handle from, nb::handle to, nb::handle derivative) {
  using namespace SHOAL_LEVEL;
  const auto& known = Functions::names;
  const bool slope = flag("slope", derivative);
  const auto is_name = [&](const char* text) { return name.equal(nb::str(text)); };
  int which = static_cast<int>(std::find_if(std::begin(known), std::end(known), is_name) - std::begin(known));
  if (which == Functions::size || slope) which = Functions::size + static_cast<int>(activation_of(name));
  const Readable x("x", from, 1);
  const Writable y("y", to, 1);
  x.holds<float>() ? apply<float>(which, slope, x, y) : apply<double>(which, slope, x, y);
}

// --------------------------------------------------------------------------- what was compiled

template <std::size_t size>
nb::tuple names(const char* const (&all)[size]) {
  nb::list list;
  for (const char* name : all) list.append(name);
  return nb::tuple(list);
}

// The names of all rules, each with the number of its slots.
nb::dict rules() {
  using SHOAL_LEVEL::Rules;
  nb::dict slots;
  for (int place = 0; place < Rules::size; ++place)
    slots[Rules::names[place]] = SHOAL_LEVEL::slots_of(static_cast<Rule>(place));
  return slots;
}

// Increase this number when a name keeps its spelling but changes its meaning. All other changes are detected
// by comparing the names.
constexpr int version = 1;

}  // namespace
}  // namespace shoal

NB_MODULE(_native, m) {
  using namespace shoal;
  const nb::module_ numpy = nb::module_::import_("numpy");
  numpy_empty = nb::object(numpy.attr("empty")).release();
  ndarray_type = nb::object(numpy.attr("ndarray")).release();
  bool_type = nb::object(numpy.attr("bool_")).release();
  const nb::object threading = nb::module_::import_("threading");
  main_thread = nb::cast<unsigned long>(threading.attr("main_thread")().attr("ident"));
  for (const Level& level : levels())
    if (level.here) chosen = &level;

  m.attr("VERSION") = version;
  m.attr("MEMBER") = names(member_fields.names);
  m.attr("OPTIMIZER") = names(optimizer_fields.names);
  m.attr("ACTIVATIONS") = names(SHOAL_LEVEL::Activations::names);
  m.attr("OUTPUTS") = names(SHOAL_LEVEL::Outputs::names);
  m.attr("RULES") = rules();
  m.attr("FUNCTIONS") = names(SHOAL_LEVEL::Functions::names);

  // All arguments are passed by name. Each may be None here, so that our own error names the argument.
  m.def("network", &network, nb::kw_only(), nb::arg("n").none(), nb::arg("activations").none(),
        nb::arg("output").none());
  m.def("predict", &predict, nb::kw_only(), nb::arg("network").none(), nb::arg("theta").none(),
        nb::arg("X").none(), nb::arg("layers").none(), nb::arg("n_threads").none());
  m.def("gradient", &gradient, nb::kw_only(), nb::arg("network").none(), nb::arg("theta").none(),
        nb::arg("X").none(), nb::arg("Y").none(), nb::arg("v").none(), nb::arg("rows").none(),
        nb::arg("l1").none(), nb::arg("l2").none(), nb::arg("n_threads").none());
  m.def("epochs", &epochs, nb::kw_only(), nb::arg("members").none(), nb::arg("n_threads").none());
  m.def("function", &function, nb::kw_only(), nb::arg("name").none(), nb::arg("x").none(),
        nb::arg("y").none(), nb::arg("slope").none());
  m.def("cpu_levels", &cpu_levels);
  m.def("use_cpu_level", &use_cpu_level);
}
