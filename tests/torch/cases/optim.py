"""30 steps of every optimizer in each of its variants, on given gradients: the values after every step.

A group has two parameters. The first is long enough for vectors and their rests; the second has no gradient at some steps,
where it is skipped whole, and a zero gradient at others, where it still steps.

PyTorch's square root of f32 is MKL's, which rounds one value in six the wrong way, and not alike on all processors. So each
run comes twice: as it is (`run`), and with the root rounded correctly (`exact`), which leaves no freedom to the rule.
"""
import contextlib
import math
from unittest import mock

import torch

from cases._save import save_json, save_tensors

STEPS = 30
# Steps at which the second parameter has no gradient: the first step too, so that its state starts late.
ABSENT, ZERO = {0, 1, 9, 10, 20}, {5, 14, 15}
SHAPES = [(19,), (2, 3)]

VARIANTS = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, weight_decay=0.01)),
    ("SGD", dict(lr=0.05, momentum=0.9)),
    ("SGD", dict(lr=0.05, momentum=0.9, dampening=0.3)),
    ("SGD", dict(lr=0.05, momentum=0.9, nesterov=True)),
    ("SGD", dict(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.1)),
    ("SGD", dict(lr=0.01, maximize=True, weight_decay=0.2)),
    ("SGD", dict(lr=0.01, momentum=0.5, dampening=0.1, maximize=True, weight_decay=0.2)),
    ("Adam", dict()),
    ("Adam", dict(lr=0.1, betas=(0.8, 0.99))),
    ("Adam", dict(lr=0.1, betas=(0.3, 0.7), eps=1e-3)),
    ("Adam", dict(lr=0.1, amsgrad=True, betas=(0.9, 0.6))),
    ("Adam", dict(lr=0.1, weight_decay=0.1)),
    ("Adam", dict(lr=0.1, maximize=True)),
    ("Adam", dict(lr=0.05, amsgrad=True, weight_decay=0.2, maximize=True, betas=(0.7, 0.9), eps=1e-4)),
    ("AdamW", dict()),
    ("AdamW", dict(lr=0.1, weight_decay=0.1)),
    ("AdamW", dict(lr=0.1, weight_decay=0.0)),
    ("AdamW", dict(lr=0.1, amsgrad=True, maximize=True, betas=(0.5, 0.75), eps=1e-5)),
    ("RMSprop", dict()),
    ("RMSprop", dict(lr=0.1, alpha=0.9, eps=1e-4)),
    ("RMSprop", dict(lr=0.1, centered=True)),
    ("RMSprop", dict(lr=0.1, alpha=0.4, centered=True, eps=1e-2)),
    ("RMSprop", dict(lr=0.05, momentum=0.9)),
    ("RMSprop", dict(lr=0.05, momentum=0.6, centered=True, weight_decay=0.1, maximize=True)),
    ("RMSprop", dict(lr=0.05, weight_decay=0.1)),
    ("RMSprop", dict(lr=0.05, maximize=True)),
    ("Adagrad", dict()),
    ("Adagrad", dict(lr=0.3, lr_decay=0.1)),
    ("Adagrad", dict(lr=0.3, initial_accumulator_value=0.5, eps=1e-3)),
    ("Adagrad", dict(lr=0.3, weight_decay=0.1, maximize=True)),
]
# The options that the second group has instead, for one variant of each optimizer.
GROUPS = [
    ("SGD", dict(lr=0.05, momentum=0.9), dict(lr=0.2, momentum=0.0, weight_decay=0.1)),
    ("Adam", dict(lr=0.1), dict(lr=0.01, betas=(0.5, 0.9), amsgrad=True)),
    ("AdamW", dict(lr=0.1), dict(weight_decay=0.5)),
    ("RMSprop", dict(lr=0.1), dict(momentum=0.9, centered=True)),
    ("Adagrad", dict(lr=0.1), dict(lr=0.5, lr_decay=0.2)),
]
# The largest norm, which norm, and what the gradients are multiplied by: of small ones the 1e-6 shows that is added to
# the norm.
CLIPS = [(1.0, 2.0, 1), (2.5, 1.0, 1), (0.5, math.inf, 1), (1.0, 3.0, 1), (1.5, 0.5, 1), (1e9, 2.0, 1), (0.0, 2.0, 1)]
CLIPS += [(1e-6, 2.0, 2.0**-20), (2e-5, 1.0, 2.0**-20)]


def gradients():
    """The gradients of each step: some large, some tiny, with changing signs."""
    generator = torch.Generator().manual_seed(1)
    scales = [torch.exp(2 * torch.randn(shape, generator=generator)) for shape in SHAPES]
    for step in range(STEPS):
        grads = [scale * torch.randn(shape, generator=generator) for scale, shape in zip(scales, SHAPES)]
        if step in ABSENT:
            grads[1] = None
        elif step in ZERO:
            grads[1] = torch.zeros(SHAPES[1])
        yield grads


def start():
    generator = torch.Generator().manual_seed(2)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]


def run(name, groups, options, params):
    optimizer = getattr(torch.optim, name)(groups, **options)
    values = [[] for _ in params]
    for grads in gradients():
        for param, grad, seen in zip(params, grads, values):
            param.grad = None if grad is None else grad.clone()
        optimizer.step()
        for param, seen in zip(params, values):
            seen.append(param.detach().clone())
    return [torch.stack(seen) for seen in values]


def rooted(self):
    """The correctly rounded square root: that in f64 has digits enough that rounding twice does no harm."""
    return self.double().pow(0.5).float()


@contextlib.contextmanager
def exact_roots():
    with (
        mock.patch.object(torch.Tensor, "sqrt", rooted),
        mock.patch.object(torch.Tensor, "sqrt_", lambda self: self.copy_(rooted(self))),
    ):
        yield


def record(tensors, index, name, options, second=None):
    for kind, patch in [("run", contextlib.nullcontext), ("exact", exact_roots)]:
        params = start()
        groups = [dict(params=params[:1]), dict(params=params[1:], **second)] if second else params
        with patch():
            results = run(name, groups, options, params)
        for number, values in enumerate(results):
            tensors[f"{kind}.{index}.{number}"] = values


def clips(tensors):
    """One clipping for each of CLIPS, by norm, and one by value."""
    for index, (max_norm, norm_type, factor) in enumerate(CLIPS):
        params = start()
        for param, grad in zip(params, list(gradients())[2]):
            param.grad = grad * factor
        norm = torch.nn.utils.clip_grad_norm_(params, max_norm, norm_type)
        tensors[f"clip.{index}.norm"] = norm
        for number, param in enumerate(params):
            tensors[f"clip.{index}.{number}"] = param.grad
    params = start()
    for param, grad in zip(params, list(gradients())[2]):
        param.grad = grad.clone()
    torch.nn.utils.clip_grad_value_(params, 0.75)
    for number, param in enumerate(params):
        tensors[f"clip.value.{number}"] = param.grad


def write(out):
    tensors, runs = {}, []
    for number, param in enumerate(start()):
        tensors[f"start.{number}"] = param
    for step, grads in enumerate(gradients()):
        for number, grad in enumerate(grads):
            if grad is not None:
                tensors[f"grad.{step}.{number}"] = grad
    for name, options in VARIANTS:
        record(tensors, len(runs), name, options)
        runs.append(dict(optimizer=name, options=options))
    for name, options, second in GROUPS:
        record(tensors, len(runs), name, options, second)
        runs.append(dict(optimizer=name, options=options, second=second))
    clips(tensors)
    save_tensors(out, "optim", tensors)
    norms = [dict(max_norm=max_norm, norm_type=str(norm_type), factor=factor) for max_norm, norm_type, factor in CLIPS]
    save_json(out, "optim", dict(steps=STEPS, runs=runs, clips=norms))
