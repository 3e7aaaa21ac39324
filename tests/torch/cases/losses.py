"""The losses with every option: values, the gradients of input and target, and the input's second ones."""
import itertools
import math

import torch
from torch import nn

from cases._save import save_json, save_tensors

REDUCTIONS = ["none", "mean", "sum"]
# Where second gradients are each formula's own: infinities, and probabilities of 0.
UNEVEN = {"extremes", "NaN", "certain probabilities", "the impossible class", "an impossible class"}


class Cases:
    """Runs losses, and keeps what went in and came out: case i has tensors "i.input", "i.value", …."""

    def __init__(self):
        self.cases, self.tensors = [], {}

    def run(self, loss, input, target, note="", **options):
        """`note` says what a case is for. Options that are tensors are stored as such."""
        name = str(len(self.cases))
        keep = lambda what, tensor: self.tensors.__setitem__(f"{name}.{what}", tensor)
        x, t = input.clone().requires_grad_(), target.clone()
        if t.is_floating_point():
            t.requires_grad_()
        keep("input", x)
        keep("target", t)
        y = getattr(nn, loss)(**options)(x, t)
        # Each element of an unreduced loss counts differently, so that none can stand for another.
        g = torch.arange(1.0, y.numel() + 1).reshape(y.shape) + 0.5
        leaves = [x, t] if t.requires_grad else [x]
        grads = torch.autograd.grad(y, leaves, g, create_graph=True)
        keep("value", y)
        keep("value_grad", g)
        for what, grad in zip(["input_grad", "target_grad"], grads):
            keep(what, grad)
        # The second gradient, of the same weights: 0 where the loss is linear.
        first = (grads[0] * (torch.arange(1.0, x.numel() + 1).reshape(x.shape) + 0.5)).sum()
        if first.requires_grad and note not in UNEVEN:
            (bend,) = torch.autograd.grad(first, x, allow_unused=True)
            keep("input_bend", torch.zeros_like(x) if bend is None else bend)
        plain = {}
        for key, value in options.items():
            if isinstance(value, torch.Tensor):
                keep(key, value)
            else:
                plain[key] = value
        self.cases.append(dict(loss=loss, note=note, options=plain))


def distances(cases):
    """MSE, L1, smooth L1 and Huber: at equal values, at ties with β, at infinities, NaN and the ends of the range."""
    losses = [("MSELoss", {}), ("L1Loss", {})]
    losses += [("SmoothL1Loss", options) for options in [{}, dict(beta=0.5), dict(beta=0.0), dict(beta=3.0)]]
    losses += [("HuberLoss", options) for options in [{}, dict(delta=0.5), dict(delta=3.0)]]
    # Differences of 0, of ±½, ±1, ±3 (each β), and a rounding below and above 1.
    below, above = math.nextafter(1.0, 0.0), 1.0 + 2.0**-23
    ties = torch.tensor([0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, below, above, 0.25, -7.0, -0.0])
    inf = math.inf
    extremes = torch.tensor([inf, -inf, 1e30, -1e30, 1e-30, 1e-42, 1.0, 1.0])
    against = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, inf, -inf])
    nan = torch.tensor([math.nan, 1.0, inf]), torch.tensor([1.0, math.nan, inf])
    for loss, options in losses:
        for reduction in REDUCTIONS:
            cases.run(loss, ties, torch.zeros(12), "ties", reduction=reduction, **options)
            cases.run(loss, torch.randn(2, 3, 2), torch.randn(2, 3, 2), reduction=reduction, **options)
            cases.run(loss, torch.zeros(0, 3), torch.zeros(0, 3), "nothing", reduction=reduction, **options)
        cases.run(loss, torch.tensor(0.75), torch.tensor(-0.5), "a scalar", **options)
        cases.run(loss, extremes, against, "extremes", reduction="none", **options)
        cases.run(loss, *nan, "NaN", reduction="none", **options)


def binary(cases):
    """BCE of probabilities, at 0 and 1 too, and of logits, large ones too."""
    # The last but one is the largest f32 below 1.
    p = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.3, 1e-20, 0.999, 0.5, 1 - 2.0**-24, 1e-40])
    label = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.2, 1.0, 0.0, 0.5, 0.0, 0.75])
    logit = torch.tensor([0.0, -0.0, 1.5, -2.0, 100.0, -100.0, 1e4, -1e4, 17.0, 1e-30])
    grid, labels = torch.rand(4, 3), torch.rand(4, 3)
    weight, pos_weight, rows = torch.tensor([0.5, 2.0, 1.25]), torch.tensor([3.0, 0.5, 1.0]), torch.rand(4, 1)
    for reduction in REDUCTIONS:
        cases.run("BCELoss", p, label, "certain probabilities", reduction=reduction)
        cases.run("BCEWithLogitsLoss", logit, label, "large logits", reduction=reduction)
        for loss, input in [("BCELoss", grid), ("BCEWithLogitsLoss", grid * 8 - 4)]:
            cases.run(loss, input, labels, reduction=reduction)
            cases.run(loss, input, labels, "weights of columns", reduction=reduction, weight=weight)
            cases.run(loss, input, labels, "weights of rows", reduction=reduction, weight=rows)
            cases.run(loss, input[:0], labels[:0], "nothing", reduction=reduction)
            cases.run(loss, input[0, 0], labels[0, 0], "a scalar", reduction=reduction)
        for options in [dict(pos_weight=pos_weight), dict(pos_weight=pos_weight, weight=weight)]:
            cases.run("BCEWithLogitsLoss", grid * 8 - 4, labels, reduction=reduction, **options)


def classes(cases):
    """NLL and cross-entropy of class indices and of probabilities."""
    weight = torch.tensor([0.5, 2.0, 1.25])
    shapes = [((5, 3), (5,)), ((3,), ()), ((2, 3, 4), (2, 4)), ((2, 3, 2, 2), (2, 2, 2)), ((1, 3), (1,))]
    shapes += [((0, 3), (0,)), ((2, 3, 0), (2, 0))]
    options = [{}, dict(weight=weight), dict(ignore_index=1), dict(weight=weight, ignore_index=1)]
    smooth = [dict(label_smoothing=0.1), dict(label_smoothing=1.0), dict(weight=weight, label_smoothing=0.1)]
    smooth += [dict(weight=weight, label_smoothing=0.3, ignore_index=1)]
    for reduction, (shape, around) in itertools.product(REDUCTIONS, shapes):
        x = torch.randn(shape) * 3
        y = torch.randint(0, 3, around)
        with_ignored = y.clone()
        if y.numel() > 1:
            # One example is ignored, whatever is drawn.
            y.view(-1)[0], with_ignored.view(-1)[0] = 1, -100
        for chosen in options + smooth:
            target = y if "ignore_index" in chosen else with_ignored
            cases.run("CrossEntropyLoss", x, target, reduction=reduction, **chosen)
        for chosen in options:
            target = y if "ignore_index" in chosen else with_ignored
            cases.run("NLLLoss", x, target, reduction=reduction, **chosen)
        p = torch.rand(shape)
        for chosen in [{}, dict(weight=weight), *smooth[:3]]:
            cases.run("CrossEntropyLoss", x, p, "probabilities", reduction=reduction, **chosen)

    impossible = torch.tensor([[0.0, -math.inf, 1.0], [1e4, -1e4, 0.0]])
    zero = torch.tensor([0.0, 2.0, 1.0])
    for reduction in REDUCTIONS:
        x = torch.randn(2, 3)
        for loss, chosen in [("NLLLoss", {}), ("CrossEntropyLoss", {}), ("CrossEntropyLoss", dict(label_smoothing=0.1))]:
            cases.run(loss, x, torch.tensor([-100, -100]), "all ignored", reduction=reduction, **chosen)
            cases.run(loss, x, torch.tensor([0, 0]), "no weight", reduction=reduction, weight=zero, **chosen)
        cases.run("CrossEntropyLoss", impossible, torch.tensor([0, 1]), "an impossible class", reduction=reduction)
        cases.run("CrossEntropyLoss", impossible, torch.tensor([1, 0]), "the impossible class", reduction=reduction)


def refused():
    """Inputs and targets of which one may be no probability, and whether the binary cross-entropy refuses them."""
    values = [0.5, 0.0, -0.0, 1.0, 1 + 2.0**-23, -1e-40, 1.5, -0.5, math.inf, -math.inf, math.nan]
    pairs = torch.tensor([(x, 0.5) for x in values] + [(0.5, t) for t in values])
    found = []
    for pair in pairs:
        try:
            nn.functional.binary_cross_entropy(*pair)
            found.append(False)
        except RuntimeError:
            found.append(True)
    return dict(input=pairs[:, 0], target=pairs[:, 1], refused=torch.tensor(found))


def write(out):
    cases = Cases()
    distances(cases)
    binary(cases)
    classes(cases)
    save_tensors(out, "losses", cases.tensors)
    save_json(out, "losses", cases.cases)
    save_tensors(out, "losses_refused", refused())
