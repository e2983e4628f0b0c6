"""PyTorch: the plain loop with its fastest settings: fused Adam, no DataLoader, batches by index_select."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from work import Work

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}


class Torch:
    """`nn.Sequential` of `nn.Linear`, autograd, `torch.optim`."""

    def __init__(self, work: Work, threads: int) -> None:
        self.name, self.threads, self.work = "PyTorch", threads, work
        self.X = torch.from_numpy(work.X)
        self.softmax = work.network.output == "softmax"
        self.Y = torch.from_numpy(work.labels if self.softmax else work.Y)

    def start(self) -> Callable[[], Any]:
        model = self._model()
        if self.work.rule == "adam":
            optimizer: Any = torch.optim.Adam(model.parameters(), lr=self.work.rate, fused=True)
        else:
            optimizer = torch.optim.SGD(model.parameters(), lr=self.work.rate)
        return lambda: self._train(model, optimizer)

    def _model(self) -> nn.Sequential:
        network = self.work.network
        W, b = network.views(self.work.theta)
        layers: list[Any] = []
        for l in range(1, network.L + 1):
            linear = nn.Linear(network.n[l - 1], network.n[l], dtype=self.X.dtype)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W[l]))
                linear.bias.copy_(torch.from_numpy(b[l][:, 0]))
            layers.append(linear)
            if l < network.L:
                layers.append(ACTIVATIONS[network.g[l]]())
        return nn.Sequential(*layers)

    def _train(self, model: nn.Sequential, optimizer: Any) -> Any:
        work, X, Y = self.work, self.X, self.Y
        loss = nn.CrossEntropyLoss() if self.softmax else nn.BCEWithLogitsLoss()
        for _ in range(work.epochs):
            order = torch.randperm(work.m) if work.shuffle else None
            for begin in range(0, work.m, work.batch_size):
                where = slice(begin, begin + work.batch_size)
                if order is None:
                    X_batch, Y_batch = X[where], Y[where]
                else:
                    X_batch, Y_batch = X.index_select(0, order[where]), Y.index_select(0, order[where])
                optimizer.zero_grad(set_to_none=True)
                loss(model(X_batch), Y_batch).backward()
                optimizer.step()
        return np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])
