"""Made `regressor_2.shoal` and `arrays_2.json` once, with the code of commit 35fb21e: see README.md."""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning

import shoal

HERE = Path(__file__).parent
ARRAYS = json.loads((HERE / "arrays.json").read_text(encoding="utf-8"))
X, Y = np.array(ARRAYS["X"]), np.array(ARRAYS["Y"])

model = shoal.MLPRegressor(hidden_layer_sizes=(3,), activation="tanh", max_iter=20, warm_start=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    model.fit(X, Y)
shoal.save(model, HERE / "regressor_2.shoal")
said = {"predicted": model.predict(X).tolist(), "cost": model.loss_curve_}
(HERE / "arrays_2.json").write_text(json.dumps(said), encoding="utf-8")
